"""The page about a rollover under traffic, from what came of a run."""

from pathlib import Path

from tests.helpers.evidence import Took, row, rule
from tests.rollover.steps import Rollover


def page(rollover: Rollover, took: Took) -> str:
    """Return the page: how it is done, and the figures of this run."""
    introduction = Path(__file__).with_name("introduction.md").read_text("utf-8").rstrip()
    lines = [introduction, "", row("phase", "requests", "not accepted", "took"), rule(4)]
    lines += [row(one.name, one.requests, one.failed, f"{one.seconds:.0f} s") for one in rollover.phases]
    lines.append(row("all", *(sum(column) for column in _numbers(rollover)), ""))
    lines += ["", "## Afterwards", "", row("who asks", "answer"), rule(2)]
    lines += [row(_words(one.who), _words(one.answer.split(":")[0])) for one in rollover.afterwards]
    verdict = [f"- {one}" for one in rollover.wrong] or ["Nothing was otherwise than it must be."]
    return "\n".join([*lines, "", *verdict, "", str(took), ""])


def _numbers(rollover: Rollover) -> list[list[int]]:
    return [[one.requests for one in rollover.phases], [one.failed for one in rollover.phases]]


def _words(text: str) -> str:
    return text.replace("|", "\\|")
