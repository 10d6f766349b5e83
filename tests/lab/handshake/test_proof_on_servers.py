"""Proofs against servers that no one here wrote: on two addresses of both families, and with sessions of before."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from alb_mtls.handshake.baseline import baseline
from alb_mtls.handshake.checks import Client
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.errors import ProofFailed
from alb_mtls.handshake.observation import Verdict
from alb_mtls.handshake.probe import probe
from alb_mtls.handshake.probe_clients import ProbeClients
from alb_mtls.handshake.proof import prove_enforced, prove_open
from alb_mtls.handshake.target import Target, addresses_of
from alb_mtls.handshake.tls import TlsVersion
from tests.helpers.certificates import ClientCredential
from tests.helpers.handshakes import few
from tests.helpers.tls_servers import HOST, ServerFiles, SwitchedServer, server_files

KNOWN = ProofContext(alb_agrees=True)
ON, OFF = ssl.CERT_REQUIRED, ssl.CERT_NONE
SECONDS = 20.0


def target_at(address: str, server: SwitchedServer) -> Target:
    return Target(address=address, port=443, host=HOST, server_ca=server.authority)


@pytest.fixture
def zones(tmp_path: Path, root: ClientCredential, server_authority: ClientCredential) -> list[SwitchedServer]:
    """Two servers, as two zones of one load balancer."""
    return [
        SwitchedServer(server_files(tmp_path / name, server_authority, root.certificate)) for name in ("one", "two")
    ]


@pytest.fixture
def targets(zones: list[SwitchedServer]) -> Iterator[list[Target]]:
    with ExitStack() as running:
        ports = [
            running.enter_context(zone.serve(host)) for zone, host in zip(zones, ("127.0.0.1", "::1"), strict=True)
        ]
        addresses = [*addresses_of("127.0.0.1", ports[0]), *addresses_of(f"[::1]:{ports[1]}", 443)]
        assert addresses == [f"127.0.0.1:{ports[0]}", f"[::1]:{ports[1]}"]
        yield [target_at(address, zone) for address, zone in zip(addresses, zones, strict=True)]


def test_both_addresses_are_proven_on_and_off(
    zones: list[SwitchedServer], targets: list[Target], probes: ProbeClients
) -> None:
    earlier = baseline(targets)
    for zone in zones:
        zone.switch(ON)
    proof = prove_enforced(earlier, probes, deadline_seconds=SECONDS, context=KNOWN, measure=few())
    assert proof.proven
    # The sessions of before the switch were forgotten with it, and are rejected.
    old = {(check.route.target, check.route.tls) for check in proof.checks if check.client is Client.RESUMED_WITHOUT}
    assert old == {(target, tls) for target in targets for tls in ("1.2", "1.3")}
    assert all(f"HTTP/2 is not supported at {target.label}" in proof.note for target in targets)
    enforced = baseline(targets)
    assert enforced.rejected_all
    for zone in zones:
        zone.switch(OFF)
    assert prove_open(enforced, deadline_seconds=SECONDS, context=KNOWN, measure=few()).proven


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_server_that_keeps_its_sessions_resumes_one_of_before_the_switch(files: ServerFiles, tls: TlsVersion) -> None:
    server = SwitchedServer(files, keeps_sessions=True)
    with server.serve() as port:
        target = target_at(f"127.0.0.1:{port}", server)
        opened = probe(target, credential=None, tls=tls, deadline_seconds=10)
        server.switch(ON)
        again = probe(target, credential=None, tls=tls, session=opened.session, deadline_seconds=10)
        fresh = probe(target, credential=None, tls=tls, deadline_seconds=10)
    assert (again.verdict, again.resumed, again.requested) == (Verdict.ACCEPTED, True, False)
    assert (fresh.rejected, fresh.requested) == (True, True)


def test_a_server_that_honours_sessions_of_before_the_switch_is_not_proven(
    files: ServerFiles, probes: ProbeClients
) -> None:
    server = SwitchedServer(files, keeps_sessions=True)
    with server.serve() as port:
        earlier = baseline([target_at(f"127.0.0.1:{port}", server)])
        server.switch(ON)
        with pytest.raises(ProofFailed, match=r"resuming a session .* the listener resumes old TLS sessions; each run"):
            prove_enforced(earlier, probes, deadline_seconds=0, context=KNOWN, measure=few())
