"""Results that mean nothing alone: a page that names no certificate, an old session rejected without a request."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from alb_mtls.handshake.checks import Client
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.errors import ProofFailed
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.probe_clients import probe_clients_of
from alb_mtls.handshake.proof import prove_as_before, prove_enforced, prove_open
from tests.helpers.handshakes import (
    ACCEPTED,
    KNOWN,
    NOW,
    PROBES,
    REJECTED,
    REQUESTED_AND_ACCEPTED,
    ROOT,
    SILENT,
    UNSUPPORTED_VERSION,
    Request,
    ScriptedListener,
    before,
    enforced,
    opened,
    switched,
)

BAD_REQUEST = replace(REQUESTED_AND_ACCEPTED, status=400)
WITHOUT_VALID = probe_clients_of(ROOT.certificate, None, NOW)


def rejecting_without_a_reason(request: Request) -> Observation:
    """Refuse with HTTP 400 and a page that does not say why."""
    return REQUESTED_AND_ACCEPTED if request.credential is PROBES.valid else BAD_REQUEST


def own_bad_request(_request: Request) -> Observation:
    """Accept everybody at a backend that finds every request bad."""
    return replace(ACCEPTED, status=400)


def test_a_bad_request_after_the_question_is_a_rejection_where_our_client_is_accepted() -> None:
    earlier, listener = switched(opened, rejecting_without_a_reason)
    proof = prove_enforced(earlier, PROBES, deadline_seconds=9, context=KNOWN, send=listener)
    assert proof.proven
    summary = {check.client: check.result.summary for check in proof.checks}
    assert summary[Client.OTHER_CA] == "rejected by page (HTTP 400)"


def test_a_bad_request_without_the_question_is_the_backend_s_own_answer() -> None:
    earlier, listener = switched(opened, lambda request: replace(rejecting_without_a_reason(request), requested=False))
    with pytest.raises(ProofFailed, match=r"accepted a client without a certificate \(HTTP 400\) and requested none"):
        prove_enforced(earlier, PROBES, deadline_seconds=0, context=KNOWN, send=listener)


def test_a_bad_request_beside_a_client_that_does_not_be_accepted_tells_nothing() -> None:
    earlier, listener = switched(opened, lambda _: BAD_REQUEST)
    with pytest.raises(
        ProofFailed, match=r"may be a rejection, or an answer of the backend|rejected a client with a valid"
    ):
        prove_enforced(earlier, PROBES, deadline_seconds=0, context=KNOWN, send=listener)


def test_a_bad_request_tells_nothing_where_the_backend_gave_it_before() -> None:
    earlier, listener = switched(own_bad_request, lambda _: BAD_REQUEST)
    with pytest.raises(ProofFailed, match="may be a rejection, or an answer of the backend"):
        prove_enforced(earlier, PROBES, deadline_seconds=0, context=KNOWN, send=listener)


def test_a_bad_request_tells_nothing_without_a_client_that_is_accepted() -> None:
    earlier, listener = switched(opened, rejecting_without_a_reason)
    with pytest.raises(ProofFailed, match=r"only a client whose certificate is accepted shows .* set proof\.client"):
        prove_enforced(earlier, WITHOUT_VALID, deadline_seconds=0, context=KNOWN, send=listener)


def test_our_client_met_by_a_bad_request_was_rejected_where_everybody_was_accepted_before() -> None:
    earlier, listener = switched(
        opened, lambda request: REJECTED if request.credential is not PROBES.valid else BAD_REQUEST
    )
    with pytest.raises(
        ProofFailed, match=r"rejected a client with a valid certificate \(rejected by page \(HTTP 400\)\)"
    ):
        prove_enforced(earlier, PROBES, deadline_seconds=0, context=KNOWN, send=listener)


def test_a_listener_that_rejects_with_a_page_without_a_reason_already_is_proven_too() -> None:
    listener = ScriptedListener(rejecting_without_a_reason)
    earlier = before(listener)
    assert earlier.rejected_all
    assert prove_enforced(earlier, PROBES, deadline_seconds=9, context=KNOWN, send=listener).proven


def test_a_page_without_a_reason_after_a_switch_off_is_no_open_listener() -> None:
    listener = ScriptedListener(rejecting_without_a_reason)
    earlier = before(listener)
    with pytest.raises(ProofFailed, match="still rejects a client without a certificate"):
        prove_open(earlier, deadline_seconds=0, context=KNOWN, send=listener)
    listener.rule = opened
    assert prove_open(earlier, deadline_seconds=9, context=KNOWN, send=listener).proven


def test_a_listener_with_a_page_without_a_reason_is_put_back_with_it_and_not_open() -> None:
    listener = ScriptedListener(rejecting_without_a_reason)
    earlier = before(listener)
    prove_as_before(earlier, deadline_seconds=9, context=ProofContext(), send=listener)
    listener.rule = opened
    with pytest.raises(ProofFailed):
        prove_as_before(earlier, deadline_seconds=0, context=ProofContext(), send=listener)


NOT_REQUESTED = [
    Observation(verdict=Verdict.REJECTED_BY_ALERT, alert=80),
    Observation(verdict=Verdict.REJECTED_BY_RESET),
    replace(UNSUPPORTED_VERSION, alert=40),
]


def turning_old_sessions_away(
    how: Observation, then: Callable[[Request], Observation]
) -> Callable[[Request], Observation]:
    def rule(request: Request) -> Observation:
        return how if request.session is not None and request.credential is None else then(request)

    return rule


@pytest.mark.parametrize("how", NOT_REQUESTED)
def test_an_old_session_may_be_rejected_without_a_request_where_a_new_client_is_requested_from(
    how: Observation,
) -> None:
    earlier, listener = switched(opened, turning_old_sessions_away(how, enforced))
    assert prove_enforced(earlier, PROBES, deadline_seconds=9, context=KNOWN, send=listener).proven


@pytest.mark.parametrize("how", NOT_REQUESTED)
def test_an_old_session_that_is_rejected_proves_nothing_where_nobody_is_requested_from(how: Observation) -> None:
    listener = ScriptedListener(opened)
    earlier = before(listener)
    without_request = replace(REJECTED, requested=False)
    listener.rule = turning_old_sessions_away(
        how, lambda request: enforced(request) if request.credential is not None else without_request
    )
    with pytest.raises(ProofFailed):
        prove_enforced(earlier, PROBES, deadline_seconds=0, context=KNOWN, send=listener)


def test_an_old_session_that_meets_silence_proves_nothing() -> None:
    earlier, listener = switched(opened, turning_old_sessions_away(SILENT, enforced))
    with pytest.raises(ProofFailed, match="no longer answers a client resuming a session"):
        prove_enforced(earlier, PROBES, deadline_seconds=0, context=KNOWN, send=listener)


@pytest.mark.parametrize("client", [Client.OTHER_CA, Client.EXPIRED])
def test_a_certificate_must_be_requested_from_any_other_client_before_its_rejection_counts(client: Client) -> None:
    impostor = PROBES.other_ca if client is Client.OTHER_CA else PROBES.expired
    listener = ScriptedListener(opened)
    earlier = before(listener)
    listener.rule = lambda request: (
        replace(REJECTED, requested=False) if request.credential is impostor else enforced(request)
    )
    with pytest.raises(ProofFailed, match="requested no certificate"):
        prove_enforced(earlier, PROBES, deadline_seconds=0, context=KNOWN, send=listener)
