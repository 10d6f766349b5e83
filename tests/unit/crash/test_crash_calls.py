"""Which calls of a run count, and which moments of them differ."""

from tests.crash.calls import Call, Calls, Moment, Stage, moment_of, moments

READ = {"service": "alb", "api": "GetLoadBalancerAttribute", "target": "alb-1"}
LOOK = {"service": "cas", "api": "ListCertWarehouse", "target": "ours"}
LISTENERS = {"service": "alb", "api": "ListListeners", "target": "alb-1"}
LISTENER = {"service": "alb", "api": "GetListenerAttribute", "target": "lsn-1"}
OTHER_LISTENER = {**LISTENER, "target": "lsn-2"}


def taken(*entries: dict[str, str], step: str = "create a") -> list[str]:
    calls = Calls()
    for one in entries:
        calls.take(step, one)
    return [str(call) for call in calls.calls]


def test_a_poll_counts_once() -> None:
    assert taken(LOOK, LOOK, LOOK) == ["ListCertWarehouse 1"]
    assert taken(LISTENERS, LISTENER, LISTENERS, LISTENER) == ["ListListeners 1", "GetListenerAttribute 1"]


def test_what_is_asked_for_another_reason_counts_again() -> None:
    assert taken(LOOK, READ, LOOK) == ["ListCertWarehouse 1", "GetLoadBalancerAttribute 1", "ListCertWarehouse 2"]
    assert taken(READ, READ) == ["GetLoadBalancerAttribute 1", "GetLoadBalancerAttribute 2"]
    assert taken(LISTENERS, LISTENER, OTHER_LISTENER)[1:] == ["GetListenerAttribute 1", "GetListenerAttribute 2"]


def test_the_next_step_asks_for_itself() -> None:
    calls = Calls()
    assert calls.take("create a", LOOK) is not None
    assert calls.take("create b", LOOK) is not None


def call(api: str, step: str, number: int = 1) -> Call:
    return Call(step=step, service="any", api=api, number=number)


ASK = call("ListCertWarehouse", "diff repository")
READ_FIRST = call("get albconfigs", "update switch")
WRITE = call("patch albconfigs", "update switch")
CALLS = [ASK, READ_FIRST, WRITE]


def before(one: Call) -> Moment:
    return Moment(step=one.step, call=one, stage=Stage.BEFORE)


def test_a_read_is_the_same_before_and_after_its_effect() -> None:
    assert moment_of(CALLS, READ_FIRST, Stage.AFTER_EFFECT) == before(READ_FIRST)


def test_a_write_is_not() -> None:
    assert moment_of(CALLS, WRITE, Stage.AFTER_EFFECT) != before(WRITE)


def test_after_a_reply_comes_the_next_call_of_the_step() -> None:
    assert moment_of(CALLS, READ_FIRST, Stage.AFTER_REPLY) == before(WRITE)


def test_after_the_last_reply_of_a_step_its_result_is_lost() -> None:
    lost = moment_of(CALLS, WRITE, Stage.AFTER_REPLY)
    assert lost is not None
    assert lost.call is None
    assert lost.step == "update switch"


def test_a_step_that_only_asks_has_no_result_to_lose() -> None:
    assert moment_of(CALLS, ASK, Stage.AFTER_REPLY) == before(READ_FIRST)
    assert moment_of([ASK], ASK, Stage.AFTER_REPLY) is None


def test_every_moment_is_tried_once() -> None:
    found = list(moments(CALLS))
    assert len(found) == len(set(found)) == 5
