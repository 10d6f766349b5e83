"""From what clients met to one sentence: every cause, and its twin that is no cause."""

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from alb_mtls.handshake.checks import Check, Client, Expected, ProbeRoute
from alb_mtls.handshake.diagnosis import ProofContext, cause
from alb_mtls.handshake.observation import Observation, Verdict
from tests.helpers.handshakes import ASKED_AND_LET_IN, LET_IN, PAGE, REFUSED, ROOT, SILENT, TARGET

WAY = ProbeRoute(target=TARGET, tls="1.3", http="1.1")
OURS = ROOT.certificate.subject
THEIRS = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "other root")])
NOTHING_KNOWN = ProofContext(ca_name=OURS)
ALB_AGREES = ProofContext(alb_agrees=True, ca_name=OURS)
IMPOSTORS = (Client.FOREIGN, Client.FOREIGN_SAME_NAME, Client.EXPIRED)


def refused(client: Client, seen: Observation = REFUSED) -> Check:
    return Check(way=WAY, client=client, expected=Expected.REFUSED, seen=seen, status_before=200)


def let_in(client: Client, seen: Observation = ASKED_AND_LET_IN, before: int | None = 200) -> Check:
    return Check(way=WAY, client=client, expected=Expected.LET_IN, seen=seen, status_before=before)


GOOD_ROUND = (
    let_in(Client.WITH_CERTIFICATE),
    refused(Client.WITHOUT_CERTIFICATE),
    *(refused(client) for client in IMPOSTORS),
    refused(Client.RESUMED_WITHOUT),
    let_in(Client.RESUMED_WITH, replace(LET_IN, resumed=True)),
)


def said(*checks: Check, known: ProofContext = NOTHING_KNOWN) -> str:
    sentence = cause([*checks, *GOOD_ROUND], known)
    assert sentence is not None
    return sentence


def test_a_round_in_which_all_met_what_they_must_has_no_cause() -> None:
    assert cause(GOOD_ROUND, NOTHING_KNOWN) is None


@pytest.mark.parametrize("seen", [REFUSED, PAGE, Observation(verdict=Verdict.REFUSED_BY_RESET, asked=True)])
def test_every_style_of_refusal_counts_after_a_certificate_was_asked_for(seen: Observation) -> None:
    assert cause([refused(Client.WITHOUT_CERTIFICATE, seen)], NOTHING_KNOWN) is None


@pytest.mark.parametrize("seen", [REFUSED, PAGE, Observation(verdict=Verdict.REFUSED_BY_RESET, asked=True)])
def test_no_style_of_refusal_counts_when_no_certificate_was_asked_for(seen: Observation) -> None:
    sentence = said(refused(Client.WITHOUT_CERTIFICATE, replace(seen, asked=False)))
    assert "never asked for a certificate: not the listener refused" in sentence


def test_a_session_that_is_resumed_and_refused_needs_no_new_question() -> None:
    check = refused(Client.RESUMED_WITHOUT, replace(PAGE, asked=False, resumed=True))
    assert cause([check], NOTHING_KNOWN) is None


def test_let_in_without_a_certificate_blames_the_controller_when_the_alb_was_not_asked() -> None:
    sentence = said(refused(Client.WITHOUT_CERTIFICATE, LET_IN))
    assert "192.0.2.1:443 (TLS 1.3, HTTP/1.1) let a client in without a certificate (HTTP 200)" in sentence
    assert "the ALB Ingress controller ignores caEnabled" in sentence


def test_let_in_without_a_certificate_blames_another_listener_when_the_alb_says_on() -> None:
    sentence = said(refused(Client.WITHOUT_CERTIFICATE, LET_IN), known=ALB_AGREES)
    assert "another listener or load balancer answers there" in sentence
    assert "check the DNS record of demo.alb.ingress.top and connectTo" in sentence


def test_let_in_without_a_certificate_after_it_was_asked_for_is_a_cause_of_its_own() -> None:
    sentence = said(refused(Client.WITHOUT_CERTIFICATE, ASKED_AND_LET_IN), known=ALB_AGREES)
    assert "it does not require what it asks for" in sentence


@pytest.mark.parametrize("client", IMPOSTORS)
def test_an_impostor_that_is_let_in_is_named(client: Client) -> None:
    assert f"let a client in {client} (HTTP 200)" in said(refused(client, ASKED_AND_LET_IN))


