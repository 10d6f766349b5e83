"""From what clients met to one sentence: every cause, and its twin that is no cause."""

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from alb_mtls.handshake.checks import Check, Client, Expected, ProbeRoute
from alb_mtls.handshake.diagnosis import ProofContext, cause
from alb_mtls.handshake.observation import Observation, Verdict
from tests.helpers.handshakes import ACCEPTED, PAGE, REJECTED, REQUESTED_AND_ACCEPTED, ROOT, SILENT, TARGET

ROUTE = ProbeRoute(target=TARGET, tls="1.3", http="1.1")
OURS = ROOT.certificate.subject
THEIRS = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "other root")])
NOTHING_KNOWN = ProofContext(ca_name=OURS)
ALB_AGREES = ProofContext(alb_agrees=True, ca_name=OURS)
IMPOSTORS = (Client.OTHER_CA, Client.OTHER_CA_SAME_NAME, Client.EXPIRED)


def rejected(client: Client, result: Observation = REJECTED) -> Check:
    return Check(route=ROUTE, client=client, expected=Expected.REJECTED, result=result, status_before=200)


def accepted(client: Client, result: Observation = REQUESTED_AND_ACCEPTED, before: int | None = 200) -> Check:
    return Check(route=ROUTE, client=client, expected=Expected.ACCEPTED, result=result, status_before=before)


GOOD_ROUND = (
    accepted(Client.WITH_CERTIFICATE),
    rejected(Client.WITHOUT_CERTIFICATE),
    *(rejected(client) for client in IMPOSTORS),
    rejected(Client.RESUMED_WITHOUT),
    accepted(Client.RESUMED_WITH, replace(ACCEPTED, resumed=True)),
)


def summary(*checks: Check, context: ProofContext = NOTHING_KNOWN) -> str:
    sentence = cause([*checks, *GOOD_ROUND], context)
    assert sentence is not None
    return sentence


def test_a_round_in_which_all_met_what_they_must_has_no_cause() -> None:
    assert cause(GOOD_ROUND, NOTHING_KNOWN) is None


@pytest.mark.parametrize("result", [REJECTED, PAGE, Observation(verdict=Verdict.REJECTED_BY_RESET, requested=True)])
def test_every_style_of_rejection_counts_after_a_certificate_was_requested(result: Observation) -> None:
    assert cause([rejected(Client.WITHOUT_CERTIFICATE, result)], NOTHING_KNOWN) is None


@pytest.mark.parametrize("result", [REJECTED, PAGE, Observation(verdict=Verdict.REJECTED_BY_RESET, requested=True)])
def test_no_style_of_rejection_counts_when_no_certificate_was_requested(result: Observation) -> None:
    sentence = summary(rejected(Client.WITHOUT_CERTIFICATE, replace(result, requested=False)))
    assert "requested no certificate: not the listener rejected it" in sentence


def test_a_session_that_is_resumed_and_rejected_needs_no_new_question() -> None:
    check = rejected(Client.RESUMED_WITHOUT, replace(PAGE, requested=False, resumed=True))
    assert cause([check], NOTHING_KNOWN) is None


def test_accepted_without_a_certificate_blames_the_controller_when_the_alb_api_was_not_called() -> None:
    sentence = summary(rejected(Client.WITHOUT_CERTIFICATE, ACCEPTED))
    assert "192.0.2.1:443 (TLS 1.3, HTTP/1.1) accepted a client without a certificate (HTTP 200)" in sentence
    assert "the ALB Ingress controller ignores caEnabled" in sentence


def test_accepted_without_a_certificate_blames_another_listener_when_the_alb_says_on() -> None:
    sentence = summary(rejected(Client.WITHOUT_CERTIFICATE, ACCEPTED), context=ALB_AGREES)
    assert "another listener or load balancer answers there" in sentence
    assert "check the DNS record of demo.alb.ingress.top and connectTo" in sentence


def test_accepted_without_a_certificate_after_it_was_requested_is_a_cause_of_its_own() -> None:
    sentence = summary(rejected(Client.WITHOUT_CERTIFICATE, REQUESTED_AND_ACCEPTED), context=ALB_AGREES)
    assert "the listener does not enforce what it requests" in sentence


@pytest.mark.parametrize("client", IMPOSTORS)
def test_an_impostor_that_is_accepted_is_named(client: Client) -> None:
    assert f"accepted a client {client} (HTTP 200)" in summary(rejected(client, REQUESTED_AND_ACCEPTED))


