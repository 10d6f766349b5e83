"""Proofs against a whole lab: what each state of a listener leads to, in both styles of refusal."""

from collections.abc import Callable

import pytest

from alb_mtls.handshake.baseline import baseline
from alb_mtls.handshake.checks import Client
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.errors import BackendBroken, ProofFailed, Unreachable
from alb_mtls.handshake.http3 import probe_http3
from alb_mtls.handshake.observation import Verdict
from alb_mtls.handshake.probe import probe
from alb_mtls.handshake.probe_clients import ProbeClients
from alb_mtls.handshake.proof import prove_as_before, prove_enforced, prove_open
from alb_mtls.handshake.target import Target, addresses_of
from alb_mtls.handshake.tls import TlsVersion
from alb_mtls.pki.subject import Subject
from tests.helpers.bound_ca import bind, patch_listener, unbind, upload_ca
from tests.helpers.certificates import ClientCredential, make_root
from tests.helpers.lab import LabHandle, wait_until

HOST = "demo.alb.ingress.top"
ALB, HTTPS = "alb", "443/HTTPS"
REFUSED_CLIENTS = ("none", "foreign", "foreign_same_name", "expired", "not_yet_valid", "wrong_eku")
# One round: what is wrong stays wrong.
AT_ONCE, SECONDS = 0.0, 20.0


@pytest.fixture(params=["alert", "page"])
def style(lab: LabHandle, request: pytest.FixtureRequest) -> str:
    """Let listeners refuse in each style."""
    lab.management.patch("/behaviour", json={"data_plane": {"refusal": request.param}}).raise_for_status()
    return str(request.param)


@pytest.fixture
def target(lab: LabHandle) -> Target:
    """The listener 443/HTTPS of AlbConfig alb."""
    (address,) = addresses_of(lab.address(ALB, HTTPS), 443)
    return Target(address=address, port=443, host=HOST, server_ca=str(lab.paths.server_ca))


@pytest.fixture
def known(root: ClientCredential) -> ProofContext:
    """The ALB API was asked, and agrees."""
    return ProofContext(alb_agrees=True, ca_name=root.certificate.subject)


@pytest.fixture
def enable(lab: LabHandle, root: ClientCredential) -> Callable[[], None]:
    """Ask for certificates of `root`."""
    return lambda: bind(lab, ALB, HTTPS, [upload_ca(lab, root.certificate)])


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_the_lab_refuses_everybody_but_a_valid_client(
    style: str, target: Target, probes: ProbeClients, enable: Callable[[], None], known: ProofContext, tls: TlsVersion
) -> None:
    seen = baseline([target])
    enable()
    # The ALB says so a little before every connection shows it.
    prove_enforced(seen, probes, deadline_seconds=SECONDS, known=known)
    verdicts = {Verdict.REFUSED_BY_PAGE} if style == "page" else {Verdict.REFUSED_BY_ALERT, Verdict.REFUSED_BY_RESET}
    for kind in REFUSED_CLIENTS:
        identity = None if kind == "none" else getattr(probes, kind)
        met = probe(target, identity=identity, tls=tls, deadline_seconds=10)
        assert (met.verdict in verdicts, met.asked) == (True, True), f"{kind}: {met.said}"
    let_in = probe(target, identity=probes.valid, tls=tls, deadline_seconds=10)
    assert (let_in.verdict, let_in.status) == (Verdict.LET_IN, 200)


@pytest.mark.usefixtures("style")
def test_on_and_off_are_proven(
    lab: LabHandle, target: Target, probes: ProbeClients, enable: Callable[[], None], known: ProofContext
) -> None:
    opened = baseline([target])
    assert {(way.tls, way.http) for way in opened.ways} == {("1.2", "1.1"), ("1.3", "1.1"), ("1.2", "2"), ("1.3", "2")}
    enable()
    proof = prove_enforced(opened, probes, deadline_seconds=SECONDS, known=known)
    assert proof.proven
    old_sessions = [check for check in proof.checks if check.client is Client.RESUMED_WITHOUT]
    assert {check.way.tls for check in old_sessions} == {"1.2", "1.3"}
    shut = baseline([target])
    assert shut.asked_already
    unbind(lab, ALB, HTTPS)
    assert prove_open(shut, deadline_seconds=SECONDS, known=known).proven
    assert prove_as_before(opened, deadline_seconds=SECONDS, known=known).proven


def test_a_listener_that_nobody_switched_on_is_not_proven(target: Target, probes: ProbeClients) -> None:
    with pytest.raises(ProofFailed, match=r"let a client in without a certificate \(HTTP 200\) and asked for none"):
        prove_enforced(baseline([target]), probes, deadline_seconds=AT_ONCE, known=ProofContext())


