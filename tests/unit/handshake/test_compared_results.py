"""Results that mean nothing alone: a page that names no certificate, an old session rejected without a request."""

import re
from dataclasses import replace

import pytest

from alb_mtls.handshake.checks import Client
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.errors import ProofFailed
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.probe_clients import probe_clients_of
from alb_mtls.handshake.proof import prove_as_before, prove_open
from tests.helpers.handshakes import (
    ACCEPTED,
    KNOWN,
    NOW,
    OURS,
    PROBES,
    REJECTED,
    REQUESTED_AND_ACCEPTED,
    ROOT,
    SILENT,
    UNSUPPORTED_VERSION,
    Answering,
    Request,
    enforced,
    failure,
    opened,
    proven,
    switched,
)

BAD_REQUEST = replace(REQUESTED_AND_ACCEPTED, status=400)
WITHOUT_REQUEST = replace(REJECTED, requested=False)
WITHOUT_VALID = probe_clients_of(ROOT.certificate, None, NOW)


def rejecting_without_a_reason(request: Request) -> Observation:
    """Refuse with HTTP 400 and a page that does not say why."""
    return REQUESTED_AND_ACCEPTED if request.credential in OURS else BAD_REQUEST


def own_bad_request(_request: Request) -> Observation:
    """Accept everybody at a backend that finds every request bad."""
    return replace(ACCEPTED, status=400)


def bad_request(_request: Request) -> Observation:
    return BAD_REQUEST


def turning_old_sessions_away(how: Observation, then: Answering) -> Answering:
    return lambda request: how if request.session is not None and request.credential is None else then(request)


def test_a_bad_request_after_the_question_is_a_rejection_where_our_client_is_accepted() -> None:
    proof = proven(opened, rejecting_without_a_reason)
    assert proof.proven
    summary = {check.client: check.result.summary for check in proof.checks}
    assert summary[Client.OTHER_CA] == "rejected by page (HTTP 400)"


def test_a_bad_request_to_the_client_of_the_settings_is_no_acceptance() -> None:
    failed = failure(opened, lambda each: BAD_REQUEST if each.credential is PROBES.given else enforced(each))
    assert "rejected the client of proof.client (rejected by page (HTTP 400))" in str(failed)


def unasked(request: Request) -> Observation:
    return replace(rejecting_without_a_reason(request), requested=False)


def rejecting_all(request: Request) -> Observation:
    return BAD_REQUEST if request.credential in OURS else REJECTED


@pytest.mark.parametrize(
    ("was", "is_now", "words"),
    [
        # It is the backend's own answer.
        (opened, unasked, r"accepted a client without a certificate \(HTTP 400\) and requested none"),
        (own_bad_request, bad_request, "may be a rejection, or an answer of the backend"),
        # No client is accepted beside it.
        (opened, bad_request, "may be a rejection, or an answer of the backend|rejected a client with a valid"),
        (opened, rejecting_all, r"rejected a client with a valid certificate \(rejected by page \(HTTP 400\)\)"),
    ],
)
def test_a_bad_request_proves_nothing_else(was: Answering, is_now: Answering, words: str) -> None:
    assert re.search(words, str(failure(was, is_now)))


def test_a_bad_request_shows_nothing_without_a_client_that_is_accepted() -> None:
    failed = failure(opened, rejecting_without_a_reason, probes=WITHOUT_VALID)
    assert re.search(r"only a client whose certificate is accepted shows .* set proof\.client", str(failed))


def test_a_listener_that_rejects_with_a_page_without_a_reason_already_is_proven_too() -> None:
    earlier, _ = switched(rejecting_without_a_reason, opened)
    assert earlier.rejected_all
    assert proven(rejecting_without_a_reason, rejecting_without_a_reason).proven


@pytest.mark.parametrize("status", [200, 301, 401, 403, 404])
def test_a_bad_request_is_a_rejection_beside_a_client_that_gets_any_other_answer(status: int) -> None:
    def rule(request: Request) -> Observation:
        return replace(REQUESTED_AND_ACCEPTED, status=status) if request.credential in OURS else BAD_REQUEST

    assert proven(lambda request: replace(opened(request), status=status), rule).proven


def test_a_bad_request_is_none_beside_a_client_that_gets_a_bad_request_too() -> None:
    assert "may be a rejection, or an answer of the backend" in str(failure(own_bad_request, bad_request))


def test_where_a_page_rejected_before_it_rejects_our_client_too_until_the_ca_is_swapped() -> None:
    assert proven(bad_request, rejecting_without_a_reason).proven
    failed = str(failure(bad_request, bad_request))
    assert "rejected a client with a valid certificate (rejected by page (HTTP 400))" in failed


def test_a_listener_with_a_page_without_a_reason_is_put_back_with_it_and_not_open() -> None:
    earlier, listener = switched(rejecting_without_a_reason, rejecting_without_a_reason)
    prove_as_before(earlier, deadline_seconds=9, context=ProofContext(), send=listener)
    with pytest.raises(ProofFailed, match="still rejects a client without a certificate"):
        prove_open(earlier, deadline_seconds=0, context=KNOWN, send=listener)
    listener.rule = opened
    assert prove_open(earlier, deadline_seconds=9, context=KNOWN, send=listener).proven
    with pytest.raises(ProofFailed):
        prove_as_before(earlier, deadline_seconds=0, context=ProofContext(), send=listener)


@pytest.mark.parametrize(
    "how",
    [
        Observation(verdict=Verdict.REJECTED_BY_ALERT, alert=80),
        Observation(verdict=Verdict.REJECTED_BY_RESET),
        replace(UNSUPPORTED_VERSION, alert=40),
    ],
)
def test_an_old_session_may_be_rejected_without_a_request_where_a_new_client_is_requested_from(
    how: Observation,
) -> None:
    assert proven(opened, turning_old_sessions_away(how, enforced)).proven
    failure(
        opened,
        turning_old_sessions_away(
            how, lambda request: enforced(request) if request.credential is not None else WITHOUT_REQUEST
        ),
    )


def test_an_old_session_that_meets_silence_proves_nothing() -> None:
    failed = failure(opened, turning_old_sessions_away(SILENT, enforced))
    assert "no longer answers a client resuming a session" in str(failed)


@pytest.mark.parametrize("kind", ["other_ca", "expired"])
def test_a_certificate_must_be_requested_from_any_other_client_before_its_rejection_counts(kind: str) -> None:
    impostor = getattr(PROBES, kind)
    failed = failure(opened, lambda request: WITHOUT_REQUEST if request.credential is impostor else enforced(request))
    assert "requested no certificate" in str(failed)