def test_an_old_session_that_is_let_in_is_told_to_be_waited_for() -> None:
    sentence = said(refused(Client.RESUMED_WITHOUT, replace(LET_IN, resumed=True)))
    assert "the listener honours old TLS sessions; wait until they have ended" in sentence


def test_a_valid_client_refused_by_a_listener_that_offers_another_ca_names_both() -> None:
    sentence = said(let_in(Client.WITH_CERTIFICATE, replace(REFUSED, alert=48, offered=(THEIRS,))))
    assert "refused a client with a valid certificate (refused by alert unknown_ca (48))" in sentence
    assert "the wrong CA is bound, it takes certificates of CN=other root, not of" in sentence
    assert OURS.rfc4514_string() in sentence


@pytest.mark.parametrize("offered", [(), (OURS,), (THEIRS, OURS)])
def test_a_valid_client_refused_by_a_listener_that_offers_no_other_ca_names_none(
    offered: tuple[x509.Name, ...],
) -> None:
    sentence = said(let_in(Client.WITH_CERTIFICATE, replace(REFUSED, alert=48, offered=offered)))
    assert "the wrong CA is bound" not in sentence
    assert "compare it with the one in CAS" in sentence


@pytest.mark.parametrize("status", [404, 503])
def test_a_host_that_is_no_longer_routed_is_told_from_a_refusal(status: int) -> None:
    sentence = said(let_in(Client.WITH_CERTIFICATE, replace(ASKED_AND_LET_IN, status=status)))
    assert f"answers a client with a certificate with HTTP {status}, and HTTP 200 before" in sentence
    assert "no Ingress routes this host and path there any more" in sentence


def test_a_backend_that_fails_now_is_told_from_a_refusal() -> None:
    sentence = said(let_in(Client.WITH_CERTIFICATE, replace(ASKED_AND_LET_IN, status=502)))
    assert "with HTTP 502, and HTTP 200 before: the backend fails" in sentence


@pytest.mark.parametrize(("before", "now"), [(200, 204), (301, 308), (404, 404), (None, 404), (503, 200)])
def test_the_same_class_of_status_is_the_same_answer(before: int | None, now: int) -> None:
    check = let_in(Client.WITH_CERTIFICATE, replace(ASKED_AND_LET_IN, status=now), before)
    assert cause([check], NOTHING_KNOWN) is None


@pytest.mark.parametrize(("before", "now"), [(200, 301), (200, 400), (301, 200), (None, 502)])
def test_another_class_of_status_is_another_answer(before: int | None, now: int) -> None:
    check = let_in(Client.WITH_CERTIFICATE, replace(ASKED_AND_LET_IN, status=now), before)
    assert cause([check], NOTHING_KNOWN) is not None


def test_an_address_that_falls_silent_is_named_before_everything_else() -> None:
    silent = let_in(Client.WITH_CERTIFICATE, SILENT)
    sentence = said(refused(Client.WITHOUT_CERTIFICATE, LET_IN), silent)
    assert "no longer answers a client with a certificate: Connection refused" in sentence


def test_a_door_that_stands_open_is_named_before_a_client_that_is_locked_out() -> None:
    locked_out = let_in(Client.WITH_CERTIFICATE, replace(REFUSED, offered=(THEIRS,)))
    assert "without a certificate" in said(locked_out, refused(Client.WITHOUT_CERTIFICATE, LET_IN))


def test_a_client_that_cannot_resume_its_session_is_named() -> None:
    assert "refuses a client resuming a session" in said(let_in(Client.RESUMED_WITH, REFUSED))


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (NOTHING_KNOWN, "the ALB has not followed the AlbConfig"),
        (ALB_AGREES, "though the ALB API says that it asks for none"),
    ],
)
def test_a_listener_that_should_be_open_and_still_asks_is_named(known: ProofContext, words: str) -> None:
    check = let_in(Client.WITHOUT_CERTIFICATE, REFUSED)
    sentence = cause([check], known)
    assert sentence is not None
    assert "still refuses a client without a certificate" in sentence
    assert words in sentence


def test_an_open_listener_with_a_backend_that_nobody_saw_working_is_open() -> None:
    check = let_in(Client.WITHOUT_CERTIFICATE, replace(LET_IN, status=502), before=None)
    assert cause([check], NOTHING_KNOWN) is None
