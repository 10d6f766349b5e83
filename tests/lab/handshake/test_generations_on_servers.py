"""A swap of one generation of a CA for another on real sockets: chains, sessions, machines that do not follow."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alb_mtls.handshake.baseline import Baseline, baseline
from alb_mtls.handshake.checks import Client, Proof
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.errors import ProofFailed
from alb_mtls.handshake.former_sessions import with_sessions_of
from alb_mtls.handshake.generations import Generation, with_generations
from alb_mtls.handshake.probe_clients import ProbeClients, probe_clients_of
from alb_mtls.handshake.proof import prove_enforced
from alb_mtls.handshake.proving import Measure
from alb_mtls.handshake.target import Target
from lab.behaviour import SessionResumption
from lab.dataplane.second import Lag
from lab.settings import RefusalStyle
from tests.helpers.generations import CROSS, NEWER, OLDER
from tests.helpers.handshakes import NOW, few
from tests.helpers.second_server import HOST, RunningSecondServer, running_second_server

FIRST = Generation(number=1, certificate=OLDER.certificate, key=OLDER.key, cross=[CROSS])
SECOND = Generation(number=2, certificate=NEWER.certificate, key=NEWER.key, cross=[CROSS])
WITHOUT_KEY = Generation(number=1, certificate=OLDER.certificate, cross=[CROSS])


def _clients(trusted: Generation, other: Generation, *, former: int | None = None) -> ProbeClients:
    own = probe_clients_of(trusted.certificate, trusted.key, NOW)
    return with_generations(own, trusted, [other], NOW, former=former)


AFTER = _clients(SECOND, FIRST, former=1)


@contextmanager
def _before_the_swap(folder: Path, **terms: Any) -> Iterator[tuple[RunningSecondServer, Baseline]]:
    with running_second_server(folder, client_ca=OLDER.certificate, **terms) as server:
        target = Target(address=server.address, port=443, host=HOST, server_ca=str(server.server_ca))
        yield server, with_sessions_of(AFTER.former, baseline([target]))


def _proven(before: Baseline, clients: ProbeClients, *, seconds: float = 10, measure: Measure | None = None) -> Proof:
    measure = measure or few()
    context = ProofContext(alb_agrees=True)
    return prove_enforced(before, clients, deadline_seconds=seconds, context=context, is_swap=True, measure=measure)


@pytest.mark.parametrize("refusal", RefusalStyle)
def test_a_swap_is_proven_with_all_that_anybody_holds_and_with_the_sessions_of_before(
    tmp_path: Path, refusal: RefusalStyle
) -> None:
    with _before_the_swap(tmp_path, refusal=refusal) as (server, before):
        assert {route.tls for route in before.former_sessions} == {"1.2", "1.3"}
        server.serve(client_ca=NEWER.certificate)
        proof = _proven(before, AFTER)
    tried = {check.client for check in proof.checks}
    assert (proof.proven, proof.not_tried) == (True, ["a client " + Client.RESUMED_WITHOUT])
    assert {Client.STILL_WITH_CROSS, Client.OLD_GENERATION, Client.RESUMED_OLD_GENERATION} <= tried


def test_a_session_of_a_client_of_the_former_generation_that_is_resumed_fails_the_swap(tmp_path: Path) -> None:
    with _before_the_swap(tmp_path, resumption=SessionResumption.UNSAFE) as (server, before):
        server.serve(client_ca=NEWER.certificate)
        with pytest.raises(ProofFailed, match="resumes TLS sessions that clients of the former CA have opened"):
            _proven(before, AFTER, seconds=1)


@pytest.mark.parametrize("other", [FIRST, WITHOUT_KEY], ids=["with the old key", "without it"])
def test_machines_that_keep_the_former_generation_fail_the_swap(tmp_path: Path, other: Generation) -> None:
    clients = _clients(SECOND, other, former=1)
    lag = Lag(machines=20, share=0.1, never=True)
    with _before_the_swap(tmp_path, lag=lag) as (server, before):
        server.serve(client_ca=NEWER.certificate)
        with pytest.raises(ProofFailed):
            _proven(before, clients, seconds=2, measure=Measure())


def test_a_listener_that_takes_no_cross_certificate_is_not_proven_while_it_trusts_the_older_generation(
    tmp_path: Path,
) -> None:
    clients = _clients(FIRST, SECOND)
    with _before_the_swap(tmp_path) as (server, with_sessions):
        before = replace(with_sessions, former_sessions={})
        assert _proven(before, clients).proven
        server.serve(client_ca=OLDER.certificate, verify_depth=0)
        with pytest.raises(ProofFailed, match="verify depth"):
            _proven(before, clients, seconds=1)
        # A hard swap is the way out: what a client sends beside does no harm where its own CA is trusted.
        server.serve(client_ca=NEWER.certificate, verify_depth=0)
        assert _proven(before, _clients(SECOND, FIRST, former=1)).proven
