"""A long wait says how long it has taken and until when, a short one nothing; and nothing without a watcher."""

from threading import Thread

from alb_mtls.progress import Wait, begins, watched_by
from alb_mtls.retrying import repeat, steady
from tests.helpers.fake_clock import FakeClock


def _wait(clock: FakeClock) -> Wait:
    return Wait(what="the ALB to follow", seconds=120, clock=clock)


def test_a_wait_is_shown_after_its_first_moments_then_when_the_state_changes_and_every_ten_seconds() -> None:
    clock, lines = FakeClock(), list[str]()
    wait = _wait(clock)
    with watched_by(lines.append):
        for second in range(26):
            clock.now = float(second)
            wait.goes_on("off" if second < 5 else "on", f"look {second}")
    assert lines == [
        "2 of 120 s for the ALB to follow; off; look 2",
        "5 of 120 s for the ALB to follow; on; look 5",
        "15 of 120 s for the ALB to follow; on; look 15",
        "25 of 120 s for the ALB to follow; on; look 25",
    ]


def test_what_does_not_last_is_not_shown() -> None:
    clock, lines = FakeClock(), list[str]()
    wait = _wait(clock)
    with watched_by(lines.append):
        clock.now = 1.9
        wait.goes_on()
    assert lines == []


def test_only_who_watches_this_thread_is_shown_anything() -> None:
    clock, lines = FakeClock(), list[str]()
    wait = _wait(clock)
    clock.now = 5.0
    wait.goes_on()
    with watched_by(lines.append):
        other = Thread(target=wait.goes_on)
        other.start()
        other.join()
        begins("the listener is put back")
    begins("nobody watches any more")
    assert lines == ["the listener is put back"]


def test_what_fails_and_may_pass_is_shown_with_its_reason_until_when_it_is_tried() -> None:
    clock, lines = FakeClock(), list[str]()

    def attempt() -> None:
        message = "connection refused"
        raise OSError(message)

    def give_up(_last: OSError, _attempts: int, _seconds: float) -> Exception:
        return TimeoutError()

    with watched_by(lines.append):
        try:
            repeat(
                attempt,
                OSError,
                what="it to answer",
                pause=steady(0.5),
                deadline_seconds=lambda _: 20.0,
                give_up=give_up,
                clock=clock,
                sleep=clock.sleep,
            )
        except TimeoutError:
            lines.append("given up")
    assert lines == [
        "2 of 20 s for it to answer; connection refused",
        "12 of 20 s for it to answer; connection refused",
        "given up",
    ]
