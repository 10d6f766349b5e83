"""How doctor reads: what it comes to in the first line, then worst first, and all that is fine in one paragraph."""

import io

import pytest
from rich.console import Console

from ops.doctor.diagnosis import Line, fine, note, problem, stopping, unknown
from ops.doctor.report import document_of, print_examination, summary_of
from ops.output import Output
from ops.progress import Progress

STOPS, ODD = stopping("preflight", "the listener is held", "resume it"), problem("events", "a warning")
OPEN, KNOWN, GOOD = unknown("CAS", "not asked"), note("stack", "it is empty"), fine("cluster", "it answers")


@pytest.mark.parametrize(
    ("lines", "summary", "stops"),
    [
        ([GOOD, STOPS, ODD, OPEN], "2 problems, 1 not known, 1 fine: an up would stop", True),
        ([STOPS], "1 problem, 0 fine: an up would stop", True),
        ([GOOD, ODD], "1 problem, 1 fine: put the problems right, although none of them stops an up", False),
        ([GOOD, OPEN], "1 not known, 1 fine: nothing that could be looked at stops an up", None),
        ([GOOD, KNOWN, KNOWN], "2 notes, 1 fine: nothing here stops an up", False),
    ],
)
def test_the_summary_says_whether_an_up_would_stop(lines: list[Line], summary: str, stops: bool | None) -> None:
    assert summary_of(lines) == summary
    assert document_of(lines)["summary"]["upStops"] is stops


def test_problems_come_first_and_those_that_stop_an_up_before_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    print_examination([GOOD, KNOWN, OPEN, ODD, STOPS, GOOD, fine("CAS", "x")], Output(as_json=False))
    printed = capsys.readouterr().out.splitlines()
    assert [line.partition(": ")[0] for line in printed if not line.startswith(" ")] == [
        "2 problems, 1 not known, 1 note, 3 fine",
        "problem",
        "problem",
        "not known",
        "note",
        "fine",
    ]
    assert printed[1:3] == ["problem: preflight: the listener is held", "  To do: resume it"]
    assert printed[-1] == "fine: cluster (2), CAS"


def test_only_a_problem_says_in_json_whether_it_stops_an_up() -> None:
    shown = document_of([GOOD, ODD, STOPS])["lines"]
    assert [line.get("stopsUp") for line in shown] == [None, False, True]


def _shown(*, terminal: bool, after_seconds: float) -> str:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=80)
    with Progress(console, after_seconds=after_seconds) as progress:
        progress.looking_at("the cluster")
        if not after_seconds:
            progress._timer.join()  # noqa: SLF001 - or the block may end before it
    return stream.getvalue()


@pytest.mark.parametrize(
    ("terminal", "after_seconds", "shown"), [(True, 0, True), (True, 60, False), (False, 60, False)]
)
def test_what_is_looked_at_is_shown_on_a_terminal_once_it_takes_longer(
    *, terminal: bool, after_seconds: float, shown: bool
) -> None:
    assert ("looking at the cluster" in _shown(terminal=terminal, after_seconds=after_seconds)) is shown
