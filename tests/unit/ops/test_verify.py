"""What a listener's behaviour is shown as; handshakes themselves are tried in tests/lab/handshake and tests/stack."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from cryptography import x509

from alb_mtls.cluster.acceptance import AcceptedFinding
from alb_mtls.cluster.hosts import Finding, FindingCode, ListenerHost
from alb_mtls.handshake.baseline import baseline
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.proof import prove_enforced, prove_open
from alb_mtls.pki.name_constraints import whole_name
from ops import http3, verify
from ops.configuration import Configuration, parse_configuration
from ops.finding_blocks import blocks_of
from ops.output import Output
from ops.verify import Verification, Verified, Verifier
from ops.verify_text import print_verification
from tests.helpers import handshakes, stack_state
from tests.helpers.certificates import NOW, make_client, make_root
from tests.helpers.claims import claim_of
from tests.helpers.current import IDENTIFIER, current, deployed, in_cluster, on_alb, state_of
from tests.helpers.fake_clock import FakeClock
from tests.helpers.handshakes import REJECTED, REQUESTED_AND_ACCEPTED, SILENT, Request, ScriptedListener, opened
from tests.helpers.probed_listener import is_client_of

ROOT = make_root()
STATE = state_of(stack_state.client(make_client(ROOT)), root=ROOT)
DEMO = ListenerHost(host="demo.example", namespace="default", ingress="demo")
WILDCARD = ListenerHost(host="*.example", namespace="default", ingress="all")
FIVE_O_TWO = replace(REQUESTED_AND_ACCEPTED, status=502)
Rule = Callable[[Request], Observation]


def _configuration(**proof: str) -> Configuration:
    listener = {"albConfig": "alb", "port": 443, "connectTo": "192.0.2.1:443"}
    values = {
        "alb-mtls:rootCa": {"value": "{}", "objectValue": {}},
        "alb-mtls:listeners": {"value": "[]", "objectValue": [listener]},
        "alb-mtls:proof": {"value": "{}", "objectValue": proof},
    }
    return parse_configuration(values, {})


def _answering(*, ours: Observation, others: Observation) -> Rule:
    return lambda request: ours if is_client_of(ROOT, request) else others


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Verified]:
    """Examine a listener that answers by a rule from the first round of the proof on."""

    def examine(
        rule: Rule, *, at_first: Rule | None = None, proof: dict[str, str] | None = None, **seen: Any
    ) -> Verified:
        listener = ScriptedListener(at_first or rule)

        def looked(*targets: Any, **options: Any) -> Any:
            before = baseline(*targets, **{**options, "deadline_seconds": 0}, send=listener)
            listener.rule = rule
            return before

        monkeypatch.setattr(verify, "_PROOF_SECONDS", 0)
        monkeypatch.setattr("alb_mtls.handshake.pace.time", FakeClock())
        monkeypatch.setattr(verify, "baseline", looked)
        monkeypatch.setattr(verify, "prove_enforced", partial(prove_enforced, send=listener))
        monkeypatch.setattr(verify, "prove_open", partial(prove_open, send=listener))
        found = current(ROOT, **{"hosts": (DEMO,), **seen})
        return Verifier(STATE, _configuration(**(proof or {})), now=handshakes.NOW).verified(found)

    return examine


def _codes(verified: Verified) -> list[str]:
    return [str(one.code) for one in verified.findings]


def test_a_listener_that_accepts_a_stranger_enforces_nothing(examined: Callable[..., Verified]) -> None:
    found = examined(opened)
    assert (_codes(found), found.unknown) == (["NOT_ENFORCED"], ())
    assert "accepted a client without a certificate" in found.findings[0].evidence


def test_a_listener_that_somebody_switched_off_in_the_albconfig_says_so_and_names_no_way_that_was_tried_as_not_tried(
    examined: Callable[..., Verified],
) -> None:
    found = examined(opened, albconfig=in_cluster(enabled=False), on_alb=on_alb(enabled=False))
    assert "as the AlbConfig says, where caEnabled is not true" in found.findings[-1].evidence
    assert found.proof is not None
    assert not [one for one in found.proof.not_tried if one.startswith(("HEAD", "without SNI", "without ALPN"))]
    ignored = examined(opened, on_alb=on_alb(enabled=False))
    assert "the ALB Ingress controller ignores caEnabled" in ignored.findings[-1].evidence


def test_a_listener_that_refuses_ours_as_well_has_another_ca(examined: Callable[..., Verified]) -> None:
    found = examined(_answering(ours=replace(REJECTED, alert=48), others=REJECTED))
    assert (_codes(found), found.unknown) == (["UNEXPECTED_CA"], ())
    assert "rejected a client with a valid certificate" in found.findings[0].evidence


def test_a_listener_that_accepts_ours_and_names_other_cas_has_another_ca(examined: Callable[..., Verified]) -> None:
    names = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "other root")]),)
    found = examined(_answering(ours=replace(REQUESTED_AND_ACCEPTED, ca_names=names), others=REJECTED))
    assert (_codes(found), found.unknown) == (["UNEXPECTED_CA"], ())
    assert "names other CAs to it, CN=other root" in found.findings[0].evidence
    named = replace(REQUESTED_AND_ACCEPTED, ca_names=(*names, ROOT.certificate.subject))
    assert _codes(examined(_answering(ours=named, others=REJECTED))) == []


@pytest.mark.parametrize(
    ("ours", "sentence"),
    [
        (FIVE_O_TWO, "HTTP 502: the backend fails"),
        (SILENT, "no longer answers a client with a certificate"),
        (Observation(verdict=Verdict.REJECTED_BY_PAGE, status=400), "rejected"),
    ],
    ids=["backend down", "address down", "turned away by something that asked for no certificate"],
)
def test_whatever_keeps_our_client_from_showing_anything_is_no_finding(
    examined: Callable[..., Verified], ours: Observation, sentence: str
) -> None:
    found = examined(_answering(ours=ours, others=REJECTED))
    assert _codes(found) == []
    assert sentence in found.unknown[0]


@pytest.mark.parametrize("at_first", [None, lambda _: REJECTED], ids=["from the beginning", "later on"])
def test_a_listener_that_falls_silent_altogether_is_unknown(
    examined: Callable[..., Verified], at_first: Rule | None
) -> None:
    found = examined(lambda _: SILENT, at_first=at_first)
    assert _codes(found) == []
    assert "answer" in found.unknown[0]


def test_an_accepted_stranger_counts_although_another_client_met_silence(examined: Callable[..., Verified]) -> None:
    found = examined(_answering(ours=SILENT, others=handshakes.ACCEPTED), at_first=opened)
    assert _codes(found) == ["NOT_ENFORCED"]
    assert "accepted a client" in found.findings[0].evidence
    assert "no longer answers" in found.unknown[0]


def _some(other: Rule, then: Rule, *, first: int = 60) -> Rule:
    """Answer every 17th connection otherwise, after some."""
    counter = itertools.count(1)
    return lambda request: (other if (number := next(counter)) > first and number % 17 == 0 else then)(request)


def test_what_some_of_many_connections_met_is_not_explained_as_if_all_had_met_it(
    examined: Callable[..., Verified],
) -> None:
    good = _answering(ours=REQUESTED_AND_ACCEPTED, others=REJECTED)
    lags = _some(opened, good)
    found = examined(lambda request: (good if request.credential or request.session else lags)(request), at_first=good)
    assert _codes(found) == ["NOT_ENFORCED"]
    assert "is not the same for all connections" in found.findings[0].evidence
    assert "DNS" not in found.findings[0].evidence


@pytest.mark.parametrize(
    ("result", "codes"),
    [(replace(REJECTED, alert=48), ["UNEXPECTED_CA"]), (replace(REJECTED, verdict=Verdict.REJECTED_BY_RESET), [])],
    ids=["an alert", "a cut"],
)
def test_some_valid_clients_that_are_rejected_are_a_finding_and_some_that_are_cut_are_unknown(
    examined: Callable[..., Verified], result: Observation, codes: list[str]
) -> None:
    good = _answering(ours=REQUESTED_AND_ACCEPTED, others=REJECTED)
    bad = _some(lambda _: result, good)
    found = examined(lambda request: (bad if is_client_of(ROOT, request) else good)(request), at_first=good)
    assert _codes(found) == codes
    sentence = found.findings[0].evidence if codes else found.unknown[0]
    assert "is not the same for all connections" in sentence
    assert "fingerprint" not in sentence


def test_a_session_that_is_not_resumed_is_no_other_ca(examined: Callable[..., Verified]) -> None:
    def rule(request: Request) -> Observation:
        if not is_client_of(ROOT, request):
            return REJECTED
        return (
            REJECTED
            if request.session
            else replace(REQUESTED_AND_ACCEPTED, session=handshakes.session_of(request.credential))
        )

    found = examined(rule)
    assert _codes(found) == []
    assert "although it accepted the client with a new session" in found.unknown[0]


def test_a_disabled_listener_that_rejects_is_drift_and_one_that_is_silent_is_unknown(
    examined: Callable[..., Verified],
) -> None:
    off = {
        "listener": deployed(ROOT, enabled=False),
        "albconfig": in_cluster(enabled=False),
        "on_alb": on_alb(enabled=False),
    }
    assert _codes(examined(lambda _: REJECTED, **off)) == ["DRIFT"]
    silent = examined(lambda _: SILENT, at_first=opened, **off)
    assert (_codes(silent), len(silent.unknown)) == ([], 1)


def test_a_wildcard_is_passed_over_for_the_next_host_and_alone_leaves_it_unknown(
    examined: Callable[..., Verified],
) -> None:
    rule = _answering(ours=REQUESTED_AND_ACCEPTED, others=REJECTED)
    both = examined(rule, hosts=(WILDCARD, DEMO))
    assert both.proof is not None
    assert {check.route.target.host for check in both.proof.checks} == {"demo.example"}
    alone = examined(rule, hosts=(WILDCARD,))
    assert (alone.proof, _codes(alone)) == (None, [])
    assert "set proof.host" in alone.unknown[0]


def test_a_failed_proof_shows_its_checks_and_the_cas_that_were_offered(
    examined: Callable[..., Verified], capsys: pytest.CaptureFixture[str]
) -> None:
    other = make_root()
    rejected = replace(REJECTED, ca_names=(other.certificate.subject,))
    found = examined(lambda _: rejected)
    verification = Verification(project="alb-mtls", stack="test", now=NOW, listeners=(found,))
    shown = verification.to_json()["listeners"]["alb/443"]
    assert (shown["failed"], shown["proof"]["proven"]) == (True, False)
    assert any(not check["passed"] for check in shown["proof"]["checks"])
    print_verification(verification, Output(as_json=False), every_check=True)
    sentence = capsys.readouterr().out
    assert "443/HTTPS of alb: NOT PROVEN" in sentence
    assert "CAs that the listener names to its clients:" in sentence
    assert whole_name(other.certificate.subject) in sentence
    assert any("with a certificate" in line and line.endswith("NO") for line in sentence.splitlines())
    print_verification(verification, Output(as_json=False))
    short = " ".join(capsys.readouterr().out.split())
    assert "192.0.2.1:443: 4 of" in short
    assert "NO: must be accepted, was rejected" in short
    assert len(short) < len(" ".join(sentence.split())) / 2
    # What failed stands above what was not tried, which the same rejection kept from several ways.
    assert short.index("NO: must be") < short.index("not tried: ")
    reason = ": a client with a certificate was rejected"
    assert (short.count(reason), " ".join(sentence.split()).count(reason) > 1) == (1, True)
    assert "not tried: without SNI at 192.0.2.1:443, for its IP address at 192.0.2.1:443, " in short


def test_an_edit_by_hand_is_one_cause_and_names_who_made_it_and_no_controller(
    examined: Callable[..., Verified],
) -> None:
    edit = {"manager": "kubectl-edit", "time": "2026-11-23T13:00:00Z", "fieldsV1": {"f:spec": {"f:listeners": {}}}}
    written = {"/caEnabled": True, "/caCertificates": [{"CertificateId": IDENTIFIER}]}
    claim = claim_of(owner="alb-mtls/test", token="token-1", attempt="attempt-1", written=written)
    albconfig = in_cluster(enabled=False, managed=[edit], claim=claim)
    found = examined(opened, albconfig=albconfig, on_alb=on_alb(enabled=False))
    assert found.unknown == ()
    [block] = blocks_of(found.findings)
    text = " ".join(block.lines(80))
    assert "last by field manager kubectl-edit at 2026-11-23T13:00:00Z" in " ".join(text.split())
    assert "accepted a client without a certificate" in " ".join(text.split())
    assert "ontroller" not in text
    [alone] = blocks_of(examined(opened).findings)
    assert "doctor" in alone.remedy


QUIC_WAY = {"port": 8443, "protocol": "QUIC"}


@pytest.fixture
def http3_asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Answer every request over HTTP/3, and remember whom it went to."""
    asked: list[Any] = []

    def probe(target: Any, **_options: Any) -> Observation:
        asked.append(target)
        return handshakes.ACCEPTED

    monkeypatch.setattr(http3, "probe_http3", probe)
    return asked


