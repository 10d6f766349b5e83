"""Listeners that are asked for clients of a newer generation before any client changes: who is asked, who refuses."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509

from alb_mtls.cross_resources import AskedListener
from alb_mtls.errors import OperationFailed
from alb_mtls.handshake.observation import Observation
from alb_mtls.listener_resources import ProbeNames, ProofSettings
from alb_mtls.listeners.cross_gate import Crossing, refuse_if_cross_is_rejected
from alb_mtls.pki.cross import Authority, issue_cross
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.signatures import is_issued_by
from alb_mtls.pki.subject import Subject
from tests.fakes.alb import Alb, listener_on_alb
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.authorities import DAY, ca_of_depth, issued
from tests.helpers.ca_chains import ca_below
from tests.helpers.generations import CROSS, NEWER, OLDER, trusting
from tests.helpers.handshakes import NOW, REQUESTED_AND_ACCEPTED, SILENT, Answering, Request, ScriptedListener, opened

PROOF = ProofSettings(
    mode="required",
    host="demo.alb.ingress.top",
    path="/",
    deadline_seconds=0,
    server_ca="insecure",
    connect_to=("192.0.2.1:443", "192.0.2.2:443"),
)
ASKED = AskedListener(listener=LISTENER, proof=PROOF)
CROSSING = Crossing(
    older=Authority(certificate=OLDER.certificate, key=OLDER.key),
    newer=Authority(certificate=NEWER.certificate, key=NEWER.key),
    cross=CROSS,
    older_generation=1,
    newer_generation=2,
)
ON: dict[str, Any] = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-first"}]}


@pytest.fixture(autouse=True)
def reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know the addresses without looking them up, and wait for nobody."""
    monkeypatch.setattr("alb_mtls.handshake.target.addresses_of", lambda address, *_: [address])
    monkeypatch.setattr("alb_mtls.retrying.time.sleep", lambda _: None)


def ask(
    rule: Answering, *asked: AskedListener, crossing: Crossing = CROSSING, **fields: Any
) -> tuple[list[str], ScriptedListener]:
    """Ask a listener that answers by a rule; return what was not asked, and the listener."""
    cluster = Cluster(item=albconfig(https(**(fields or ON))))
    listener = ScriptedListener(rule)
    kube: Any = cluster
    alb: Any = Alb(cluster=cluster)
    left_out = refuse_if_cross_is_rejected(asked or (ASKED,), crossing, kube=kube, alb=alb, send=listener)
    return left_out, listener


def is_of(root: Any, request: Request) -> bool:
    return request.credential is not None and is_issued_by(request.credential.chain[0], root.certificate)


def test_between_two_intermediates_each_client_sends_all_that_leads_to_the_older_root() -> None:
    older, newer = ca_below(OLDER, "older CA", depth=None, now=NOW), ca_below(NEWER, now=NOW)
    signer = Authority(certificate=older.certificate, key=older.key)
    cross = issue_cross(older=signer, newer=NEWER.certificate, outlives=365 * DAY, intermediates=1, now=NOW)
    between = replace(
        CROSSING,
        older=signer,
        newer=Authority(certificate=newer.certificate, key=newer.key),
        cross=cross,
        older_above=older.chain,
        newer_above=newer.chain,
    )
    left_out, listener = ask(trusting(OLDER), crossing=between)
    assert left_out == []
    sent = {tuple(one.credential.chain[1:]) for one in listener.requests if one.credential is not None}
    assert sent == {(older.certificate,), (newer.certificate, cross, older.certificate)}


def test_a_listener_that_accepts_leaf_and_cross_certificate_is_tried_at_every_address_in_every_version_of_tls() -> None:
    left_out, listener = ask(trusting(OLDER))
    assert left_out == []
    for root in (OLDER, NEWER):
        places = {(one.target.endpoint[0], one.tls) for one in listener.requests if is_of(root, one)}
        assert places == {(address, tls) for address in ("192.0.2.1", "192.0.2.2") for tls in ("1.2", "1.3")}
    [chain] = {tuple(one.credential.chain[1:]) for one in listener.requests if is_of(NEWER, one) and one.credential}
    assert chain == (CROSS,)


