"""Every way in on real sockets, in all four versions of TLS, and in both styles of rejection."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from alb_mtls.handshake.baseline import Surroundings, baseline
from alb_mtls.handshake.checks import Client
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.probe_clients import ProbeClients
from alb_mtls.handshake.proof import prove_enforced
from alb_mtls.handshake.target import Target
from lab.settings import RefusalStyle
from tests.helpers.certificates import ClientCredential
from tests.helpers.handshakes import few
from tests.helpers.second_server import HOST, RunningSecondServer, running_second_server

KNOWN = ProofContext(alb_agrees=True)
SURROUNDED = Surroundings(hosts=(HOST, "other.alb.ingress.top"))


@pytest.fixture(params=list(RefusalStyle))
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[RunningSecondServer]:
    with running_second_server(
        tmp_path, client_ca=None, refusal=request.param, security_policy_id="tls_cipher_policy_1_0"
    ) as running:
        yield running


def target_at(server: RunningSecondServer) -> Target:
    return Target(address=server.address, port=443, host=HOST, server_ca=str(server.server_ca))


def test_a_listener_is_proven_on_every_way_that_it_serves(
    server: RunningSecondServer, root: ClientCredential, probes: ProbeClients
) -> None:
    earlier = baseline([target_at(server)], surroundings=SURROUNDED)
    server.serve(client_ca=root.certificate)
    proof = prove_enforced(earlier, probes, deadline_seconds=10, context=KNOWN, measure=few())
    assert (proof.proven, proof.not_tried) == (True, [])
    # It gives sessions in no version before 1.2, and serves no HTTP/2.
    of_ours = {
        (check.route.tls, check.route.way.name) for check in proof.checks if check.client is Client.WITH_CERTIFICATE
    }
    assert {"1.0", "1.1", "1.2", "1.3"} == {tls for tls, _ in of_ours}
    assert {"", "without SNI", "for its IP address", "without ALPN", "HEAD", "as a browser"} <= {
        name for _, name in of_ours
    }