def _quic(*, announced: bool = False) -> dict[str, Any]:
    albconfig = in_cluster()
    albconfig["spec"]["listeners"].append(dict(QUIC_WAY))
    subject = "listener 443/HTTPS of AlbConfig alb" if announced else "listener 8443/QUIC of AlbConfig alb"
    way = Finding(code=FindingCode.QUIC_LISTENER, subject=subject, evidence="it is there", remedy="remove it")
    return {"albconfig": albconfig, "bypasses": (way,)}


ENFORCED = _answering(ours=REQUESTED_AND_ACCEPTED, others=REJECTED)
AT_ITS_OWN_PORT = [(("192.0.2.1", 8443), "insecure")]
ACCEPTED_OVER_HTTP3 = (
    "an HTTP/3 request for demo.example without a certificate was accepted (HTTP 200) at 192.0.2.1:8443"
)
NO_HOST = "no Ingress names a host for it that a request can be made for; set proof.host"
NO_PORT = "its UDP port is not known; give it with --quic-connect-to"


@pytest.mark.parametrize(
    ("rule", "seen", "asked", "evidence"),
    [
        (ENFORCED, _quic(), AT_ITS_OWN_PORT, ACCEPTED_OVER_HTTP3),
        (lambda _: SILENT, _quic(), AT_ITS_OWN_PORT, ACCEPTED_OVER_HTTP3),
        (ENFORCED, {**_quic(), "hosts": (WILDCARD,)}, [], f"not probed over HTTP/3: {NO_HOST}"),
        (ENFORCED, _quic(announced=True), [], f"not probed over HTTP/3: {NO_PORT}"),
    ],
    ids=["whoever signed its certificate", "beside a silent listener", "without a host", "announced without a port"],
)
def test_a_quic_listener_is_probed_at_its_own_port_or_a_message_says_why_not(
    examined: Callable[..., Verified],
    http3_asked: list[Any],
    rule: Rule,
    seen: dict[str, Any],
    asked: list[Any],
    evidence: str,
) -> None:
    found = examined(rule, **seen)
    assert [(one.endpoint, one.server_ca) for one in http3_asked] == asked
    assert found.findings[-1].evidence == f"it is there; {evidence}"


def test_a_finding_that_somebody_has_accepted_counts_no_more_and_is_in_the_document(
    examined: Callable[..., Verified],
) -> None:
    bypass = Finding(code="HTTP_FORWARDS", subject="listener 80/HTTP", evidence="it forwards", remedy="redirect it")
    found = examined(_answering(ours=REQUESTED_AND_ACCEPTED, others=REJECTED), bypasses=(bypass,))
    entry = AcceptedFinding(
        code="HTTP_FORWARDS", subject="listener 80/HTTP", until=handshakes.NOW.date(), reason="old app"
    )

    def verification(*entries: AcceptedFinding) -> Verification:
        return Verification(project="alb-mtls", stack="test", now=handshakes.NOW, listeners=(found,), entries=entries)

    assert verification().findings == (bypass,)
    assert verification(entry).findings == ()
    document = verification(entry).to_json()
    assert (document["findings"], [one["reason"] for one in document["accepted"]]) == ([], ["old app"])
