"""From what clients met to one sentence: every cause, and its twin that is no cause."""

import re
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from alb_mtls.handshake.checks import Check, Client, Expected, ProbeRoute
from alb_mtls.handshake.diagnosis import ProofContext, cause
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.plans import impostors
from alb_mtls.pki.name_constraints import whole_name
from tests.helpers.handshakes import (
    ACCEPTED,
    KNOWN,
    PAGE,
    PROBES,
    REJECTED,
    REQUESTED_AND_ACCEPTED,
    ROOT,
    SILENT,
    TARGET,
)

ROUTE = ProbeRoute(target=TARGET, tls="1.3", http="1.1")
OURS = ROOT.certificate.subject
THEIRS = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "other root")])
ALB_AGREES = ProofContext(alb_agrees=True, ca_name=OURS)
IMPOSTORS = tuple(client for client, _ in impostors(PROBES))
RESUMED = replace(ACCEPTED, resumed=True)


def rejected(client: Client, result: Observation = REJECTED) -> Check:
    return Check(route=ROUTE, client=client, expected=Expected.REJECTED, result=result, status_before=200)


def accepted(client: Client, result: Observation = REQUESTED_AND_ACCEPTED, before: int | None = 200) -> Check:
    return Check(route=ROUTE, client=client, expected=Expected.ACCEPTED, result=result, status_before=before)


def ours(before: int | None = 200, **result: Any) -> Check:
    """Return the check of a valid client, with a result that differs in some things from what it must be."""
    return accepted(Client.WITH_CERTIFICATE, replace(REQUESTED_AND_ACCEPTED, **result), before)


GOOD_ROUND = (
    ours(),
    rejected(Client.WITHOUT_CERTIFICATE),
    *(rejected(client) for client in IMPOSTORS),
    rejected(Client.RESUMED_WITHOUT),
    accepted(Client.RESUMED_WITH, RESUMED),
)


ELSEWHERE_GOOD = tuple(replace(check, route=replace(ROUTE, http="2")) for check in GOOD_ROUND)
"""The same on another route."""


def test_a_round_in_which_all_met_what_they_must_has_no_cause() -> None:
    assert cause(GOOD_ROUND, KNOWN) is None


@pytest.mark.parametrize("result", [REJECTED, PAGE, Observation(verdict=Verdict.REJECTED_BY_RESET, requested=True)])
def test_every_style_of_rejection_counts_after_a_certificate_was_requested_and_none_before(result: Observation) -> None:
    assert cause([rejected(Client.WITHOUT_CERTIFICATE, result)], KNOWN) is None
    sentence = cause([rejected(Client.WITHOUT_CERTIFICATE, replace(result, requested=False)), *GOOD_ROUND], KNOWN)
    assert "requested no certificate: not the listener rejected it" in str(sentence)


WITHOUT = Client.WITHOUT_CERTIFICATE
NAMES_ANOTHER_CA = ours(verdict=Verdict.REJECTED_BY_ALERT, alert=48, ca_names=(THEIRS,))


@pytest.mark.parametrize(
    ("words", "checks"),
    [
        (r"TLS 1.3, HTTP/1.1\) accepted a client without a certificate \(HTTP 200\)", [rejected(WITHOUT, ACCEPTED)]),
        *(
            (rf"accepted a client {re.escape(client)} \(HTTP 200\)", [rejected(client, REQUESTED_AND_ACCEPTED)])
            for client in IMPOSTORS
        ),
        ("resumes old TLS sessions; each run opens new ones", [rejected(Client.RESUMED_WITHOUT, RESUMED)]),
        (r"rejected a client with a valid certificate \(rejected by alert unknown_ca \(48\)\)", [NAMES_ANOTHER_CA]),
        (f"the wrong CA .* certificates of CN=other root, not of {whole_name(OURS)}", [NAMES_ANOTHER_CA]),
        ("with HTTP 404, and HTTP 200 before: no Ingress routes this host and path there any", [ours(status=404)]),
        ("with HTTP 503, and HTTP 200 before: no Ingress routes this host and path there any", [ours(status=503)]),
        ("answers a client with a certificate .* HTTP 502, and HTTP 200 before: the backend fails", [ours(status=502)]),
        ("rejects a client resuming a session", [accepted(Client.RESUMED_WITH, REJECTED)]),
        ("still rejects a client without a certificate .* has not followed", [accepted(WITHOUT, REJECTED)]),
        # Silence is named before everything else, and a listener that does not enforce before who is rejected.
        ("no longer answers a client with a certificate: Conn", [rejected(WITHOUT, ACCEPTED), ours(**vars(SILENT))]),
        ("accepted a client without a certificate", [NAMES_ANOTHER_CA, rejected(WITHOUT, ACCEPTED)]),
    ],
)
def test_what_clients_met_is_explained_in_a_sentence(words: str, checks: list[Check]) -> None:
    assert re.search(words, str(cause([*checks, *GOOD_ROUND], KNOWN)))


