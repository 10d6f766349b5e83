"""When fresh connections prove an address: enough right answers in a row, each between two controls that passed."""

from collections.abc import Iterable

import pytest

from alb_mtls.handshake.stretch import Answer, Outcome, Stretch, bound

RIGHT, WRONG, NONE = Answer.RIGHT, Answer.WRONG, Answer.NONE


def fed(stretch: Stretch, answers: Iterable[Answer], *, control: Answer = RIGHT, late: bool = False) -> Stretch:
    """Give each connection its answer as soon as it has begun, until the answers end or the stretch does."""
    left = list(answers)
    while left and (step := stretch.next()) is not None:
        stretch.take(step, control if step.is_control else left.pop(0), late=late)
    return stretch


def uncontrolled(connections: int = 10) -> Stretch:
    return Stretch(connections, controlled=False)


def test_as_many_right_answers_in_a_row_as_are_required_prove_and_one_less_does_not() -> None:
    assert fed(uncontrolled(), [RIGHT] * 9).outcome is Outcome.GO_ON
    stretch = fed(uncontrolled(), [RIGHT] * 20)
    assert (stretch.outcome, stretch.clean, stretch.asked) == (Outcome.PROVEN, 10, 10)


@pytest.mark.parametrize(("run", "needed"), [(0, 10), (1, 10), (2, 12), (9, 54)])
def test_six_times_the_longest_run_that_a_wrong_answer_ended_is_required_from_then_on(run: int, needed: int) -> None:
    stretch = fed(uncontrolled(), [*[RIGHT] * run, WRONG, *[RIGHT] * 100])
    assert (stretch.outcome, stretch.needed, stretch.clean) == (Outcome.PROVEN, needed, needed)


def test_a_wrong_answer_before_the_deadline_begins_again_and_one_after_it_fails() -> None:
    assert fed(uncontrolled(), [RIGHT, WRONG]).outcome is Outcome.GO_ON
    assert fed(uncontrolled(), [RIGHT, WRONG], late=True).outcome is Outcome.FAILED


def test_a_stretch_that_was_begun_before_the_deadline_may_end_after_it() -> None:
    stretch = fed(uncontrolled(), [WRONG, RIGHT])
    assert fed(stretch, [RIGHT] * 10, late=True).outcome is Outcome.PROVEN


def test_a_connection_without_an_answer_is_not_counted_and_another_one_is_begun_instead() -> None:
    stretch = fed(uncontrolled(), [RIGHT, NONE] + [RIGHT] * 20)
    assert (stretch.outcome, stretch.clean, stretch.asked, stretch.unanswered) == (Outcome.PROVEN, 10, 11, 1)


@pytest.mark.parametrize(("lost", "outcome"), [(15, Outcome.PROVEN), (16, Outcome.UNKNOWN)])
def test_more_than_a_fifth_without_an_answer_is_no_proof_and_no_failure(lost: int, outcome: Outcome) -> None:
    answers = [NONE] * lost + [RIGHT] * 60
    assert fed(uncontrolled(60), answers, late=True).outcome is outcome


def test_an_outage_before_the_deadline_is_waited_out() -> None:
    stretch = fed(uncontrolled(60), [NONE] * 80 + [RIGHT] * 59)
    assert stretch.outcome is Outcome.GO_ON
    assert fed(stretch, [RIGHT] * 61).outcome is Outcome.PROVEN


def test_silence_after_the_deadline_ends_without_an_answer() -> None:
    stretch = fed(uncontrolled(300), [NONE] * 1000, late=True)
    assert (stretch.outcome, stretch.asked) == (Outcome.UNKNOWN, 50)


def test_answers_count_in_the_order_of_their_connections() -> None:
    stretch = uncontrolled(3)
    first, second, third = (stretch.next() for _ in range(3))
    assert first is not None
    assert second is not None
    assert third is not None
    assert stretch.next() is None, "three more right answers would do"
    stretch.take(third, RIGHT)
    stretch.take(second, WRONG)
    assert stretch.clean == 0
    stretch.take(first, RIGHT)
    assert (stretch.clean, stretch.needed) == (1, 6)


def test_rejections_count_between_two_controls_that_passed() -> None:
    stretch = fed(Stretch(30, controlled=True), [RIGHT] * 31)
    assert (stretch.outcome, stretch.clean) == (Outcome.PROVEN, 30)


@pytest.mark.parametrize(("failing", "uncounted"), [(0, 24), (1, 48)], ids=["the first", "one between two"])
def test_rejections_beside_a_control_that_did_not_pass_count_for_nothing(failing: int, uncounted: int) -> None:
    stretch, controls = Stretch(300, controlled=True), 0
    while (step := stretch.next()) is not None:
        stretch.take(step, NONE if step.is_control and controls == failing else RIGHT)
        controls += step.is_control
    assert (stretch.outcome, stretch.unanswered, stretch.clean) == (Outcome.PROVEN, uncounted, 300)


def test_an_acceptance_counts_whatever_the_controls_show() -> None:
    stretch = fed(Stretch(20, controlled=True), [RIGHT] * 5 + [WRONG] + [RIGHT] * 16, control=NONE, late=True)
    assert stretch.outcome is Outcome.FAILED


def test_a_firewall_that_blocks_this_machine_for_good_proves_nothing() -> None:
    stretch = fed(Stretch(300, controlled=True), [RIGHT] * 1000, control=NONE, late=True)
    assert (stretch.outcome, stretch.clean, stretch.is_blocked) == (Outcome.UNKNOWN, 0, True)


def test_a_relapse_that_something_else_has_shown_begins_again() -> None:
    stretch = fed(uncontrolled(), [RIGHT] * 10)
    stretch.relapse()
    assert (stretch.outcome, stretch.clean, stretch.needed) == (Outcome.GO_ON, 0, 60)


@pytest.mark.parametrize(("connections", "share"), [(300, 4 / 300), (50, 0.08), (2, 1.0), (0, 1.0)])
def test_the_share_that_may_still_be_wrong_is_four_by_the_connections(connections: int, share: float) -> None:
    assert bound(connections) == pytest.approx(share)
