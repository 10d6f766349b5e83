"""The inventory lists every certificate with what a CA decides about it, and as a list for backends only the past."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from alb_mtls.pki.client import issue_client
from alb_mtls.pki.encoding import certificate_pem, fingerprint
from alb_mtls.pki.subject import Subject
from ops import cli, inventory_command
from ops.inventory import Entry, denied, fingerprints, inventory_of
from ops.state import StackState
from tests.helpers import stack_state
from tests.helpers.certificates import ClientCredential, make_client, make_root
from tests.helpers.command_line import CliRunner
from tests.helpers.current import deployed, state_of

NOW = datetime.now(UTC)
ROOT, NEXT = make_root(now=NOW - timedelta(days=60)), make_root(now=NOW)
ALICE, ALICE_BEFORE, BOB = (make_client(ROOT, now=NOW, days=days) for days in (40, 20, 30))
ENDED = make_client(ROOT, now=NOW - timedelta(days=30), days=20)
PARTNER = make_client(ROOT, now=NOW, days=50)
LISTENER = "alb/443"


def der(credential: ClientCredential) -> bytes:
    return credential.certificate.public_bytes(Encoding.DER)


def _state(*, listeners: tuple[Any, ...] = (deployed(ROOT),)) -> StackState:
    state = state_of(
        stack_state.clients(
            stack_state.issued(ALICE, name="alice"),
            stack_state.issued(ALICE_BEFORE, name="alice", status="superseded"),
            stack_state.issued(BOB, name="bob", status="forgotten"),
            stack_state.issued(ENDED, name="bob", status="forgotten"),
        ),
        stack_state.brought(PARTNER.certificate, name="partner"),
        root=ROOT,
    )
    return replace(state, listeners=listeners)


def _entries(**changes: Any) -> list[Entry]:
    return inventory_of(_state(**changes), NOW)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> None:
    def state(_source: object) -> StackState:
        return _state()

    monkeypatch.setattr(inventory_command, "read_state", state)


def _run(*arguments: str) -> Any:
    return CliRunner().invoke(cli.app, ["inventory", *arguments])


def test_each_certificate_that_has_not_ended_is_listed_with_its_status_and_generation() -> None:
    assert [(one.client, one.status, one.generation, one.brought) for one in _entries()] == [
        ("alice", "current", 1, False),
        ("alice", "superseded", 1, False),
        ("bob", "forgotten", 1, False),
        ("partner", "current", 1, True),
    ]


def test_what_a_client_holds_is_listed_when_it_has_ended_and_what_it_held_before_is_not() -> None:
    later = inventory_of(_state(), NOW + timedelta(days=45))
    assert [(one.client, one.status, one.accepted_by) for one in later] == [
        ("alice", "current", ()),
        ("partner", "current", (LISTENER,)),
    ]


def test_a_listener_accepts_what_leads_to_its_ca_whichever_generation_signed_it() -> None:
    assert {one.accepted_by for one in _entries()} == {(LISTENER,)}
    assert {one.accepted_by for one in _entries(listeners=(deployed(NEXT),))} == {()}
    crossed = state_of(stack_state.client(make_client(NEXT, now=NOW), chain=(ALICE.certificate,)), root=ROOT)
    # Whatever our root signed will do beside it: path and extensions are the handshake's business.
    [entry] = inventory_of(replace(crossed, listeners=(deployed(ROOT),)), NOW)
    assert entry.accepted_by == (LISTENER,)


def test_whom_a_purchased_ca_accepts_the_state_does_not_know() -> None:
    entry = _entries(listeners=(deployed(None),))[0]
    assert (entry.accepted_by, entry.not_known) == ((), (LISTENER,))


def test_a_certificate_that_was_brought_is_counted_to_the_generation_that_signed_it_and_else_to_none() -> None:
    state = state_of(stack_state.brought(make_client(NEXT, now=NOW).certificate, name="partner"), root=ROOT)
    [entry] = inventory_of(state, NOW)
    assert (entry.generation, entry.brought) == (None, True)
    assert _entries()[3].generation == 1


def test_a_deny_list_has_forgotten_certificates_and_superseded_ones_only_on_request() -> None:
    assert fingerprints(denied(_entries(), _state(), NOW), ["sha256"]) == [fingerprint(BOB.certificate)]
    assert fingerprints(denied(_entries(), _state(), NOW, superseded=True), ["sha256"]) == sorted(
        fingerprint(one.certificate) for one in (ALICE_BEFORE, BOB)
    )


def _renamed() -> StackState:
    """Return a state where the client alice is called carol now, with the key that she has."""
    before = issue_client(
        issuer_certificate=ROOT.certificate,
        issuer_key=ROOT.key,
        public_key=ALICE.key.public_key(),
        subject=Subject(common_name="alice"),
        sans=[],
        validity=timedelta(days=20),
        now=NOW,
    )
    return state_of(
        stack_state.clients(
            stack_state.issued(ALICE, name="carol", keeps_its_key=True),
            stack_state.issued(replace(ALICE, certificate=before), name="alice", status="forgotten"),
            stack_state.issued(BOB, name="bob", status="forgotten"),
        ),
        root=ROOT,
    )


def test_a_deny_list_locks_no_client_out_that_was_renamed_and_has_not_fetched_its_new_files() -> None:
    state = _renamed()
    entries = inventory_of(state, NOW)
    assert [(one.client, one.key_held_by) for one in entries] == [("alice", "carol"), ("bob", None), ("carol", None)]
    assert [one.client for one in denied(entries, state, NOW)] == ["bob"]
    assert [one.client for one in denied(entries, state, NOW, superseded=True)] == ["alice", "bob"]


def test_a_deny_list_leaves_off_what_has_ended_and_keeps_what_no_listener_accepts_today() -> None:
    later = NOW + timedelta(days=25)
    assert [one.client for one in denied(inventory_of(_state(), later), _state(), later, superseded=True)] == ["bob"]
    swapped = _state(listeners=(deployed(NEXT),))
    assert [one.client for one in denied(inventory_of(swapped, NOW), swapped, NOW)] == ["bob"]
    # Its generation has left the stack, so nobody can be switched back to it.
    gone = replace(swapped, root_cas=())
    assert denied(inventory_of(gone, NOW), gone, NOW, superseded=True) == []
    # A cross certificate that was handed out makes it accepted even so.
    entries = [replace(one, accepted_by=("alb/443",)) for one in inventory_of(gone, NOW)]
    assert [one.client for one in denied(entries, gone, NOW)] == ["bob"]


@pytest.mark.usefixtures("stack")
def test_the_deny_list_is_nothing_but_lines_and_who_is_rejected_by_it_stands_beside() -> None:
    done = _run("--deny-list")
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"{fingerprint(BOB.certificate)}\n", "")
    both = _run("--deny-list", "--superseded")
    assert both.stdout.splitlines() == sorted(fingerprint(one.certificate) for one in (ALICE_BEFORE, BOB))
    assert "configured clients of which an earlier certificate is on this list: alice" in both.stderr


def test_a_deny_list_says_whom_it_leaves_off_because_the_key_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    def state(_source: object) -> StackState:
        return _renamed()

    monkeypatch.setattr(inventory_command, "read_state", state)
    done = _run("--deny-list")
    assert done.stdout == f"{fingerprint(BOB.certificate)}\n"
    assert "may use them: alice (now carol); --superseded lists them" in done.stderr
    assert "an earlier certificate is on this list: carol" in _run("--deny-list", "--superseded").stderr


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize(("digest", "lengths"), [("sha1", {40}), ("sha256", {64}), ("both", {40, 64})])
def test_the_digest_is_the_one_of_the_option(digest: str, lengths: set[int]) -> None:
    lines = _run("--deny-list", "--digest", digest).stdout.splitlines()
    assert {len(line) for line in lines} == lengths
    assert (hashlib.sha1(der(BOB), usedforsecurity=False).hexdigest() in lines) is (40 in lengths)


@pytest.mark.usefixtures("stack")
def test_for_scripts_all_of_it_is_one_document_without_keys_and_certificates() -> None:
    certificates = json.loads(_run("--json").stdout)["certificates"]
    assert [one["status"] for one in certificates] == ["current", "superseded", "forgotten", "current"]
    listed = json.loads(_run("--deny-list", "--superseded", "--json").stdout)
    assert [one["client"] for one in listed["certificates"]] == ["alice", "bob"]
    assert listed["fingerprints"] == sorted(one["sha256"] for one in listed["certificates"])
    assert "BEGIN" not in _run("--json").stdout
    assert certificate_pem(ALICE.certificate).splitlines()[1] not in _run("--json").stdout


@pytest.mark.usefixtures("stack")
def test_the_table_names_end_and_fingerprint() -> None:
    row = next(line for line in _run().stdout.splitlines() if line.startswith("bob"))
    assert f"{BOB.certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC" in row
    assert row.endswith(fingerprint(BOB.certificate))


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("arguments", [["--superseded"], ["--digest", "sha1"], ["--digest", "md5", "--deny-list"]])
def test_options_of_a_deny_list_without_one_and_other_digests_are_wrong_use(arguments: list[str]) -> None:
    done = _run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
