"""`python -m ops fragment`: what a person commits where Git has the AlbConfig."""

import json
from typing import Any

import pytest
import yaml

from alb_mtls.cluster.identity_headers import IdentityHeaders
from ops import fragment_command
from ops.cli import app
from ops.errors import OpsError
from ops.fragment import Commit, Committed, deployed_listener, what_to_commit
from ops.state_records import DeployedListener
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, albconfig, http, https
from tests.helpers.command_line import CliRunner
from tests.helpers.current import IDENTIFIER, deployed, never_switched

OURS = [{"CertificateId": IDENTIFIER}]
HEADERS = IdentityHeaders(subject_dn="")
ON_HEADER = {"XForwardedForClientCertSubjectDNEnabled": True}


def _what(commit: Commit, listener: DeployedListener | None = None, **fields: Any) -> Committed:
    return what_to_commit(listener or deployed(None), albconfig(http(), https(**fields)), commit)


@pytest.mark.parametrize(
    ("commit", "enabled", "keys"),
    [
        (Commit.AS_DEPLOYED, True, {"caEnabled": True, "caCertificates": OURS}),
        (Commit.AS_DEPLOYED, False, {"caEnabled": False, "caCertificates": OURS}),
        (Commit.OFF, True, {"caEnabled": False, "caCertificates": OURS}),
        (Commit.WITHOUT_LIST, True, {"caEnabled": False, "caCertificates": []}),
    ],
)
def test_each_commit_has_the_two_fields_and_all_else_of_the_listener(
    commit: Commit, enabled: bool, keys: dict[str, Any]
) -> None:
    found = _what(commit, deployed(None, enabled=enabled), requestTimeout=5)
    assert found.keys == keys
    assert found.element == https(**keys, requestTimeout=5)
    assert yaml.safe_load(found.text) == [found.element]
    assert yaml.safe_load(found.text_of_keys) == keys


@pytest.mark.parametrize(
    ("found", "stands", "left"),
    [
        (None, ON_HEADER, None),
        ({"/xForwardedForConfig": {}}, ON_HEADER, {}),
        (None, {**ON_HEADER, "XForwardedForProtoEnabled": True}, {"XForwardedForProtoEnabled": True}),
        (
            {"/xForwardedForConfig": {}, "/xForwardedForConfig/XForwardedForClientCertSubjectDNEnabled": False},
            ON_HEADER,
            {"XForwardedForClientCertSubjectDNEnabled": False},
        ),
    ],
)
def test_the_last_commit_takes_the_identity_headers_back_to_what_was_found(
    found: dict[str, Any] | None, stands: dict[str, Any], left: dict[str, Any] | None
) -> None:
    listener = deployed(None, identity_headers=HEADERS)
    object.__setattr__(listener.claim, "found", None if found is None else json.dumps(found))
    last = _what(Commit.WITHOUT_LIST, listener, xForwardedForConfig=stands)
    assert last.element.get("xForwardedForConfig") == left
    # Until then they stay as configured.
    assert _what(Commit.OFF, listener).keys["xForwardedForConfig"] == ON_HEADER


def test_a_listener_of_nobody_and_one_that_no_up_has_ended_with_have_no_fragment() -> None:
    class State:
        listeners: tuple[DeployedListener, ...] = (never_switched(),)

    with pytest.raises(OpsError, match="is not known before the first up has ended"):
        deployed_listener(State, LISTENER)  # type: ignore[arg-type] # all of a state that is needed
    State.listeners = ()
    with pytest.raises(OpsError, match="is not in the state of this stack; it has none"):
        deployed_listener(State, LISTENER)  # type: ignore[arg-type] # see above
    State.listeners = (deployed(None),)
    assert deployed_listener(State, LISTENER).key == LISTENER  # type: ignore[arg-type] # see above


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command on a stack with one listener."""
    kube = Cluster(item=albconfig(http(), https()))

    class World:
        listeners = (deployed(None),)

        def kube(self, _kubeconfig: str | None) -> Cluster:
            return kube

        def close(self) -> None:
            pass

    for name in ("read_state", "read_configuration", "session_of"):
        monkeypatch.setattr(fragment_command, name, lambda _: World())
    monkeypatch.setattr(fragment_command, "refuse_another_cluster", lambda *_, **__: None)

    def run(*arguments: str) -> str:
        ended = CliRunner().invoke(app, ["fragment", "alb/443", *arguments])
        assert ended.exit_code == 0, ended.output
        assert kube.item == albconfig(http(), https())
        return ended.stdout

    return run


def test_the_command_prints_yaml_to_paste_or_one_document_and_writes_nothing(printed: Any) -> None:
    assert printed() == (
        "# AlbConfig alb, spec.listeners, in the place of 443/HTTPS:\n"
        "- port: 443\n"
        "  protocol: HTTPS\n"
        "  caEnabled: true\n"
        f"  caCertificates:\n  - CertificateId: {IDENTIFIER}\n"
        "  certificates:\n  - CertificateId: 756***-cn-hangzhou\n    IsDefault: true\n"
    )
    assert printed("--off", "--keys") == (
        "# AlbConfig alb, in the element 443/HTTPS of spec.listeners:\n"
        f"caEnabled: false\ncaCertificates:\n- CertificateId: {IDENTIFIER}\n"
    )
    document = json.loads(printed("--without-list", "--json"))
    assert (document["listener"], document["commit"]) == ("alb/443", "without-list")
    assert document["keys"] == {"caEnabled": False, "caCertificates": []}
    both = CliRunner().invoke(app, ["fragment", "alb/443", "--off", "--without-list"])
    assert (both.exit_code, "two commits" in both.output) == (2, True)
