"""How a proof goes on: which requests it sends, when it ends, and its message when it fails."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count

import pytest

from alb_mtls.handshake.baseline import baseline, sent
from alb_mtls.handshake.checks import Client
from alb_mtls.handshake.credentials import ClientCredential
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.errors import BackendBroken, HandshakeError, ProofFailed, Unreachable
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.pace import Pace
from alb_mtls.handshake.plans import impostors
from alb_mtls.handshake.probe_clients import probe_clients_of
from alb_mtls.handshake.proof import ONLY_REJECTIONS, prove_as_before, prove_enforced, prove_open
from alb_mtls.progress import watched_by
from tests.helpers.handshakes import (
    ACCEPTED,
    EVERYBODY,
    KNOWN,
    NOW,
    OTHER_TARGET,
    PAGE,
    PROBES,
    REJECTED,
    REQUESTED_AND_ACCEPTED,
    ROOT,
    SILENT,
    TARGET,
    UNSUPPORTED_VERSION,
    Answering,
    Request,
    ScriptedListener,
    before,
    enforced,
    failure,
    opened,
    proven,
    switched,
)

WITH_CERTIFICATE = set(Client) - {Client.WITHOUT_CERTIFICATE, Client.RESUMED_WITHOUT}


def test_a_listener_that_accepts_only_our_clients_is_proven() -> None:
    proof = proven(opened, enforced)
    assert (proof.proven, proof.rounds, proof.note) == (True, 2, "")
    assert all(check.passed for check in proof.checks)
    assert {check.client for check in proof.checks} == EVERYBODY


def test_every_address_is_probed_in_every_version_of_tls_that_it_supports() -> None:
    def tls12_only_on_the_second(then: Answering) -> Answering:
        return lambda request: (
            UNSUPPORTED_VERSION if (request.target, request.tls) == (OTHER_TARGET, "1.3") else then(request)
        )

    proof = proven(tls12_only_on_the_second(opened), tls12_only_on_the_second(enforced), OTHER_TARGET)
    of_ours = {(check.route.target, check.route.tls) for check in proof.checks if check.client in WITH_CERTIFICATE}
    assert of_ours == {(TARGET, "1.2"), (TARGET, "1.3"), (OTHER_TARGET, "1.2")}


def test_one_address_that_accepts_everybody_is_enough_to_fail() -> None:
    failed = str(failure(opened, second_open, OTHER_TARGET))
    assert failed.startswith("192.0.2.2:443 ")
    assert " accepted a client without a certificate" in failed


def test_a_listener_that_follows_late_is_proven_in_a_later_round() -> None:
    listener = ScriptedListener(opened)
    earlier = before(listener)

    def late(request: Request) -> Observation:
        return opened(request) if len(listener.requests) < 35 else enforced(request)

    listener.rule = late
    proof = prove_enforced(earlier, PROBES, deadline_seconds=9, context=KNOWN, send=listener)
    assert proof.proven
    assert proof.rounds > 2


def test_a_listener_that_never_follows_fails_with_what_the_last_round_showed() -> None:
    failed = failure(opened, opened)
    proof = failed.proof
    assert "accepted a client without a certificate" in proof.note
    assert (proof.proven, proof.rounds, proof.note) == (False, 1, str(failed))
    assert {check.client for check in proof.checks if not check.passed} >= {Client.WITHOUT_CERTIFICATE, Client.OTHER_CA}


def test_clean_rounds_between_bad_ones_prove_nothing(pauses: list[float]) -> None:
    earlier, listener = switched(opened, lambda request: enforced(request) if len(pauses) % 2 else opened(request))
    with pytest.raises(ProofFailed):
        # A pause takes half a second, so this leaves time for some rounds that take none.
        prove_enforced(earlier, PROBES, deadline_seconds=0.6, context=KNOWN, send=listener)
    assert len(pauses) > 1


def test_a_proof_that_waits_says_why_and_until_when_and_one_that_passes_at_once_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Each look at the clock is a second later.
    ticks = count()
    monkeypatch.setattr(Pace, "now", staticmethod(lambda: float(next(ticks))))
    lines: list[str] = []
    earlier, listener = switched(opened, opened)
    with watched_by(lines.append), pytest.raises(ProofFailed):
        prove_enforced(earlier, PROBES, deadline_seconds=90, context=KNOWN, send=listener)
    assert re.match(r"\d+ of 90 s for the proof of 192\.0\.2\.1:443; .* accepted a client without", lines[0])
    lines.clear()
    with watched_by(lines.append):
        prove_enforced(earlier, PROBES, deadline_seconds=90, context=KNOWN, send=switched(opened, enforced)[1])
    assert not any("accepted a client" in line for line in lines)


def test_what_the_connections_of_a_proof_have_shown_is_kept_and_of_one_that_failed_nothing() -> None:
    assert proven(opened, enforced).answers == ["none accepted without a certificate"]
    earlier, listener = switched(enforced, opened)
    assert prove_open(earlier, deadline_seconds=9, context=KNOWN, send=listener).answers == [
        "all accepted without a certificate"
    ]
    assert failure(opened, opened).proof.answers == ()


def test_a_client_of_the_settings_that_is_rejected_fails_the_proof_beside_one_that_is_accepted() -> None:
    failed = failure(opened, lambda each: REJECTED if each.credential is PROBES.given else enforced(each))
    assert "rejected the client of proof.client (rejected by alert certificate_required (116))" in str(failed)
    assert all(check.passed for check in failed.proof.checks if check.client is Client.WITH_CERTIFICATE)
    assert proven(opened, enforced).proven


@pytest.mark.parametrize(("client", "impostor"), list(impostors(PROBES)))
def test_one_impostor_that_is_accepted_fails_the_proof(client: Client, impostor: ClientCredential) -> None:
    failed = failure(opened, lambda each: REQUESTED_AND_ACCEPTED if each.credential is impostor else enforced(each))
    assert f" accepted a client {client} (HTTP 200)" in str(failed)
    assert {check.client for check in failed.proof.checks if not check.passed} == {client}


def test_without_a_client_certificate_only_rejections_are_shown_and_the_proof_says_so() -> None:
    proof = proven(opened, enforced, probes=probe_clients_of(ROOT.certificate, None, NOW))
    assert (proof.proven, proof.note) == (False, ONLY_REJECTIONS)
    assert f"a client {Client.EXPIRED}" in proof.not_tried
    assert Client.OTHER_CA_SAME_NAME in {check.client for check in proof.checks}


def test_a_listener_is_proven_open_once_it_no_longer_requests() -> None:
    earlier, listener = switched(enforced, enforced)
    assert earlier.rejected_all
    with pytest.raises(ProofFailed, match="still rejects a client without a certificate"):
        prove_open(earlier, deadline_seconds=0, context=KNOWN, send=listener)
    listener.rule = opened
    assert prove_open(earlier, deadline_seconds=9, context=KNOWN, send=listener).proven


def second_open(request: Request) -> Observation:
    return opened(request) if request.target == OTHER_TARGET else enforced(request)


def first_open(request: Request) -> Observation:
    return opened(request) if request.target == TARGET else enforced(request)


@pytest.mark.parametrize(("was", "other"), [(opened, enforced), (enforced, opened), (second_open, first_open)])
def test_a_listener_that_was_put_back_is_as_before_and_otherwise_not(was: Answering, other: Answering) -> None:
    earlier, listener = switched(was, was, OTHER_TARGET)
    prove_as_before(earlier, deadline_seconds=9, context=ProofContext(), send=listener)
    listener.rule = other
    with pytest.raises(ProofFailed):
        prove_as_before(earlier, deadline_seconds=0, context=ProofContext(), send=listener)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (
            SILENT,
            "open the network from this machine to the ALB, or set or correct connectTo on the listener",
        ),
        (
            replace(SILENT, reason="no answer within 10 s", finished=True),
            "handshake is done, but then: no answer within 10 s; repair the backend, or set proof.path",
        ),
        (Observation(verdict=Verdict.NOT_TLS, reason="what answers is not TLS"), "what answers is not TLS"),
        (Observation(verdict=Verdict.SERVER_NOT_TRUSTED, reason="it has ended"), "it has ended; set proof.serverCa"),
        (replace(REJECTED, requested=False, alert=112), "before it requests a certificate .*unrecognized_name"),
        (replace(PAGE, requested=False), "page about a certificate, although .* requests none, .*; set proof.path"),
        (UNSUPPORTED_VERSION, "supports neither TLS 1.2 nor TLS 1.3"),
    ],
)
def test_what_cannot_be_probed_is_reported_before_anything_is_touched(result: Observation, words: str) -> None:
    with pytest.raises(Unreachable, match=words):
        baseline([TARGET], deadline_seconds=0, send=ScriptedListener(lambda _: result))


@pytest.mark.parametrize(("status", "words"), [(502, "it is broken"), (503, "no Ingress routes it there")])
def test_a_backend_that_is_broken_is_reported_before_anything_is_touched(status: int, words: str) -> None:
    listener = ScriptedListener(lambda _: replace(ACCEPTED, status=status))
    with pytest.raises(BackendBroken, match=f"HTTP {status} before anything was changed: {words}"):
        baseline([TARGET], deadline_seconds=0, send=listener)


def test_a_backend_that_is_broken_stops_nobody_from_opening() -> None:
    listener = ScriptedListener(lambda _: replace(ACCEPTED, status=502))
    earlier = baseline([TARGET], needs_backend=False, deadline_seconds=0, send=listener)
    assert prove_open(earlier, deadline_seconds=9, context=KNOWN, send=listener).proven


@pytest.mark.parametrize(("lost", "times", "answered"), [(1, 5, True), (1, 6, False), (9, 2, False)])
def test_what_a_network_loses_is_sent_again_and_what_an_address_loses_that_is_silent_hardly(
    lost: int, times: int, *, answered: bool
) -> None:
    tries: Counter[int] = Counter()

    def send(number: int) -> bool:
        tries[number] += 1
        return number >= lost or (lost == 1 and tries[number] == times)

    with ThreadPoolExecutor(1) as pool:
        assert all(sent(pool, send, range(30), lambda result: not result)) is answered
    assert tries[0] == min(times, 5)


def test_a_listener_without_an_address_is_rejected() -> None:
    with pytest.raises(HandshakeError, match="no address to probe; set connectTo"):
        baseline([], send=ScriptedListener(opened))


def test_a_proof_for_json_has_no_key_or_session_in_it() -> None:
    proof = proven(opened, enforced).as_dict()
    assert proof["proven"] is True
    assert set(proof) == {
        "proven", "at", "rounds", "note", "connections", "bound", "addressesAsked", "addressesKnown", "notTried",
        "checks",
    }  # fmt: skip
    assert (proof["connections"], proof["addressesAsked"]) == (12, ["192.0.2.1:443"])
    assert set(proof["checks"][0]) == {
        "address", "host", "tls", "http", "way", "client", "expected", "result", "verdict", "status", "alert",
        "certificateRequested", "caNames", "resumed", "passed",
    }  # fmt: skip


def test_a_client_that_a_certificate_was_requested_from_and_accepted_all_the_same_shows_in_the_baseline() -> None:
    assert not before(ScriptedListener(lambda _: REQUESTED_AND_ACCEPTED)).rejected_all
