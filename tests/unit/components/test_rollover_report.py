"""What preview and up say at each step of a rollover: who is accepted, what is next, what can be reversed."""

from collections.abc import Callable

import pytest

from alb_mtls.configuration.model import Settings
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from components.preflight.rollover_report import rollover_report
from tests.helpers.authorities import ca_of_depth, issued
from tests.helpers.stack_file import Change, put

Read = Callable[..., Settings]


def step(*listed: int, trusted: int, **more: object) -> list[Change]:
    changes = [put("rootCa.generations", list(listed)), put("rootCa.trusted", trusted)]
    return [*changes, *(put(f"rootCa.{name}", value) for name, value in more.items())]


def test_outside_of_a_rollover_there_is_nothing_to_report(read: Read) -> None:
    assert rollover_report(read(), []) == []
    assert rollover_report(read(*step(2, trusted=2)), [2]) == []


@pytest.mark.parametrize(
    ("changes", "bound", "words"),
    [
        (
            step(1, 2, trusted=1),
            [1],
            [
                "step 1 of 3: generation 2 signs all clients, and the listeners trust generation 1",
                "nobody is rejected",
                "next: all clients fetch their files again (python -m ops export); then rootCa.trusted: 2",
                "way back: remove 2 from rootCa.generations",
            ],
        ),
        (
            step(1, 2, trusted=2),
            [1, 2],
            [
                "step 2 of 3: the listeners trust generation 2 instead of 1 from this `up` on",
                "who has not fetched files of generation 2 is rejected",
                "next: remove 1 from rootCa.generations",
                "way back: rootCa.trusted: 1, until 1 is removed or the cross certificate has ended",
            ],
        ),
        (step(1, 2, trusted=2), [2], ["step 2 of 3: the listeners trust generation 2", "who", "next", "way back"]),
        (
            step(1, 2, trusted=2, abandoned=[1]),
            [1],
            [
                "hard swap: the listeners trust generation 2 instead of 1 from this `up` on, and reject all clients of",
                "next: hand out the files of generation 2 at once",
                "way back: take 1 out of rootCa.abandoned",
            ],
        ),
        (
            step(1, 2, trusted=2, compromised=[1]),
            [2],
            [
                "hard swap: the listeners trust generation 2, and reject all clients of generation 1",
                "next",
                "no way back: generation 1 is compromised",
            ],
        ),
    ],
    ids=["first", "swap", "swapped", "abandoned", "compromised"],
)
def test_each_step_says_what_it_does_what_is_next_and_the_way_back(
    read: Read, changes: list[Change], bound: list[int], words: list[str]
) -> None:
    head, *lines = rollover_report(read(*changes), bound)
    assert head == "Rollover of the root CA from generation 1 to generation 2"
    assert [line.strip().startswith(one) for line, one in zip(lines, words, strict=True)] == [True] * len(words)


@pytest.mark.parametrize("more", [{}, {"abandoned": [1]}], ids=["swap", "hard swap"])
def test_past_a_compromised_generation_there_is_no_way_back(read: Read, more: dict[str, list[int]]) -> None:
    for stolen, words in (([2], "  no way back: generation 2 is compromised"), ([], "  way back: ")):
        changes = step(1, 3, trusted=3, compromised=stolen, **more)
        assert rollover_report(read(*changes), [1])[-1].startswith(words)


def test_a_generation_that_is_swapped_and_dropped_in_one_up_is_a_hard_swap_too(read: Read) -> None:
    head, line, *_ = rollover_report(read(*step(2, trusted=2, abandoned=[1])), [1])
    assert head == "Rollover of the root CA from generation 1 to generation 2"
    assert line.strip().startswith("hard swap: the listeners trust generation 2 instead of 1 from this `up` on")
    assert rollover_report(read(*step(2, trusted=2, abandoned=[1])), [2]) == []


def test_after_a_hard_swap_the_way_back_that_is_named_is_one_that_there_is(read: Read) -> None:
    listed = rollover_report(read(*step(1, 2, trusted=2, abandoned=[1])), [1])
    assert listed[-2].endswith(", then remove 1")
    assert listed[-1] == "  way back: take 1 out of rootCa.abandoned, and rootCa.trusted: 1, until 1 is removed"
    dropped = rollover_report(read(*step(2, trusted=2, abandoned=[1])), [1])
    assert dropped[-2].endswith("at once (python -m ops export)")
    assert dropped[-1] == "  no way back: generation 1 is listed no more, and a number is never used again"
    for path_length, words in ((None, "take 1 out of rootCa.abandoned"), (1, "take 1 out"), (0, "a hard swap too: ")):
        older = issued(None, "older", *ca_of_depth(path_length))
        files = {"older.pem": certificate_pem(older.certificate), "older.key": private_key_pem(older.key)}
        assert rollover_report(read(*_imported_first(), files=files), [1])[-1].startswith(f"  way back: {words}")


def test_where_the_older_one_signs_no_cross_certificate_no_swap_is_called_a_step(read: Read) -> None:
    for path_length, words in ((1, "  step 2 of 3: "), (0, "  hard swap: ")):
        older = issued(None, "older", *ca_of_depth(path_length))
        files = {"older.pem": certificate_pem(older.certificate), "older.key": private_key_pem(older.key)}
        for bound in ([1], [2]):
            changes = [*_imported_first(), put("rootCa.abandoned", [])]
            assert rollover_report(read(*changes, files=files), bound)[1].startswith(words)


def _imported_first() -> list[Change]:
    first = {"number": 1, "source": "imported", "certificateFile": "older.pem", "keyFile": "older.key"}
    return [*step(2, trusted=2, abandoned=[1]), put("rootCa.generations", [first, 2])]


def test_while_listeners_request_nothing_nobody_is_rejected(read: Read) -> None:
    *_, last = rollover_report(read(*step(1, 2, trusted=2), put("enabled", False)), [])
    assert last.endswith("nobody is rejected until it is true")


def test_where_git_swaps_the_listeners_no_up_rejects_anybody(read: Read) -> None:
    git = put("listeners.0.write", "none")
    lines = rollover_report(read(git, *step(1, 2, trusted=2)), [1, 2])
    assert any("until Git has brought generation 2" in line for line in lines)
    assert not any("Git" in line for line in rollover_report(read(*step(1, 2, trusted=2)), [1, 2]))