def test_a_listener_that_takes_no_chain_stops_everything_by_name_and_address_with_the_way_out() -> None:
    with pytest.raises(OperationFailed) as failed:
        ask(trusting(OLDER, longest_chain=1))
    sentence = str(failed.value)
    assert sentence.startswith(
        f"{LISTENER.label}: 192.0.2.1:443 (TLS 1.2, HTTP/1.1) rejected a client of generation 2 "
    )
    assert "verify depth" in sentence
    assert "rootCa.trusted to the newer generation and name the older one in rootCa.abandoned" in sentence


def test_one_address_that_refuses_is_enough() -> None:
    def rule(request: Request) -> Observation:
        longest = 1 if request.target.endpoint[0] == "192.0.2.2" else 9
        return trusting(OLDER, longest_chain=longest)(request)

    with pytest.raises(OperationFailed, match=r"^listener .*: 192\.0\.2\.2:443 .* rejected a client of generation 2"):
        ask(rule)


def test_every_listener_that_refuses_is_named_at_once() -> None:
    with pytest.raises(OperationFailed) as failed:
        ask(trusting(OLDER, longest_chain=1), ASKED, ASKED)
    assert str(failed.value).count("rejected a client of generation 2") == 2


@pytest.mark.parametrize(
    ("rule", "changes", "fields", "why"),
    [
        (trusting(OLDER, longest_chain=1), {"mode": "api"}, ON, "proof.mode is api, so nothing connects to it"),
        (trusting(OLDER, longest_chain=1), {"mode": "off"}, ON, "proof.mode is off, so nothing connects to it"),
        (
            opened,
            {},
            {**ON, "caEnabled": False},
            "it requests no client certificate now; the `pulumi up` that makes it request",
        ),
        (
            opened,
            {},
            {"caEnabled": None},
            "it requests no client certificate now; the `pulumi up` that makes it request",
        ),
        (opened, {}, ON, "192.0.2.1:443 (TLS 1.2, HTTP/1.1) requests no client certificate"),
        (trusting(NEWER), {}, ON, "it accepts no client of generation 1, and so trusts another CA now"),
    ],
)
def test_who_does_not_trust_the_older_generation_by_now_is_not_tried_and_that_is_reported(
    rule: Answering, changes: dict[str, Any], fields: dict[str, Any], why: str
) -> None:
    [sentence], listener = ask(rule, replace(ASKED, proof=replace(PROOF, **changes)), **fields)
    start = f"{LISTENER.label} was not tried with clients of generation 2 and their cross certificate: "
    assert sentence.startswith(start + why)
    assert not any(is_of(NEWER, one) for one in listener.requests)


def test_a_newer_key_that_is_not_at_hand_leaves_listeners_alone_and_is_named() -> None:
    [sentence], listener = ask(trusting(OLDER, longest_chain=1), crossing=replace(CROSSING, newer=None))
    assert sentence.endswith("the key of generation 2 is not at hand")
    assert listener.requests == []


def test_an_alb_that_has_not_followed_yet_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    off = listener_on_alb(port=443, protocol="HTTPS", enabled=False, identifiers=())
    monkeypatch.setattr(Alb, "listener", lambda *_, **__: off)
    [sentence], _ = ask(trusting(OLDER))
    assert "it requests no client certificate now" in sentence


def first(number: int, other: Observation, then: Answering, *, of: Callable[[Request], bool]) -> Answering:
    """Answer the first requests of some clients otherwise."""
    met: list[Request] = []

    def rule(request: Request) -> Observation:
        if of(request) and len(met) < number:
            met.append(request)
            return other
        return then(request)

    return rule


