"""Proofs against a whole lab: what each state of a listener leads to, in both styles of rejection."""

from collections.abc import Callable

import pytest

from alb_mtls.handshake.baseline import Surroundings, baseline
from alb_mtls.handshake.checks import Client
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.errors import ProofFailed
from alb_mtls.handshake.http3 import probe_http3
from alb_mtls.handshake.observation import Verdict
from alb_mtls.handshake.probe_clients import ProbeClients
from alb_mtls.handshake.proof import prove_as_before, prove_enforced, prove_open
from alb_mtls.handshake.target import Target, addresses_of
from alb_mtls.pki.subject import Subject
from tests.helpers.bound_ca import bind, patch_listener, unbind, upload_ca
from tests.helpers.certificates import ClientCredential, make_root
from tests.helpers.handshakes import few
from tests.helpers.lab import LabHandle, wait_until

HOST = "demo.alb.ingress.top"
ALB, HTTPS = "alb", "443/HTTPS"
REJECTED_CLIENTS = ("none", "other_ca", "other_ca_same_name", "self_signed", "expired", "not_yet_valid", "wrong_eku")
# One round: what is wrong stays wrong.
AT_ONCE, SECONDS = 0.0, 20.0


@pytest.fixture(params=["alert", "page"])
def style(lab: LabHandle, request: pytest.FixtureRequest) -> str:
    lab.management.patch("/behaviour", json={"data_plane": {"refusal": request.param}}).raise_for_status()
    return str(request.param)


@pytest.fixture
def target(lab: LabHandle) -> Target:
    (address,) = addresses_of(lab.address(ALB, HTTPS), 443)
    return Target(address=address, port=443, host=HOST, server_ca=str(lab.paths.server_ca))


@pytest.fixture
def context(root: ClientCredential) -> ProofContext:
    """The ALB API was called, and agrees."""
    return ProofContext(alb_agrees=True, ca_name=root.certificate.subject)


@pytest.fixture
def enable(lab: LabHandle, root: ClientCredential) -> Callable[[], None]:
    return lambda: bind(lab, ALB, HTTPS, [upload_ca(lab, root.certificate)])


@pytest.mark.usefixtures("style")
def test_on_and_off_are_proven(
    lab: LabHandle, target: Target, probes: ProbeClients, enable: Callable[[], None], context: ProofContext
) -> None:
    opened = baseline([target])
    assert {(route.tls, route.http) for route in opened.routes} == {
        ("1.2", "1.1"),
        ("1.3", "1.1"),
        ("1.2", "2"),
        ("1.3", "2"),
    }
    enable()
    proof = prove_enforced(opened, probes, deadline_seconds=SECONDS, context=context, measure=few())
    assert proof.proven
    old_sessions = [check for check in proof.checks if check.client is Client.RESUMED_WITHOUT]
    assert {check.route.tls for check in old_sessions} == {"1.2", "1.3"}
    enforced = baseline([target])
    assert enforced.rejected_all
    unbind(lab, ALB, HTTPS)
    assert prove_open(enforced, deadline_seconds=SECONDS, context=context, measure=few()).proven
    assert prove_as_before(opened, deadline_seconds=SECONDS, context=context, measure=few()).proven


def test_a_controller_that_ignores_ca_enabled_is_the_cause(
    lab: LabHandle, target: Target, probes: ProbeClients, root: ClientCredential
) -> None:
    lab.management.patch("/controller", json={"mode": "open-source"}).raise_for_status()
    identifier = upload_ca(lab, root.certificate)
    patch_listener(lab, ALB, HTTPS, caEnabled=True, caCertificates=[{"CertificateId": identifier}])
    with pytest.raises(ProofFailed, match="the ALB Ingress controller ignores caEnabled, as open-source builds do"):
        prove_enforced(baseline([target]), probes, deadline_seconds=2, context=ProofContext(), measure=few())