@pytest.mark.parametrize(
    ("words", "check"),
    [
        ("another listener .* the DNS record of demo.alb.ingress.top and connectTo", rejected(WITHOUT, ACCEPTED)),
        ("the listener does not enforce what it requests", rejected(WITHOUT, REQUESTED_AND_ACCEPTED)),
        ("still rejects .* although the ALB API shows that the listener requests none", accepted(WITHOUT, REJECTED)),
    ],
)
def test_what_the_alb_api_says_makes_another_cause_of_it(words: str, check: Check) -> None:
    assert re.search(words, str(cause([check, *ELSEWHERE_GOOD], ALB_AGREES)))


@pytest.mark.parametrize(
    ("check", "where_it_agrees", "where_it_does_not"),
    [
        (rejected(WITHOUT, ACCEPTED), "the ALB Ingress controller ignores caEnabled", "caEnabled is not true"),
        (accepted(WITHOUT, REJECTED), "the ALB has not followed the AlbConfig", "where caEnabled is true"),
    ],
    ids=["wrongly accepted", "still rejected"],
)
def test_no_controller_is_blamed_for_what_the_albconfig_itself_says(
    check: Check, where_it_agrees: str, where_it_does_not: str
) -> None:
    for agrees, words in ((None, where_it_agrees), (True, where_it_agrees), (False, where_it_does_not)):
        sentence = str(cause([check, *ELSEWHERE_GOOD], replace(KNOWN, albconfig_agrees=agrees)))
        assert words in sentence
        assert ("as the AlbConfig says" in sentence) == (agrees is False)


def test_who_is_accepted_where_others_are_requested_a_certificate_met_a_machine_that_lags() -> None:
    open_to_all = rejected(WITHOUT, ACCEPTED)
    lags = "requested none, although it requested one from another client in the same round: some machines"
    assert lags in str(cause([open_to_all, *GOOD_ROUND], ALB_AGREES))
    assert "the ALB Ingress controller ignores caEnabled" in str(cause([open_to_all, *ELSEWHERE_GOOD], KNOWN))
    assert lags not in str(cause([open_to_all, *ELSEWHERE_GOOD], ALB_AGREES))


def test_a_valid_client_that_no_certificate_was_requested_from_was_rejected_by_something_else() -> None:
    reset = Observation(verdict=Verdict.REJECTED_BY_RESET, reason="cut", tls="1.3")
    sentence = str(cause([ours(**vars(reset))], ALB_AGREES))
    assert "requested no certificate: not the listener rejected it" in sentence
    assert "compare the fingerprint" in str(cause([ours(**vars(replace(reset, requested=True)))], ALB_AGREES))


def valid_rejected(context: ProofContext, *ca_names: x509.Name) -> str:
    return str(cause([ours(verdict=Verdict.REJECTED_BY_ALERT, alert=48, ca_names=ca_names)], context))


