"""`verify` during a rollover: every generation of the stack has its client, with what its clients hold."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from alb_mtls.handshake.baseline import baseline
from alb_mtls.handshake.checks import Client
from alb_mtls.handshake.proof import prove_enforced
from alb_mtls.listener_resources import OtherGeneration
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from ops import verify
from ops.configuration import parse_configuration
from ops.output import Output
from ops.verify import Verification, Verified, Verifier
from ops.verify_text import print_verification
from tests.helpers import handshakes, stack_state
from tests.helpers.certificates import ClientCredential, make_client, make_root
from tests.helpers.current import current, deployed, state_of
from tests.helpers.fake_clock import FakeClock
from tests.helpers.generations import CROSS, NEWER, OLDER, trusting
from tests.helpers.handshakes import Answering, ScriptedListener

ROOTS = {1: OLDER, 2: NEWER}
ALICE = replace(make_client(NEWER, now=handshakes.NOW), chain=(CROSS,))
CONFIGURATION = parse_configuration(
    {
        "alb-mtls:rootCa": {"value": "{}", "objectValue": {}},
        "alb-mtls:listeners": {
            "value": "[]",
            "objectValue": [{"albConfig": "alb", "port": 443, "connectTo": "192.0.2.1:443"}],
        },
        "alb-mtls:proof": {"value": "{}", "objectValue": {"host": "demo.example"}},
    },
    {},
)
Verify = Callable[..., Verified]


def rollover(trusted: int, **changes: Any) -> Any:
    """Return a listener of a stack with two generations, as its last `up` left it."""
    other = 3 - trusted
    beside = OtherGeneration(
        generation=other, certificate_pem=certificate_pem(ROOTS[other].certificate), cross_pem=certificate_pem(CROSS)
    )
    given = {
        "generation": trusted,
        "other_generations": (beside,),
        "other_private_keys": {str(other): private_key_pem(ROOTS[other].key)},
    }
    return current(ROOTS[trusted], listener=deployed(ROOTS[trusted], **{**given, **changes}))


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> Verify:
    """Verify a listener that answers by a rule."""

    def verify_it(rule: Answering, listener: Any, *clients: ClientCredential) -> Verified:
        server = ScriptedListener(rule)
        monkeypatch.setattr(verify, "_PROOF_SECONDS", 0)
        monkeypatch.setattr("alb_mtls.handshake.pace.time", FakeClock())
        monkeypatch.setattr(
            verify, "baseline", lambda *a, **o: baseline(*a, **{**o, "deadline_seconds": 0}, send=server)
        )
        monkeypatch.setattr(verify, "prove_enforced", partial(prove_enforced, send=server))
        state = state_of(*(stack_state.client(one) for one in clients), root=OLDER)
        return Verifier(state, CONFIGURATION, now=handshakes.NOW).verified(listener)

    return verify_it


def clients_of(found: Verified) -> set[Client]:
    assert found.proof is not None
    return {check.client for check in found.proof.checks}


def codes(found: Verified) -> list[str]:
    return [str(one.code) for one in found.findings]


def test_where_the_older_is_trusted_leaf_and_cross_certificate_of_the_newer_must_be_accepted(verified: Verify) -> None:
    found = verified(trusting(OLDER), rollover(1))
    assert (codes(found), found.unknown) == ([], ())
    assert Client.WITH_CROSS in clients_of(found)
    assert Client.OLD_GENERATION not in clients_of(found)
    refused = verified(trusting(OLDER, longest_chain=1), rollover(1))
    assert codes(refused) == ["DRIFT"]
    assert "verify depth" in refused.findings[0].evidence


def test_at_the_first_step_the_newest_generation_is_no_everything_else(
    verified: Verify, capsys: pytest.CaptureFixture[str]
) -> None:
    for listener, is_accepted in ((rollover(1), True), (rollover(2), False)):
        found = verified(trusting(OLDER if is_accepted else NEWER), listener)
        verification = Verification(project="p", stack="s", now=handshakes.NOW, listeners=(found,))
        print_verification(verification, Output(as_json=False))
        printed = " ".join(capsys.readouterr().out.split())
        assert (
            "and one of the newest generation with its cross certificate; everything else" in printed
        ) is is_accepted
        assert "everything else is rejected" in printed


def test_a_listener_with_another_ca_is_not_called_one_that_takes_no_cross_certificate(verified: Verify) -> None:
    for rule, expected in ((trusting(make_root()), ["UNEXPECTED_CA"]), (trusting(OLDER, longest_chain=1), ["DRIFT"])):
        found = verified(rule, rollover(1))
        assert (codes(found), found.unknown) == (expected, ())
        assert ("cross certificate" in found.findings[0].evidence) is (expected == ["DRIFT"])


def test_no_two_checks_of_another_generation_read_alike(verified: Verify) -> None:
    proof = verified(trusting(NEWER), rollover(2)).proof
    assert proof is not None
    checks = [check.as_dict() for check in proof.checks if "generation" in check.client]
    assert len(checks) > 2
    assert not [one for one in checks if checks.count(one) > 1]


def test_where_the_newer_is_trusted_the_older_must_be_rejected(verified: Verify) -> None:
    found = verified(trusting(NEWER), rollover(2))
    assert (codes(found), found.unknown) == ([], ())
    assert {Client.OLD_GENERATION, Client.STILL_WITH_CROSS} <= clients_of(found)
    both = verified(trusting(OLDER, NEWER), rollover(2))
    assert codes(both) == ["NOT_ENFORCED"]
    assert "with a certificate of another generation of our CA" in both.findings[0].evidence


def test_a_listener_that_still_trusts_the_older_has_two_findings(verified: Verify) -> None:
    assert codes(verified(trusting(OLDER), rollover(2))) == ["NOT_ENFORCED", "UNEXPECTED_CA"]


@pytest.mark.parametrize("keys", [{}, {"1": private_key_pem(NEWER.key)}], ids=["no key", "another key"])
def test_an_older_key_that_is_not_at_hand_is_named_as_not_tried(verified: Verify, keys: dict[str, str]) -> None:
    found = verified(trusting(NEWER), rollover(2, other_private_keys=keys))
    assert (codes(found), found.unknown) == ([], ())
    assert found.proof is not None
    assert "a client of generation 1: the key of that CA is not at hand" in found.proof.not_tried


def test_an_older_key_in_a_file_is_used_while_the_file_is_there(verified: Verify, tmp_path: Path) -> None:
    file = tmp_path / "older.key"
    [beside] = rollover(2).deployed.desired.other_generations
    listener = rollover(2, other_private_keys={}, other_generations=(replace(beside, key_file=str(file)),))
    assert Client.OLD_GENERATION not in clients_of(verified(trusting(NEWER), listener))
    file.write_text(private_key_pem(OLDER.key))
    assert Client.OLD_GENERATION in clients_of(verified(trusting(NEWER), listener))


def test_without_the_ca_s_key_a_client_of_the_stack_must_be_accepted_without_its_cross_certificate(
    verified: Verify,
) -> None:
    listener = rollover(2, ca_private_key_pem=None)
    found = verified(trusting(NEWER), listener, ALICE)
    assert codes(found) == []
    assert found.probed_as == "client alice"
    # With it, the older CA would vouch for her.
    assert "UNEXPECTED_CA" in codes(verified(trusting(OLDER), listener, ALICE))