@pytest.mark.usefixtures("style")
def test_another_ca_on_the_listener_is_named(
    lab: LabHandle, target: Target, probes: ProbeClients, context: ProofContext, root: ClientCredential
) -> None:
    earlier = baseline([target])
    others = make_root(subject=Subject(common_name="other root"), now=root.certificate.not_valid_before_utc)
    bind(lab, ALB, HTTPS, [upload_ca(lab, others.certificate)])
    with pytest.raises(
        ProofFailed, match=r"the wrong CA is on the listener, which accepts certificates of .*other root.*, not of"
    ):
        prove_enforced(earlier, probes, deadline_seconds=2, context=context, measure=few())


def test_a_backend_that_breaks_during_the_switch_is_the_cause(
    lab: LabHandle, target: Target, probes: ProbeClients, enable: Callable[[], None], context: ProofContext
) -> None:
    earlier = baseline([target])
    enable()
    prove_enforced(earlier, probes, deadline_seconds=SECONDS, context=context, measure=few())
    lab.management.patch("/behaviour", json={"data_plane": {"backend_works": False}}).raise_for_status()
    with pytest.raises(ProofFailed, match="with HTTP 502, and HTTP 200 before: the backend fails"):
        prove_enforced(earlier, probes, deadline_seconds=2, context=context, measure=few())


@pytest.mark.parametrize("resumption", ["safe", "unsafe"])
def test_a_session_of_another_listener_is_offered_to_this_one(
    lab: LabHandle, probes: ProbeClients, root: ClientCredential, context: ProofContext, resumption: str
) -> None:
    switches = {"second_server": ["alb-two*"], "session_resumption": resumption}
    lab.management.patch("/behaviour", json={"data_plane": switches}).raise_for_status()
    guarded, open_one = (
        Target(address=lab.address("alb-two", key), port=443, host=HOST, server_ca=str(lab.paths.server_ca))
        for key in (HTTPS, "8443/HTTPS")
    )
    wait_until(
        lambda: all(route.http == "1.1" for route in baseline([guarded], needs_backend=False).routes),
        "the second server, which has no HTTP/2, serves the listener",
    )
    earlier = baseline([guarded], needs_backend=False, surroundings=Surroundings(elsewhere=(open_one,)))
    bind(lab, "alb-two", HTTPS, [upload_ca(lab, root.certificate)])
    if resumption == "safe":
        proof = prove_enforced(earlier, probes, deadline_seconds=SECONDS, context=context, measure=few())
        offered = {check.route.tls for check in proof.checks if check.client is Client.RESUMED_ELSEWHERE}
        assert offered == {"1.2", "1.3"}
        return
    with pytest.raises(ProofFailed, match="resuming a session that was opened without a certificate"):
        prove_enforced(earlier, probes, deadline_seconds=2, context=context, measure=few())


def test_a_quic_listener_accepts_a_client_without_a_certificate(lab: LabHandle, root: ClientCredential) -> None:
    bind(lab, "alb-quic", HTTPS, [upload_ca(lab, root.certificate)])
    quic = Target(
        address=lab.address("alb-quic", "443/QUIC"),
        port=443,
        host="quic.alb.ingress.top",
        server_ca=str(lab.paths.server_ca),
    )
    result = probe_http3(quic, deadline_seconds=10)
    assert (result.verdict, result.status, result.requested) == (Verdict.ACCEPTED, 200, False)


def test_a_port_without_a_quic_listener_gives_no_such_evidence(lab: LabHandle) -> None:
    tcp_only = Target(address=lab.address(ALB, HTTPS), port=443, host=HOST, server_ca=str(lab.paths.server_ca))
    assert probe_http3(tcp_only, deadline_seconds=1).verdict is Verdict.UNREACHABLE


def test_a_quic_server_of_another_ca_is_not_trusted(lab: LabHandle) -> None:
    quic = Target(address=lab.address("alb-quic", "443/QUIC"), port=443, host="quic.alb.ingress.top")
    assert probe_http3(quic, deadline_seconds=10).verdict is Verdict.SERVER_NOT_TRUSTED
