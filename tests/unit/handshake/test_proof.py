"""How a proof goes on: what it asks, when it ends, and what it says when it ends badly."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from alb_mtls.handshake.baseline import baseline
from alb_mtls.handshake.checks import Client
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.errors import BackendBroken, HandshakeError, ProofFailed, Unreachable
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.probe_clients import probe_clients_of
from alb_mtls.handshake.proof import ONLY_REFUSALS, prove_as_before, prove_enforced, prove_open
from tests.helpers.handshakes import (
    ASKED_AND_LET_IN,
    LET_IN,
    NOW,
    OTHER_TARGET,
    PROBES,
    REFUSED,
    ROOT,
    SILENT,
    TARGET,
    UNSUPPORTED_VERSION,
    Answering,
    Request,
    ScriptedListener,
    before,
    enforced,
    opened,
)

KNOWN = ProofContext(ca_name=ROOT.certificate.subject)


def test_a_listener_that_lets_in_only_our_clients_is_proven() -> None:
    listener = ScriptedListener(opened)
    seen = before(listener)
    listener.rule = enforced
    result = prove_enforced(seen, PROBES, deadline_seconds=9, known=KNOWN, ask=listener)
    assert (result.proven, result.rounds, result.note) == (True, 2, "")
    assert all(check.passed for check in result.checks)
    assert {check.client for check in result.checks} == set(Client)


def test_every_address_is_asked_in_every_version_of_tls_that_it_speaks() -> None:
    def tls12_only_on_the_second(then: Answering) -> Answering:
        return lambda request: (
            UNSUPPORTED_VERSION if (request.target, request.tls) == (OTHER_TARGET, "1.3") else then(request)
        )

    listener = ScriptedListener(tls12_only_on_the_second(opened))
    seen = before(listener, OTHER_TARGET)
    listener.rule = tls12_only_on_the_second(enforced)
    prove_enforced(seen, PROBES, deadline_seconds=9, known=KNOWN, ask=listener)
    asked = {(request.target, request.tls) for request in listener.requests if request.identity is not None}
    assert asked == {(TARGET, "1.2"), (TARGET, "1.3"), (OTHER_TARGET, "1.2")}


def test_one_address_that_lets_everybody_in_is_enough_to_fail() -> None:
    listener = ScriptedListener(opened)
    seen = before(listener, OTHER_TARGET)
    listener.rule = second_open
    with pytest.raises(ProofFailed, match=r"192\.0\.2\.2:443 .* let a client in without a certificate"):
        prove_enforced(seen, PROBES, deadline_seconds=0, known=KNOWN, ask=listener)


def test_a_listener_that_follows_late_is_proven_in_a_later_round() -> None:
    listener = ScriptedListener(opened)
    seen = before(listener)

    def late(request: Request) -> Observation:
        return opened(request) if len(listener.requests) < 40 else enforced(request)

    listener.rule = late
    result = prove_enforced(seen, PROBES, deadline_seconds=9, known=KNOWN, ask=listener)
    assert result.proven
    assert result.rounds > 2


def test_a_listener_that_never_follows_fails_with_what_the_last_round_showed() -> None:
    listener = ScriptedListener(opened)
    seen = before(listener)
    with pytest.raises(ProofFailed, match="let a client in without a certificate") as failed:
        prove_enforced(seen, PROBES, deadline_seconds=0, known=KNOWN, ask=listener)
    shown = failed.value.shown
    assert (shown.proven, shown.rounds, shown.note) == (False, 1, str(failed.value))
    assert {check.client for check in shown.checks if not check.passed} >= {Client.WITHOUT_CERTIFICATE, Client.FOREIGN}


def test_clean_rounds_between_bad_ones_prove_nothing(pauses: list[float]) -> None:
    listener = ScriptedListener(opened)
    seen = before(listener)
    listener.rule = lambda request: enforced(request) if len(pauses) % 2 else opened(request)
    with pytest.raises(ProofFailed):
        # A pause takes half a second, so this leaves time for some rounds that take none.
        prove_enforced(seen, PROBES, deadline_seconds=0.6, known=KNOWN, ask=listener)
    assert len(pauses) > 1


def test_without_a_client_certificate_only_refusals_are_shown_and_the_proof_says_so() -> None:
    listener = ScriptedListener(opened)
    seen = before(listener)
    listener.rule = enforced
    foreign_only = probe_clients_of(ROOT.certificate, None, NOW)
    result = prove_enforced(seen, foreign_only, deadline_seconds=9, known=KNOWN, ask=listener)
    assert (result.proven, result.note) == (False, ONLY_REFUSALS)
    assert Client.FOREIGN_SAME_NAME in {check.client for check in result.checks}


def test_a_session_opened_before_the_switch_is_offered_and_must_not_get_in() -> None:
    listener = ScriptedListener(opened)
    seen = before(listener)

    def honours_old_sessions(request: Request) -> Observation:
        if request.session is not None and request.identity is None:
            return replace(LET_IN, resumed=True)
        return enforced(request)

    listener.rule = honours_old_sessions
    with pytest.raises(ProofFailed, match="the listener honours old TLS sessions"):
        prove_enforced(seen, PROBES, deadline_seconds=0, known=KNOWN, ask=listener)


def test_a_listener_that_was_opened_is_proven_open() -> None:
    listener = ScriptedListener(enforced)
    seen = before(listener)
    assert seen.asked_already
    listener.rule = opened
    assert prove_open(seen, deadline_seconds=9, known=KNOWN, ask=listener).proven


def test_a_listener_that_still_asks_is_not_open() -> None:
    listener = ScriptedListener(enforced)
    seen = before(listener)
    with pytest.raises(ProofFailed, match="still refuses a client without a certificate"):
        prove_open(seen, deadline_seconds=0, known=KNOWN, ask=listener)


@pytest.mark.parametrize(("was", "is_now"), [(opened, opened), (enforced, enforced)])
def test_a_listener_that_was_put_back_is_as_before(
    was: Callable[[Request], Observation], is_now: Callable[[Request], Observation]
) -> None:
    listener = ScriptedListener(was)
    seen = before(listener)
    listener.rule = is_now
    prove_as_before(seen, deadline_seconds=9, known=ProofContext(), ask=listener)


@pytest.mark.parametrize(("was", "is_now"), [(opened, enforced), (enforced, opened)])
def test_a_listener_that_was_not_put_back_is_not_as_before(
    was: Callable[[Request], Observation], is_now: Callable[[Request], Observation]
) -> None:
    listener = ScriptedListener(was)
    seen = before(listener)
    listener.rule = is_now
    with pytest.raises(ProofFailed):
        prove_as_before(seen, deadline_seconds=0, known=ProofContext(), ask=listener)


def second_open(request: Request) -> Observation:
    return opened(request) if request.target == OTHER_TARGET else enforced(request)


def first_open(request: Request) -> Observation:
    return opened(request) if request.target == TARGET else enforced(request)


def test_addresses_that_differed_before_must_differ_again_after_they_were_put_back() -> None:
    listener = ScriptedListener(second_open)
    seen = before(listener, OTHER_TARGET)
    prove_as_before(seen, deadline_seconds=9, known=ProofContext(), ask=listener)
    listener.rule = first_open
    with pytest.raises(ProofFailed):
        prove_as_before(seen, deadline_seconds=0, known=ProofContext(), ask=listener)


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (SILENT, "does not answer: Connection refused; open the way from here to the ALB, or set connectTo"),
        (Observation(verdict=Verdict.NOT_TLS, reason="what answers is not TLS"), "what answers is not TLS"),
        (Observation(verdict=Verdict.SERVER_NOT_TRUSTED, reason="it has ended"), "it has ended; set proof.serverCa"),
        (replace(REFUSED, asked=False, alert=112), "before it asks for a certificate .*unrecognized_name"),
        (UNSUPPORTED_VERSION, "speaks neither TLS 1.2 nor TLS 1.3"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_is_touched(seen: Observation, words: str) -> None:
    with pytest.raises(Unreachable, match=words):
        baseline([TARGET], deadline_seconds=0, ask=ScriptedListener(lambda _: seen))


@pytest.mark.parametrize(("status", "words"), [(502, "it is broken"), (503, "no Ingress routes it there")])
def test_a_backend_that_is_broken_is_said_before_anything_is_touched(status: int, words: str) -> None:
    listener = ScriptedListener(lambda _: replace(LET_IN, status=status))
    with pytest.raises(BackendBroken, match=f"HTTP {status} before anything was changed: {words}"):
        baseline([TARGET], deadline_seconds=0, ask=listener)


def test_a_backend_that_is_broken_stops_nobody_from_opening() -> None:
    listener = ScriptedListener(lambda _: replace(LET_IN, status=502))
    seen = baseline([TARGET], needs_backend=False, deadline_seconds=0, ask=listener)
    assert prove_open(seen, deadline_seconds=9, known=KNOWN, ask=listener).proven


def test_a_listener_without_an_address_is_refused() -> None:
    with pytest.raises(HandshakeError, match="no address to ask; set connectTo"):
        baseline([], ask=ScriptedListener(opened))


def test_a_proof_for_json_has_no_key_or_session_in_it() -> None:
    listener = ScriptedListener(opened)
    seen = before(listener)
    listener.rule = enforced
    shown = prove_enforced(seen, PROBES, deadline_seconds=9, known=KNOWN, ask=listener).as_dict()
    assert shown["proven"] is True
    assert set(shown) == {"proven", "at", "rounds", "note", "checks"}
    assert set(shown["checks"][0]) == {
        "address", "host", "tls", "http", "client", "expected", "seen", "verdict", "status", "alert", "asked",
        "offeredCas", "resumed", "passed",
    }  # fmt: skip


def test_a_client_that_was_asked_and_let_in_all_the_same_shows_in_the_baseline() -> None:
    listener = ScriptedListener(lambda _: ASKED_AND_LET_IN)
    assert not before(listener).asked_already
