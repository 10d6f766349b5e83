"""Every way in to a listener: one that stands open fails the proof, and one that cannot be tried is named."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from alb_mtls.handshake.baseline import Baseline, Surroundings, baseline
from alb_mtls.handshake.checks import Client, Proof
from alb_mtls.handshake.errors import ProofFailed
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.proof import prove_as_before, prove_enforced, prove_open
from alb_mtls.handshake.target import Target
from tests.helpers.handshakes import (
    ACCEPTED,
    KNOWN,
    OF_GENERATIONS,
    OURS,
    PROBES,
    REJECTED,
    REQUESTED_AND_ACCEPTED,
    SILENT,
    TARGET,
    UNSUPPORTED_VERSION,
    Answering,
    Request,
    ScriptedListener,
    enforced,
    few,
    opened,
    session_of,
)

OTHER_HOST = "other.alb.ingress.top"
ELSEWHERE = Target(address="192.0.2.1", port=8443, host="demo.alb.ingress.top")
SURROUNDED = Surroundings(hosts=("*.ingress.top", TARGET.host, OTHER_HOST), elsewhere=(ELSEWHERE,))
NAMES = (
    "without SNI", "for its IP address", f"with SNI {OTHER_HOST}", f"with Host {OTHER_HOST}", f"for {OTHER_HOST}",
    "without ALPN", "HEAD", "path /alb-mtls-probe", "as a browser",
)  # fmt: skip
Is = Callable[[Request], bool]


def modern(then: Answering) -> Answering:
    """Support no version of TLS that is out of use."""
    return lambda request: UNSUPPORTED_VERSION if request.tls in {"1.0", "1.1"} else then(request)


def where(condition: Is, other: Answering, then: Answering) -> Answering:
    """Answer otherwise where a condition holds."""
    return lambda request: (other if condition(request) else then)(request)


def named(name: str) -> Is:
    return lambda request: request.way.name == name


def at_port(port: int) -> Is:
    return lambda request: request.target.port == port


def surrounded(was: Answering, is_now: Answering, **how: Any) -> tuple[Baseline, ScriptedListener]:
    """Return the baseline of a listener that has hosts and a load balancer beside it, and the listener after it."""
    listener = ScriptedListener(modern(was))
    earlier = baseline([TARGET], surroundings=replace(SURROUNDED, **how), deadline_seconds=0, send=listener)
    listener.rule = modern(is_now)
    return earlier, listener


def proof_of(was: Answering, is_now: Answering, *, seconds: float = 9, **how: Any) -> Proof:
    earlier, listener = surrounded(was, is_now, **how)
    return prove_enforced(earlier, PROBES, deadline_seconds=seconds, context=KNOWN, measure=few(), send=listener)


def failure_of(was: Answering, is_now: Answering) -> str:
    with pytest.raises(ProofFailed) as failed:
        proof_of(was, is_now, seconds=0)
    return str(failed.value)


def test_a_listener_that_is_closed_on_every_way_is_proven_and_nothing_is_left_out() -> None:
    proof = proof_of(opened, where(at_port(8443), opened, enforced))
    assert (proof.proven, proof.note, proof.not_tried) == (True, "", [])
    assert {check.route.way.name for check in proof.checks} == {"", *NAMES}
    assert {check.client for check in proof.checks} == set(Client) - OF_GENERATIONS


@pytest.mark.parametrize("name", NAMES)
def test_one_way_that_stands_open_fails_the_proof(name: str) -> None:
    failed = failure_of(opened, where(named(name), opened, enforced))
    assert f"{name}) accepted a client without a certificate" in failed


@pytest.mark.parametrize("name", ["without SNI", f"with SNI {OTHER_HOST}"])
def test_a_server_name_for_which_any_certificate_will_do_fails_the_proof(name: str) -> None:
    def with_any(request: Request) -> Observation:
        return REJECTED if request.credential is None else REQUESTED_AND_ACCEPTED

    failed = failure_of(opened, where(named(name), with_any, enforced))
    assert f"{name}) accepted a client with a certificate of another CA (HTTP 200)" in failed


@pytest.mark.parametrize("tls", ["1.0", "1.1"])
def test_a_version_out_of_use_that_is_spoken_all_the_same_must_be_closed_too(tls: str) -> None:
    listener = ScriptedListener(opened)
    earlier = baseline([TARGET], surroundings=SURROUNDED, deadline_seconds=0, send=listener)
    listener.rule = enforced
    proof = prove_enforced(earlier, PROBES, deadline_seconds=9, context=KNOWN, measure=few(), send=listener)
    assert tls in {check.route.tls for check in proof.checks if check.client is Client.WITH_CERTIFICATE}
    listener.rule = where(lambda request: request.tls == tls, opened, enforced)
    with pytest.raises(ProofFailed, match=rf"\(TLS {tls}, HTTP/1.1\) accepted a client without a certificate"):
        prove_enforced(earlier, PROBES, deadline_seconds=0, context=KNOWN, measure=few(), send=listener)


def test_a_version_out_of_use_that_is_not_supported_is_not_named() -> None:
    proof = proof_of(opened, where(at_port(8443), opened, enforced))
    assert not [one for one in (*proof.not_tried, proof.note) if "TLS 1.0" in one or "TLS 1.1" in one]


UNRECOGNIZED = Observation(verdict=Verdict.REJECTED_BY_ALERT, alert=112)


@pytest.mark.parametrize("shut", [UNRECOGNIZED, SILENT], ids=["rejected at once", "no answer"])
def test_a_way_that_nobody_is_served_on_is_named_and_fails_only_once_it_opens(shut: Observation) -> None:
    name = "without SNI"
    closed = where(named(name), lambda _: shut, opened)
    proof = proof_of(closed, where(named(name), lambda _: shut, enforced))
    assert proof.proven
    assert [one for one in proof.not_tried if one.startswith(f"{name} at 192.0.2.1:443: a client without")]
    assert f"{name}) accepted a client without" in failure_of(closed, where(named(name), opened, enforced))


def test_a_way_that_serves_no_client_of_ours_either_is_named_and_spoils_nothing() -> None:
    name = "for its IP address"
    proof = proof_of(opened, where(named(name), lambda _: REJECTED, enforced))
    assert proof.proven
    assert [one for one in proof.not_tried if one.startswith(f"{name} at 192.0.2.1:443: a client with a certificate")]
    assert name not in {check.route.way.name for check in proof.checks}


def test_a_way_may_answer_with_whatever_status_it_likes() -> None:
    def misdirected(request: Request) -> Observation:
        return replace(enforced(request), status=421) if request.credential in OURS else enforced(request)

    name = f"with Host {OTHER_HOST}"
    assert proof_of(
        where(named(name), lambda _: replace(ACCEPTED, status=421), opened), where(named(name), misdirected, enforced)
    ).proven


def test_a_way_that_answers_bad_request_to_everybody_shows_nothing_and_is_named() -> None:
    name = "path /alb-mtls-probe"
    bad = replace(REQUESTED_AND_ACCEPTED, status=400)
    proof = proof_of(
        where(named(name), lambda _: replace(ACCEPTED, status=400), opened), where(named(name), lambda _: bad, enforced)
    )
    assert proof.proven
    assert [one for one in proof.not_tried if one.startswith(name)]


def by_page(request: Request) -> Observation:
    """Reject with HTTP 400 and a page that names no reason."""
    return REQUESTED_AND_ACCEPTED if request.credential in OURS else replace(REQUESTED_AND_ACCEPTED, status=400)


@pytest.mark.parametrize("name", ["HEAD", "path /alb-mtls-probe", "as a browser"])
def test_a_page_that_rejects_every_request_is_a_rejection_and_one_for_some_requests_is_none(name: str) -> None:
    assert proof_of(opened, by_page).proven
    failed = failure_of(opened, where(named(name), lambda _: REQUESTED_AND_ACCEPTED, by_page))
    assert f"{name}) accepted a client without a certificate (HTTP 200) although it requested one" in failed


def test_the_stretch_of_fresh_connections_takes_every_way() -> None:
    earlier, listener = surrounded(opened, enforced)
    measure = replace(few(), connections=60)
    listener.requests.clear()
    prove_enforced(earlier, PROBES, deadline_seconds=9, context=KNOWN, measure=measure, send=listener)
    without = [one.way.name for one in listener.requests if one.credential is None and one.session is None]
    # Two rounds, and some of the sixty connections.
    assert all(without.count(name) > 2 for name in NAMES)


def test_a_listener_is_open_and_put_back_on_every_way() -> None:
    earlier, listener = surrounded(enforced, opened)
    assert prove_open(earlier, deadline_seconds=9, context=KNOWN, measure=few(), send=listener).proven
    listener.rule = modern(where(named("without SNI"), enforced, opened))
    with pytest.raises(ProofFailed, match=r"without SNI\) still rejects a client without a certificate"):
        prove_open(earlier, deadline_seconds=0, context=KNOWN, measure=few(), send=listener)
    listener.rule = modern(enforced)
    prove_as_before(earlier, deadline_seconds=9, context=KNOWN, measure=few(), send=listener)


def test_a_session_of_another_listener_that_opens_this_one_fails_the_proof() -> None:
    sessions = []

    def rule(request: Request) -> Observation:
        if request.target.port == 8443:
            sessions.append(session_of(None))
            return replace(ACCEPTED, session=sessions[-1])
        if any(request.session is one for one in sessions):
            return replace(ACCEPTED, resumed=True)
        return enforced(request)

    failed = failure_of(opened, rule)
    assert "accepted a client resuming a session that was opened without a certificate at another listener" in failed
    assert "whoever can open a session there gets in here" in failed


def test_a_session_that_was_opened_for_another_host_before_the_switch_fails_the_proof_where_it_opens() -> None:
    ours = session_of(None)
    was = where(named(f"for {OTHER_HOST}"), lambda _: replace(ACCEPTED, session=ours), opened)
    rule = where(lambda request: request.session is ours, lambda _: replace(ACCEPTED, resumed=True), enforced)
    assert "at another listener or for another host" in failure_of(was, rule)


@pytest.mark.parametrize("renews", [True, False], ids=["renewed", "used up"])
def test_an_old_session_that_counts_once_fails_the_proof_where_each_connection_gets_another(*, renews: bool) -> None:
    tickets = []

    def was(request: Request) -> Observation:
        result = opened(request)
        tickets.append(result.session)
        return result

    def rule(request: Request) -> Observation:
        if not any(request.session is ticket for ticket in tickets):
            return enforced(request)
        tickets[:] = [ticket for ticket in tickets if ticket is not request.session]
        tickets.extend([session_of(None)] if renews else [])
        return replace(ACCEPTED, resumed=True, session=tickets[-1] if renews else None)

    if renews:
        with pytest.raises(ProofFailed, match="resumes old TLS sessions"):
            proof_of(was, rule)
    else:
        assert proof_of(was, rule).proven


@pytest.mark.parametrize("answer", [REJECTED, SILENT, ACCEPTED], ids=["closed too", "silent", "gives no session"])
def test_another_listener_that_opens_no_session_is_named(answer: Observation) -> None:
    proof = proof_of(opened, where(at_port(8443), lambda _: answer, enforced))
    assert proof.proven
    assert [one for one in proof.not_tried if one.startswith("sessions of 192.0.2.1:8443 (TLS 1.3): ")]


def test_what_lies_out_of_reach_is_named_as_it_was_given() -> None:
    proof = proof_of(opened, enforced, not_tried=("another host of the listener: none is known",), hosts=())
    assert "another host of the listener: none is known" in proof.not_tried
    assert not [one for one in proof.checks if OTHER_HOST in one.route.way.name]
