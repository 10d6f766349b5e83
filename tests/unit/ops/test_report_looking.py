"""Looking at a stack for a report: everything once, and what does not answer stops nothing but itself."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest

import ops.report.looking
import ops.status
from alb_mtls.cluster.errors import ClusterError
from ops.configuration import Configuration, parse_configuration
from ops.current_listeners import CurrentListener
from ops.doctor.diagnosis import Line, fine, note, stopping, unknown
from ops.errors import OpsError
from ops.report.certificates import signers_of
from ops.report.document import document_of
from ops.report.looking import look_at
from ops.stack import StackSource
from ops.state import StackState
from ops.verify import Verified, Verifier
from tests.helpers import report_stacks, stack_state
from tests.helpers.certificates import make_client
from tests.helpers.current import state_of
from tests.helpers.report_stacks import NOW, ROOT, listener

ALICE = make_client(ROOT, now=NOW, days=90)


class _Unreachable:
    """A session without a cluster."""

    def kube(self, _: object) -> NoReturn:
        message = "the cluster at https://127.0.0.1:9 cannot be reached"
        raise ClusterError(message)

    kube_access = kube

    def passphrase_of(self, _: str) -> None:
        return None

    def close(self) -> None:
        """Close nothing."""


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Serve a stack with one listener; return what was looked at."""
    found = list[str]()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Pulumi.test.yaml").write_text("config: {}\n", "utf-8")

    def state(_: StackSource) -> StackState:
        found.append("state")
        return state_of(stack_state.clients(stack_state.issued(ALICE, name="alice")), root=ROOT)

    def configuration(_: StackSource) -> Configuration:
        return parse_configuration({"alb-mtls:rootCa": {"value": "{}", "objectValue": {}}}, {})

    def listeners(*_: Any) -> tuple[CurrentListener, ...]:
        found.append("listeners")
        return (listener(),)

    def verified(_: Verifier, one: CurrentListener) -> Verified:
        found.append(f"proof of {one.key.output_key}")
        return Verified(listener=one)

    module = ops.report.looking
    monkeypatch.setattr(module, "read_state", state)
    monkeypatch.setattr(module, "read_configuration", configuration)
    monkeypatch.setattr(module, "session_of", lambda _: _Unreachable())
    monkeypatch.setattr(module, "cli_version", lambda: "v3.259.0")
    monkeypatch.setattr(ops.status, "current_listeners", listeners)
    monkeypatch.setattr(Verifier, "verified", verified)
    return found


@pytest.mark.parametrize(
    ("prove", "looked_at"), [(False, ["state", "listeners"]), (True, ["state", "listeners", "proof of alb/443"])]
)
def test_listeners_are_looked_at_once_also_when_they_are_proven(
    looks: list[str], looked_at: list[str], *, prove: bool
) -> None:
    found = look_at(StackSource(stack="test"), now=NOW, prove=prove)
    assert looks == looked_at
    assert (found.verification is not None) is prove
    assert found.failure is None
    assert [one.client for one in found.entries] == ["alice"]


@pytest.mark.usefixtures("looks")
def test_a_cluster_that_does_not_answer_leaves_permissions_and_controller_unknown() -> None:
    found = look_at(StackSource(stack="test"), now=NOW, prove=False)
    [permission], [controller] = found.permissions, found.controller
    assert "cannot be reached" in permission.found
    assert "cannot be reached" in controller.found
    [stack] = document_of([found], NOW)["stacks"]
    assert stack["permissions"][0]["allowed"] == "not known"


@pytest.mark.usefixtures("looks")
def test_the_digest_is_that_of_the_stack_file_and_versions_of_all_that_took_part(tmp_path: Path) -> None:
    found = look_at(StackSource(stack="test"), now=NOW, prove=False)
    assert found.digest is not None
    assert found.digest.sha256 == hashlib.sha256(b"config: {}\n").hexdigest()
    assert dict(found.versions)["Pulumi CLI"] == "v3.259.0"
    assert {"alb-mtls", "Pulumi SDK", "Kubernetes client", "Python"} <= set(dict(found.versions))
    (tmp_path / "Pulumi.test.yaml").unlink()
    [stack] = document_of([look_at(StackSource(stack="test"), now=NOW, prove=False)], NOW)["stacks"]
    assert stack["configuration"]["sha256"] == "there is no such file"


@pytest.mark.usefixtures("looks")
def test_a_stack_that_cannot_be_read_is_a_sentence_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object) -> NoReturn:
        message = "the secrets of stack test cannot be decrypted"
        raise OpsError(message)

    monkeypatch.setattr(ops.report.looking, "read_state", fails)
    found = look_at(StackSource(stack="test"), now=NOW, prove=False)
    assert (found.name, found.failure) == ("test", "the secrets of stack test cannot be decrypted")
    assert found.status is None
    document = document_of([found], NOW)
    assert document["notKnown"] == ["test: the secrets of stack test cannot be decrypted"]
    assert document["whole"]["level"] == "not known"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (fine("permissions", "may get albconfigs"), ("get albconfigs", "yes")),
        (stopping("permissions", "may not patch albconfigs"), ("patch albconfigs", "no")),
        (note("permissions", "may not list gateways"), ("list gateways", "no")),
        (fine("permissions", "enough for up and preview"), ("enough for up and preview", "yes")),
        (note("permissions", "enough for preview, not for up"), ("enough for preview, not for up", "in part")),
        (unknown("permissions", "the API server does not answer"), ("the API server does not answer", "not known")),
    ],
)
def test_a_permission_is_given_or_not_or_not_known(line: Line, shown: tuple[str, str]) -> None:
    [stack] = document_of([replace(report_stacks.staging(), permissions=(line,))], NOW)["stacks"]
    [permission] = stack["permissions"]
    assert (permission["what"], permission["allowed"]) == shown


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        (
            "the key",
            ["generation 1: its key is in the state, encrypted: whoever may decrypt the secrets of this stack"],
        ),
        (None, ["generation 1: its key is not in the state: whoever has that key, which no look at a stack finds out"]),
    ],
)
def test_who_can_sign_is_known_by_where_the_key_of_the_root_ca_is(key: str | None, shown: list[str]) -> None:
    state = state_of(stack_state.clients(), root=ROOT)
    roots = tuple(replace(one, private_key_pem=key) for one in state.root_cas)
    assert list(signers_of(replace(state, root_cas=roots))) == shown


def test_without_a_root_ca_in_the_state_its_certificate_authority_in_cas_signs() -> None:
    state = replace(state_of(stack_state.clients(), root=ROOT), root_cas=())
    assert signers_of(state) == (
        "no root CA is in the state: its certificate authority in CAS, for whoever may use that",
    )
