"""Cuts of valid clients: what the network explains, and what only a machine does, in short proofs and in long ones."""

import pytest

from alb_mtls.handshake.checks import Check, Client, Expected, ProbeRoute
from alb_mtls.handshake.cuts import Cuts
from alb_mtls.handshake.observation import Observation, Verdict
from tests.helpers.handshakes import TARGET

_ROUTE = ProbeRoute(target=TARGET, tls="1.3", http="1.1")


def _counted(expected: Expected, verdict: Verdict) -> Check:
    client = Client.WITH_CERTIFICATE if expected is Expected.ACCEPTED else Client.WITHOUT_CERTIFICATE
    result = Observation(verdict=verdict, requested=True, finished=True)
    return Check(route=_ROUTE, client=client, expected=expected, result=result)


@pytest.mark.parametrize("times", [1, 30])
@pytest.mark.parametrize(("valid_cut", "of_network"), [(10, True), (40, False)])
def test_valid_clients_that_are_cut_as_often_as_others_are_cut_by_the_network_in_a_proof_of_any_length(
    valid_cut: int, times: int, *, of_network: bool
) -> None:
    cuts = Cuts()
    for expected, of, cut, answered in (
        (Expected.REJECTED, 300, 30, Verdict.REJECTED_BY_ALERT),
        (Expected.ACCEPTED, 100, valid_cut, Verdict.ACCEPTED),
    ):
        for number in range(of * times):
            cuts.take(_counted(expected, Verdict.REJECTED_BY_RESET if number < cut * times else answered))
    assert cuts.are_of_network is of_network


def test_without_a_cut_of_a_valid_client_there_is_nothing_to_explain() -> None:
    cuts = Cuts()
    for _ in range(20):
        cuts.take(_counted(Expected.REJECTED, Verdict.REJECTED_BY_ALERT))
    assert cuts.are_of_network