def test_a_controller_that_ignores_ca_enabled_is_the_cause(
    lab: LabHandle, target: Target, probes: ProbeClients, root: ClientCredential
) -> None:
    lab.management.patch("/controller", json={"mode": "open-source"}).raise_for_status()
    identifier = upload_ca(lab, root.certificate)
    patch_listener(lab, ALB, HTTPS, caEnabled=True, caCertificates=[{"CertificateId": identifier}])
    with pytest.raises(ProofFailed, match="the ALB Ingress controller ignores caEnabled, as open-source builds do"):
        prove_enforced(baseline([target]), probes, deadline_seconds=2, known=ProofContext())


@pytest.mark.usefixtures("style")
def test_another_ca_on_the_listener_is_named(
    lab: LabHandle, target: Target, probes: ProbeClients, known: ProofContext, root: ClientCredential
) -> None:
    seen = baseline([target])
    others = make_root(subject=Subject(common_name="other root"), now=root.certificate.not_valid_before_utc)
    bind(lab, ALB, HTTPS, [upload_ca(lab, others.certificate)])
    with pytest.raises(ProofFailed, match=r"the wrong CA is bound, it takes certificates of .*other root.*, not of"):
        prove_enforced(seen, probes, deadline_seconds=2, known=known)


def test_a_host_that_no_ingress_routes_is_told_before_anything_is_touched(target: Target) -> None:
    elsewhere = Target(address=target.address, port=443, host="nobody.alb.ingress.top", server_ca="insecure")
    with pytest.raises(BackendBroken, match="HTTP 503 before anything was changed: no Ingress routes it there"):
        baseline([elsewhere], deadline_seconds=AT_ONCE)


def break_backend(lab: LabHandle) -> None:
    lab.management.patch("/behaviour", json={"data_plane": {"backend_works": False}}).raise_for_status()


def test_a_backend_that_is_broken_is_told_before_anything_is_touched(lab: LabHandle, target: Target) -> None:
    break_backend(lab)

    def fails() -> bool:
        return probe(target, identity=None, deadline_seconds=10).status == 502

    wait_until(fails, "the backend fails")
    with pytest.raises(BackendBroken, match="HTTP 502 before anything was changed: it is broken; repair the backend"):
        baseline([target], deadline_seconds=AT_ONCE)
    assert prove_open(baseline([target], needs_backend=False), deadline_seconds=SECONDS, known=ProofContext()).proven


def test_a_backend_that_breaks_during_the_switch_is_the_cause(
    lab: LabHandle, target: Target, probes: ProbeClients, enable: Callable[[], None], known: ProofContext
) -> None:
    seen = baseline([target])
    enable()
    prove_enforced(seen, probes, deadline_seconds=SECONDS, known=known)
    break_backend(lab)
    with pytest.raises(ProofFailed, match="with HTTP 502, and HTTP 200 before: the backend fails"):
        prove_enforced(seen, probes, deadline_seconds=2, known=known)


def test_a_host_that_is_routed_has_a_baseline(target: Target) -> None:
    assert not baseline([target], deadline_seconds=AT_ONCE).asked_already


def test_an_address_that_does_not_answer_is_told_before_anything_is_touched(target: Target) -> None:
    nobody = Target(address="127.0.0.1:1", port=443, host=HOST, server_ca="insecure")
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1 .* does not answer: Connection refused; .* set connectTo"):
        baseline([target, nobody], deadline_seconds=AT_ONCE)


def test_a_quic_listener_lets_a_client_in_without_a_certificate(lab: LabHandle, root: ClientCredential) -> None:
    bind(lab, "alb-quic", HTTPS, [upload_ca(lab, root.certificate)])
    quic = Target(
        address=lab.address("alb-quic", "443/QUIC"),
        port=443,
        host="quic.alb.ingress.top",
        server_ca=str(lab.paths.server_ca),
    )
    seen = probe_http3(quic, deadline_seconds=10)
    assert (seen.verdict, seen.status, seen.asked) == (Verdict.LET_IN, 200, False)


def test_a_port_without_a_quic_listener_gives_no_such_evidence(lab: LabHandle) -> None:
    tcp_only = Target(address=lab.address(ALB, HTTPS), port=443, host=HOST, server_ca=str(lab.paths.server_ca))
    assert probe_http3(tcp_only, deadline_seconds=1).verdict is Verdict.UNREACHABLE


def test_a_quic_server_of_another_ca_is_not_trusted(lab: LabHandle) -> None:
    quic = Target(address=lab.address("alb-quic", "443/QUIC"), port=443, host="quic.alb.ingress.top")
    assert probe_http3(quic, deadline_seconds=10).verdict is Verdict.SERVER_NOT_TRUSTED