@pytest.mark.parametrize("ca_names", [(), (OURS,), (THEIRS, OURS)])
@pytest.mark.parametrize("ca_agrees", [None, True])
def test_no_other_ca_is_on_a_listener_that_rejects_a_valid_client_but_where_the_names_or_the_alb_api_say_so(
    ca_names: tuple[x509.Name, ...], ca_agrees: bool | None
) -> None:
    sentence = valid_rejected(ProofContext(ca_name=OURS, ca_agrees=ca_agrees), *ca_names)
    assert "the wrong CA" not in sentence
    assert "another CA" not in sentence
    assert ("although the listener names" in sentence) is bool(ca_names)
    assert ("although the ALB API shows the CA" in sentence) is (not ca_names and ca_agrees is True)
    assert "; compare the fingerprint of that CA in CAS with the one that signed the client" in sentence


def test_another_ca_is_on_the_listener_where_the_alb_api_or_the_names_say_so() -> None:
    assert "the ALB API shows another CA on the listener than" in valid_rejected(
        ProofContext(ca_name=OURS, ca_agrees=False)
    )
    for ca_agrees in (True, False):
        sentence = valid_rejected(ProofContext(ca_name=OURS, ca_agrees=ca_agrees), THEIRS)
        assert "the wrong CA is on the listener, which accepts certificates of CN=other root" in sentence


@pytest.mark.parametrize("named", [OURS, THEIRS])
def test_a_listener_may_name_the_ca_or_one_above_it_and_the_one_that_it_names_is_in_the_sentence(
    named: x509.Name,
) -> None:
    below_theirs = ProofContext(ca_name=OURS, ca_names_above=[THEIRS])
    check = accepted(Client.WITH_CERTIFICATE, replace(REQUESTED_AND_ACCEPTED, ca_names=(named,)))
    assert cause([*GOOD_ROUND, check], below_theirs) is None
    assert f"although the listener names {whole_name(named)}; compare" in valid_rejected(below_theirs, named)


@pytest.mark.parametrize(("count", "end"), [(5, "or CN=4, not of"), (900, "or CN=4 or 895 more, not of")])
def test_of_many_names_that_a_listener_offers_the_first_are_shown(count: int, end: str) -> None:
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, str(number))]) for number in range(count)]
    assert end in valid_rejected(ProofContext(ca_name=OURS), *names)


def test_a_listener_that_accepts_our_client_and_names_other_cas_proves_nothing() -> None:
    def named(*ca_names: x509.Name, client: Client = Client.WITH_CERTIFICATE) -> str | None:
        check = accepted(client, replace(REQUESTED_AND_ACCEPTED, ca_names=ca_names))
        return cause([*GOOD_ROUND, check], KNOWN)

    for client in (Client.WITH_CERTIFICATE, Client.GIVEN):
        sentence = named(THEIRS, client=client)
        assert f"accepted a client {client}, but names other CAs to it, CN=other root, and not " in str(sentence)
        assert named(client=client) is named(OURS, client=client) is named(THEIRS, OURS, client=client) is None
    assert cause([ours(ca_names=(THEIRS,))], ProofContext()) is None


def test_a_session_that_is_resumed_and_rejected_needs_no_new_question() -> None:
    check = rejected(Client.RESUMED_WITHOUT, replace(PAGE, requested=False, resumed=True))
    assert cause([check], KNOWN) is None


def test_an_open_listener_with_a_backend_that_never_worked_is_open() -> None:
    assert cause([accepted(WITHOUT, replace(ACCEPTED, status=502), before=None)], KNOWN) is None


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        *((before, now, True) for before, now in [(200, 204), (301, 308), (404, 404), (None, 404), (503, 200)]),
        *((before, now, False) for before, now in [(200, 301), (200, 400), (301, 200), (None, 502)]),
    ],
)
def test_only_the_same_class_of_status_is_the_same_answer(before: int | None, now: int, *, same: bool) -> None:
    assert (cause([ours(before, status=now)], KNOWN) is None) is same


@pytest.mark.parametrize("client", IMPOSTORS)
def test_an_impostor_that_no_certificate_was_requested_from_met_a_machine_that_lags(client: Client) -> None:
    assert "a machine of the ALB that has not followed" in str(cause([rejected(client, ACCEPTED), *GOOD_ROUND], KNOWN))
    enforced = cause([rejected(client, REQUESTED_AND_ACCEPTED), *GOOD_ROUND], KNOWN)
    assert "has not followed" not in str(enforced)
