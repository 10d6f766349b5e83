"""hold, resume and release on a command line: they ask first, and find the cluster without Pulumi if they must."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from alb_mtls.cluster.errors import Forbidden
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.session import Session
from ops import chosen_cluster as cluster_module
from ops import writing_commands
from ops.chosen_cluster import ClusterSource, chosen_cluster
from ops.cli import app
from ops.configuration import Configuration, parse_configuration
from ops.errors import EmptyStack, OpsError
from ops.stack import StackSource
from ops.state import StackState
from tests.fakes.cluster import Cluster
from tests.helpers import stack_state
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.certificates import make_root
from tests.helpers.claims import claim_of
from tests.helpers.command_line import CliRunner
from tests.helpers.current import state_of

KEY = LISTENER.hold_annotation
HOLD = ("hold", "alb/443", "--open", "--reason", "ticket 1", "--context", "prod")


@pytest.fixture
def kube(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """The cluster that every session leads to."""
    made = Cluster(item=albconfig(https(caEnabled=True)))
    monkeypatch.setattr(Session, "kube", lambda *_: made)
    return made


def _run(*arguments: str, answer: str | None = None, monkeypatch: pytest.MonkeyPatch | None = None) -> Any:
    if monkeypatch is not None and answer is not None:
        monkeypatch.setattr(writing_commands, "is_terminal", lambda: True)
    return CliRunner().invoke(app, list(arguments), input=answer)


def test_with_yes_a_hold_is_written_and_its_end_is_named(kube: Cluster) -> None:
    done = _run(*HOLD, "--yes")

    assert done.exit_code == 0, done.stderr
    assert "listener 443/HTTPS of AlbConfig alb is held: ticket 1" in done.stdout
    assert "caEnabled becomes false" in done.stderr
    assert "https://one.example:6443" in done.stderr
    assert (kube.albconfig("alb")["metadata"]["annotations"], kube.element["caEnabled"]) == ({KEY: "ticket 1"}, False)


def test_the_command_that_ends_a_hold_reaches_the_same_cluster(kube: Cluster, tmp_path: Path) -> None:
    assert KEY not in kube.albconfig("alb")["metadata"].get("annotations", {})
    file = tmp_path / "a b"
    done = _run(*HOLD, "--kubeconfig", str(file), "--yes")

    command = f"python -m ops resume alb/443 --kubeconfig '{file}' --context prod"
    assert f"end it with:\n      {command}\n" in done.stdout, "to be copied as it stands"


def _refused(verb: str, resource: str) -> Any:
    def refuse(*_: object) -> None:
        raise Forbidden(verb=verb, resource=resource, user="me")

    return refuse


@pytest.mark.parametrize(
    ("method", "verb"), [("patch_albconfig", "patch"), ("albconfig", "get")], ids=["to write", "to read"]
)
def test_what_a_hold_may_not_do_is_granted_by_the_role_of_whoever_is_on_call(
    kube: Cluster, monkeypatch: pytest.MonkeyPatch, method: str, verb: str
) -> None:
    monkeypatch.setattr(kube, method, _refused(verb, "albconfigs.alibabacloud.com"))
    done = _run(*HOLD, "--yes")
    assert done.exit_code != 0
    assert "as rbac/cluster-role-on-call.yaml does" in " ".join(done.stderr.split())


def test_what_that_role_does_not_grant_is_looked_for_in_another(kube: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kube, "albconfig", _refused("list", "albconfigs.alibabacloud.com"))
    assert "as rbac/cluster-role-preview.yaml does" in " ".join(_run(*HOLD, "--yes").stderr.split())


def test_without_a_terminal_and_without_yes_nothing_is_written(kube: Cluster) -> None:
    done = _run(*HOLD)

    assert (done.exit_code, done.stdout) == (2, "")
    assert "add --yes" in done.stderr
    assert kube.element["caEnabled"] is True


@pytest.mark.parametrize(
    ("answer", "code", "enabled"), [("y\n", 0, False), ("n\n", 2, True), ("\n", 2, True), ("", 2, True)]
)
def test_on_a_terminal_a_person_decides(
    kube: Cluster, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, enabled: bool
) -> None:
    done = _run(*HOLD, answer=answer, monkeypatch=monkeypatch)

    assert (done.exit_code, kube.element["caEnabled"]) == (code, enabled)
    assert ("nothing was written" in done.stderr) == (code == 2)


def test_the_json_document_says_what_was_done_and_the_question_is_no_part_of_it(kube: Cluster) -> None:
    assert json.loads(_run(*HOLD, "--yes", "--json").stdout)["changed"] is True
    again = json.loads(_run(*HOLD, "--yes", "--json").stdout)
    assert (again["listener"], again["changed"]) == ("alb/443", False)
    ended = _run("resume", "alb/443/HTTPS", "--kubeconfig", "file", "--yes", "--json")
    assert (ended.exit_code, json.loads(ended.stdout)["changed"]) == (0, True)
    assert "annotations" not in kube.albconfig("alb")["metadata"]


def test_a_release_that_would_leave_a_ca_behind_is_a_finding(kube: Cluster) -> None:
    certificates = [{"CertificateId": "1ed33c69-984f"}]
    claim = claim_of(written={"/caCertificates": certificates})
    kube.item = albconfig(https(caCertificates=certificates), annotations={LISTENER.claim_annotation: claim.to_text()})
    assert _run("release", "alb/443", "--context", "prod", "--yes").exit_code == 1
    kube.item = albconfig(https(), annotations={LISTENER.claim_annotation: claim.to_text()})
    assert _run("release", "alb/443", "--context", "prod", "--yes").exit_code == 0
    assert "annotations" not in kube.albconfig("alb")["metadata"]


@pytest.mark.parametrize(
    "name", ["alb", "alb/", "/443", "alb/https", "alb/0", "alb/70000", "alb/443/HTTPS/x", "alb/\u0664"]
)
@pytest.mark.usefixtures("kube")
def test_a_name_that_names_no_listener_is_wrong_use(name: str) -> None:
    done = _run("resume", name, "--context", "prod", "--yes")

    assert (done.exit_code, "names no listener" in done.stderr) == (2, True)


def test_the_cluster_is_named_by_the_stack_or_by_a_person_but_not_by_both(kube: Cluster) -> None:
    done = _run(*HOLD, "--stack", "prod", "--yes")

    assert (done.exit_code, "leave out --stack" in done.stderr) == (2, True)
    assert kube.element["caEnabled"] is True


def _stack(monkeypatch: pytest.MonkeyPatch, *, configuration: Any, state: Any) -> None:
    def raising(value: Any) -> Any:
        def read(_source: object) -> Any:
            if isinstance(value, Exception):
                raise value
            return value

        return read

    monkeypatch.setattr(cluster_module, "read_configuration", raising(configuration))
    monkeypatch.setattr(cluster_module, "read_state", raising(state))


def _configuration(**keys: str) -> Configuration:
    own = {f"alb-mtls:{key}": {"value": value, "objectValue": value} for key, value in keys.items()}
    return parse_configuration({"alb-mtls:rootCa": {"value": "{}", "objectValue": {}}, **own}, {})


def _state() -> StackState:
    return state_of(*stack_state.listener(), root=make_root())


LOCKED = OpsError("the secrets of the selected stack cannot be decrypted")


@contextmanager
def chosen(monkeypatch: pytest.MonkeyPatch, **stack: Any) -> Iterator[Any]:
    _stack(monkeypatch, **stack)
    with chosen_cluster(ClusterSource(stack=StackSource(stack=None))) as found:
        yield found


def test_a_stack_that_was_never_deployed_has_a_cluster_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with chosen(monkeypatch, configuration=_configuration(), state=EmptyStack("empty")) as found:
        assert (found.state, found.note) == (None, "")


def test_a_state_that_cannot_be_read_leaves_the_cluster_of_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    with chosen(monkeypatch, configuration=_configuration(), state=LOCKED) as found:
        assert (found.state, found.note) == (None, str(LOCKED))


@pytest.mark.parametrize(
    "stack",
    [
        {"configuration": _configuration(clusterId="c1"), "state": LOCKED},
        {"configuration": LOCKED, "state": LOCKED},
    ],
    ids=["the kubeconfig is in the state", "no configuration"],
)
def test_where_only_a_state_knows_the_cluster_a_person_must_name_it(
    monkeypatch: pytest.MonkeyPatch, stack: dict[str, Any]
) -> None:
    with (
        pytest.raises(OpsError, match="or name the cluster with --context or --kubeconfig"),
        chosen(monkeypatch, **stack),
    ):
        pytest.fail("a cluster was chosen")


def test_another_cluster_than_that_of_the_stack_is_not_written_to(
    kube: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stack(monkeypatch, configuration=_configuration(), state=_state())
    kube.uid = "another-cluster"

    done = _run("hold", "alb/443", "--reason", "x", "--yes")

    assert (done.exit_code, "the stack was made for a cluster" in done.stderr) == (2, True)
    assert "annotations" not in kube.albconfig("alb")["metadata"]


def test_a_file_and_a_context_are_given_to_the_client_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []

    def kube(session: Session, _: str | None) -> KubeClient:
        given.append(session.kube_access(None))
        return KubeClient(given[-1])

    monkeypatch.setattr(Session, "kube", kube)
    with chosen_cluster(ClusterSource(stack=StackSource(stack=None), kubeconfig=Path("file"), context="prod")) as found:
        # What a person writes by a command is named as an edit, and not as one of `up`.
        assert found.kube.field_manager == "alb-mtls-ops"
    assert [(one.kubeconfig, one.context) for one in given] == [("file", "prod")]
