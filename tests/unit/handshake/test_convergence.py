"""Machines that lag behind the others, a network that loses connections, a firewall: which of them are proven."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from alb_mtls.handshake.errors import ProofFailed
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.pace import Pace
from alb_mtls.handshake.proof import prove_enforced, prove_open
from alb_mtls.handshake.proving import Measure
from alb_mtls.handshake.target import Target
from tests.helpers.fake_clock import FakeClock
from tests.helpers.handshakes import (
    KNOWN,
    OTHER_TARGET,
    OURS,
    PROBES,
    REJECTED,
    REQUESTED_AND_ACCEPTED,
    SILENT,
    TARGET,
    Answering,
    Request,
    enforced,
    few,
    opened,
    switched,
)


def every(nth: int, other: Answering, then: Answering) -> Answering:
    """Answer every nth connection otherwise."""
    counter = itertools.count(1)
    return lambda request: other(request) if next(counter) % nth == 0 else then(request)


def after(connections: int, other: Answering, then: Answering) -> Answering:
    counter = itertools.count(1)
    return lambda request: other(request) if next(counter) > connections else then(request)


def fresh(other: Answering, then: Answering) -> Answering:
    """Answer otherwise who comes without a certificate and without an old session."""
    return lambda request: (other if request.credential is None and request.session is None else then)(request)


def lost(_request: Request) -> Observation:
    return SILENT


def test_a_machine_that_lags_behind_is_found_when_no_round_meets_it() -> None:
    earlier, listener = switched(opened, fresh(after(40, every(17, opened, enforced), enforced), enforced))
    with pytest.raises(ProofFailed) as failed:
        prove_enforced(earlier, PROBES, deadline_seconds=3, context=KNOWN, measure=Measure(), send=listener)
    assert "met machines of the ALB that have not followed" in str(failed.value)
    assert "client without a certificate must be rejected, but was: accepted (HTTP 200)" in str(failed.value)
    assert (failed.value.proof.proven, failed.value.proof.connections) == (False, 0)


def test_a_machine_that_follows_before_the_deadline_is_proven() -> None:
    lagging = fresh(after(300, enforced, every(9, opened, enforced)), enforced)
    earlier, listener = switched(opened, lagging)
    proof = prove_enforced(earlier, PROBES, deadline_seconds=9, context=KNOWN, measure=few(), send=listener)
    # Connections that are under way together may make a run of eight one longer.
    assert proof.connections in (6 * 8, 6 * 9)


@pytest.mark.parametrize(("nth", "is_proven"), [(33, True), (3, False)], ids=["3 % are lost", "every third is lost"])
def test_a_network_that_loses_some_connections_fails_nobody_and_one_that_loses_many_shows_nothing(
    nth: int, *, is_proven: bool
) -> None:
    earlier, listener = switched(opened, fresh(after(20, every(nth, lost, enforced), enforced), enforced))
    how: dict[str, Any] = {"deadline_seconds": 2, "context": KNOWN, "measure": Measure(), "send": listener}
    if is_proven:
        assert prove_enforced(earlier, PROBES, **how).connections == 300
    else:
        with pytest.raises(ProofFailed, match=r"could not tell what 192\.0\.2\.1:443 .* does: .* showed nothing"):
            prove_enforced(earlier, PROBES, **how)


def test_a_machine_that_requests_no_certificate_is_found_although_it_cuts_every_request() -> None:
    cut = Observation(verdict=Verdict.REJECTED_BY_RESET, reason="cut", tls="1.3", finished=True)
    how: dict[str, Any] = {"deadline_seconds": 2, "context": KNOWN, "measure": Measure()}
    for result, is_proven in ((cut, False), (replace(cut, finished=False), True), (replace(cut, requested=True), True)):
        rule = fresh(after(40, every(17, lambda _, result=result: result, enforced), enforced), enforced)  # type: ignore[misc]  # bound at once
        earlier, listener = switched(opened, rule)
        if is_proven:
            assert prove_enforced(earlier, PROBES, **how, send=listener).connections == 300
        else:
            with pytest.raises(ProofFailed, match="must be rejected, but was: requested no certificate, rejected by"):
                prove_enforced(earlier, PROBES, **how, send=listener)


def test_a_firewall_that_has_had_enough_of_this_machine_proves_nothing() -> None:
    blocked = replace(REJECTED, requested=True, alert=49)
    earlier, listener = switched(opened, after(120, lambda _: blocked, enforced))
    with pytest.raises(ProofFailed, match=r"could not tell .* a WAF or an access control list blocks this machine"):
        prove_enforced(earlier, PROBES, deadline_seconds=2, context=KNOWN, measure=Measure(), send=listener)


def test_where_one_ca_takes_the_place_of_another_a_machine_that_rejects_our_client_is_found() -> None:
    def lagging(rule: Answering) -> Answering:
        return lambda request: rule(request) if request.credential is PROBES.valid else enforced(request)

    earlier, listener = switched(enforced, lagging(after(60, every(17, lambda _: REJECTED, enforced), enforced)))
    with pytest.raises(ProofFailed, match="client with a certificate must be accepted, but was: rejected by alert"):
        prove_enforced(earlier, PROBES, deadline_seconds=3, context=KNOWN, measure=Measure(), send=listener)


CUT = Observation(
    verdict=Verdict.REJECTED_BY_RESET, reason="the server reset it", tls="1.3", finished=True, requested=True
)


def cut(_request: Request) -> Observation:
    return CUT


def valid(other: Answering, then: Answering) -> Answering:
    """Answer otherwise who has a valid certificate."""
    return lambda request: (other if request.credential in OURS else then)(request)


@pytest.mark.parametrize(
    ("rule", "is_proven"),
    [
        (every(33, cut, enforced), True),
        (valid(every(17, cut, enforced), enforced), False),
        (valid(every(17, cut, enforced), every(17, cut, enforced)), True),
        (valid(every(17, cut, enforced), cut), False),
        (valid(every(17, lambda _: REJECTED, enforced), every(17, cut, enforced)), False),
    ],
    ids=[
        "the network cuts 3 % of all connections",
        "only valid clients are cut, by a machine",
        "valid clients are cut as often as others",
        "the listener rejects by a cut",
        "valid clients are rejected by an alert",
    ],
)
def test_a_valid_client_that_is_cut_was_not_rejected_where_the_network_explains_it_and_no_rejection_does(
    rule: Answering, *, is_proven: bool
) -> None:
    earlier, listener = switched(enforced, rule)
    how: dict[str, Any] = {"deadline_seconds": 3, "context": KNOWN, "measure": Measure(), "send": listener}
    if is_proven:
        assert prove_enforced(earlier, PROBES, **how).connections == 300
    else:
        with pytest.raises(ProofFailed):
            prove_enforced(earlier, PROBES, **how)


def test_a_valid_client_that_a_machine_or_the_network_cuts_too_often_is_explained_by_both() -> None:
    earlier, listener = switched(enforced, valid(after(60, every(17, cut, enforced), enforced), enforced))
    with pytest.raises(ProofFailed, match=r"the server reset it: machines .* reject it by that, or the network"):
        prove_enforced(earlier, PROBES, deadline_seconds=3, context=KNOWN, measure=Measure(), send=listener)


def test_an_open_listener_is_proven_although_the_network_cuts_connections_and_not_where_it_requests_certificates() -> (
    None
):
    for requested, is_proven in ((False, True), (True, False)):
        result = replace(CUT, requested=requested)
        earlier, listener = switched(enforced, every(33, lambda _, result=result: result, opened))  # type: ignore[misc]  # bound at once
        how: dict[str, Any] = {"deadline_seconds": 3, "context": KNOWN, "measure": Measure(), "send": listener}
        if is_proven:
            assert prove_open(earlier, **how).connections == 300
        else:
            with pytest.raises(ProofFailed):
                prove_open(earlier, **how)


def test_a_listener_that_some_machines_still_close_is_not_open() -> None:
    earlier, listener = switched(enforced, after(10, every(17, enforced, opened), opened))
    with pytest.raises(ProofFailed, match="client without a certificate must be accepted, but was: rejected by alert"):
        prove_open(earlier, deadline_seconds=3, context=KNOWN, measure=Measure(), send=listener)


def resolving(*targets: Target) -> Callable[[], list[Target]]:
    return lambda: list(targets)


def test_an_address_that_the_listener_has_got_since_is_proven_too() -> None:
    earlier, listener = switched(opened, enforced)
    measure = replace(few(), resolve=resolving(TARGET, OTHER_TARGET), known=("192.0.2.1:443", "192.0.2.2:443"))
    proof = prove_enforced(earlier, PROBES, deadline_seconds=9, context=KNOWN, measure=measure, send=listener)
    assert proof.addresses_asked == ["192.0.2.1:443", "192.0.2.2:443"] == list(proof.addresses_known)
    listener.rule = lambda request: opened(request) if request.target == OTHER_TARGET else enforced(request)
    measure = replace(measure, pace=Pace())
    with pytest.raises(ProofFailed, match=r"192\.0\.2\.2:443 .* accepted a client without a certificate"):
        prove_enforced(earlier, PROBES, deadline_seconds=1, context=KNOWN, measure=measure, send=listener)


def test_a_wrong_answer_after_another_address_was_found_counts_where_all_was_right_before() -> None:
    found = []

    def resolve() -> list[Target]:
        found.append(OTHER_TARGET)
        return [TARGET, OTHER_TARGET]

    once = itertools.count()

    def rule(request: Request) -> Observation:
        is_wrong = found and request.target == TARGET and request.credential is None and next(once) == 0
        return opened(request) if is_wrong else enforced(request)

    earlier, listener = switched(opened, rule)
    measure = replace(few(), resolve=resolve)
    proof = prove_enforced(earlier, PROBES, deadline_seconds=9, context=KNOWN, measure=measure, send=listener)
    fresh_ones = [one for one in listener.requests if one.target == TARGET and one.credential is None]
    assert proof.connections == 12
    assert len(fresh_ones) >= 12 + 6 * 12


def test_connections_begin_at_most_a_hundred_a_second_and_nine_hundred_an_address_in_four_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = FakeClock()
    monkeypatch.setattr("alb_mtls.handshake.pace.time", clock)
    pace, begun = Pace(), []
    for _ in range(901):
        pace.wait_for("192.0.2.1")
        begun.append(clock.now)
    assert begun[100] - begun[0] == pytest.approx(1.0)
    assert begun[899] < 9
    assert begun[900] - begun[0] == pytest.approx(240.0)
    later = clock.now
    for _ in range(1000):
        pace.wait_for("127.0.0.1")
    assert clock.now - later < 10.1


def test_a_backend_that_breaks_between_the_rounds_is_the_cause() -> None:
    broken = replace(REQUESTED_AND_ACCEPTED, status=502)
    ours = after(8, lambda _: broken, enforced)
    earlier, listener = switched(opened, lambda request: (ours if request.credential in OURS else enforced)(request))
    with pytest.raises(ProofFailed, match=r"could not tell .* with HTTP 502, .* the backend fails; repair it"):
        prove_enforced(earlier, PROBES, deadline_seconds=2, context=KNOWN, measure=Measure(), send=listener)