def test_an_old_session_that_is_accepted_is_to_be_waited_for() -> None:
    sentence = summary(rejected(Client.RESUMED_WITHOUT, replace(ACCEPTED, resumed=True)))
    assert "the listener resumes old TLS sessions; wait until they have ended" in sentence


def test_a_valid_client_rejected_by_a_listener_that_names_another_ca_shows_both() -> None:
    sentence = summary(accepted(Client.WITH_CERTIFICATE, replace(REJECTED, alert=48, ca_names=(THEIRS,))))
    assert "rejected a client with a valid certificate (rejected by alert unknown_ca (48))" in sentence
    assert "the wrong CA is on the listener, which accepts certificates of CN=other root, not of" in sentence
    assert OURS.rfc4514_string() in sentence


@pytest.mark.parametrize("ca_names", [(), (OURS,), (THEIRS, OURS)])
def test_a_valid_client_rejected_by_a_listener_that_names_no_other_ca_shows_none(
    ca_names: tuple[x509.Name, ...],
) -> None:
    sentence = summary(accepted(Client.WITH_CERTIFICATE, replace(REJECTED, alert=48, ca_names=ca_names)))
    assert "the wrong CA is on the listener" not in sentence
    assert "compare it with the one in CAS" in sentence


@pytest.mark.parametrize("status", [404, 503])
def test_a_host_that_is_no_longer_routed_is_distinguished_from_a_rejection(status: int) -> None:
    sentence = summary(accepted(Client.WITH_CERTIFICATE, replace(REQUESTED_AND_ACCEPTED, status=status)))
    assert f"answers a client with a certificate with HTTP {status}, and HTTP 200 before" in sentence
    assert "no Ingress routes this host and path there any more" in sentence


def test_a_backend_that_fails_now_is_distinguished_from_a_rejection() -> None:
    sentence = summary(accepted(Client.WITH_CERTIFICATE, replace(REQUESTED_AND_ACCEPTED, status=502)))
    assert "with HTTP 502, and HTTP 200 before: the backend fails" in sentence


@pytest.mark.parametrize(("before", "now"), [(200, 204), (301, 308), (404, 404), (None, 404), (503, 200)])
def test_the_same_class_of_status_is_the_same_answer(before: int | None, now: int) -> None:
    check = accepted(Client.WITH_CERTIFICATE, replace(REQUESTED_AND_ACCEPTED, status=now), before)
    assert cause([check], NOTHING_KNOWN) is None


@pytest.mark.parametrize(("before", "now"), [(200, 301), (200, 400), (301, 200), (None, 502)])
def test_another_class_of_status_is_another_answer(before: int | None, now: int) -> None:
    check = accepted(Client.WITH_CERTIFICATE, replace(REQUESTED_AND_ACCEPTED, status=now), before)
    assert cause([check], NOTHING_KNOWN) is not None


def test_an_address_that_falls_silent_is_named_before_everything_else() -> None:
    silent = accepted(Client.WITH_CERTIFICATE, SILENT)
    sentence = summary(rejected(Client.WITHOUT_CERTIFICATE, ACCEPTED), silent)
    assert "no longer answers a client with a certificate: Connection refused" in sentence


def test_a_listener_that_does_not_enforce_is_named_before_a_client_that_is_locked_out() -> None:
    locked_out = accepted(Client.WITH_CERTIFICATE, replace(REJECTED, ca_names=(THEIRS,)))
    assert "without a certificate" in summary(locked_out, rejected(Client.WITHOUT_CERTIFICATE, ACCEPTED))


def test_a_client_that_cannot_resume_its_session_is_named() -> None:
    assert "rejects a client resuming a session" in summary(accepted(Client.RESUMED_WITH, REJECTED))


@pytest.mark.parametrize(
    ("context", "words"),
    [
        (NOTHING_KNOWN, "the ALB has not followed the AlbConfig"),
        (ALB_AGREES, "although the ALB API shows that the listener requests none"),
    ],
)
def test_a_listener_that_should_be_open_and_still_requests_is_named(context: ProofContext, words: str) -> None:
    check = accepted(Client.WITHOUT_CERTIFICATE, REJECTED)
    sentence = cause([check], context)
    assert sentence is not None
    assert "still rejects a client without a certificate" in sentence
    assert words in sentence


def test_an_open_listener_with_a_backend_that_never_worked_is_open() -> None:
    check = accepted(Client.WITHOUT_CERTIFICATE, replace(ACCEPTED, status=502), before=None)
    assert cause([check], NOTHING_KNOWN) is None