@pytest.mark.parametrize("root", [OLDER, NEWER], ids=["the control", "the newer client"])
def test_a_listener_that_does_not_answer_stops_everything_and_one_that_loses_two_connections_does_not(
    root: Any,
) -> None:
    def of(request: Request) -> bool:
        return is_of(root, request)

    assert ask(first(2, SILENT, trusting(OLDER), of=of))[0] == []
    with pytest.raises(OperationFailed, match=r"could not be tried with .* so: unreachable .*set proof\.mode: api"):
        ask(first(99, SILENT, trusting(OLDER), of=of))


def test_an_address_that_answers_nobody_is_named_with_the_remedy_of_any_proof() -> None:
    with pytest.raises(OperationFailed, match=r"could not be tried with .*: 192\.0\.2\.1:443 .*does not answer"):
        ask(lambda _: SILENT)
    with pytest.raises(OperationFailed, match=r"has no host for the proof"):
        ask(trusting(OLDER), replace(ASKED, proof=replace(PROOF, host=None)))


def test_a_backend_that_finds_every_request_bad_shows_nothing() -> None:
    def rule(request: Request) -> Observation:
        answer = trusting(OLDER)(request)
        return replace(answer, status=400) if answer.accepted else answer

    with pytest.raises(OperationFailed, match=r"set proof\.path to a path that answers HTTP 200"):
        ask(rule)


def test_a_page_that_rejects_only_the_longer_chain_is_a_refusal() -> None:
    def rule(request: Request) -> Observation:
        return replace(REQUESTED_AND_ACCEPTED, status=400) if is_of(NEWER, request) else trusting(OLDER)(request)

    with pytest.raises(OperationFailed, match="rejected a client of generation 2"):
        ask(rule)


def test_the_clients_have_names_that_both_cas_permit_and_others_stop_before_any_connection() -> None:
    permits = x509.NameConstraints(permitted_subtrees=[x509.DNSName("clients.example")], excluded_subtrees=None)
    root = issued(None, "constrained", *ca_of_depth(), (permits, True), begin=NOW - DAY, end=NOW + DAY)
    older = Authority(certificate=root.certificate, key=root.key)
    cross = issue_cross(older=older, newer=NEWER.certificate, outlives=DAY / 2, now=NOW)
    crossing = replace(CROSSING, older=older, cross=cross)
    named = ProbeNames(subject=Subject(common_name="partner"), sans=("dns:partner.clients.example",))
    assert ask(trusting(root), replace(ASKED, proof=replace(PROOF, probe_names=named)), crossing=crossing)[0] == []
    other = replace(named, sans=("dns:partner.example",))
    with pytest.raises(PkiError, match="a client of generation 2 with its cross certificate would be rejected"):
        ask(trusting(root), replace(ASKED, proof=replace(PROOF, probe_names=other)), crossing=crossing)


@pytest.mark.parametrize("trusted", ["the root", "the CA"])
def test_below_a_root_both_clients_send_what_leads_to_it_whichever_the_listener_trusts(trusted: str) -> None:
    root = issued(None, "root", *ca_of_depth(), begin=NOW - DAY, end=NOW + DAY)
    below = issued(root, "below", *ca_of_depth(), begin=NOW - DAY, end=NOW + DAY)
    older = Authority(certificate=below.certificate, key=below.key)
    cross = issue_cross(older=older, newer=NEWER.certificate, outlives=DAY / 2, now=NOW)
    crossing = replace(CROSSING, older=older, cross=cross, older_above=[root.certificate])
    rule = trusting(root if trusted == "the root" else below)
    left_out, listener = ask(rule, crossing=crossing)
    assert left_out == []
    assert {len(one.credential.chain) for one in listener.requests if one.credential} == {2, 3}
    if trusted == "the root":
        # Nobody who sends less is accepted, which looks as if the listener had another CA.
        [sentence], _ = ask(rule, crossing=replace(crossing, older_above=()))
        assert "trusts another CA now" in sentence
