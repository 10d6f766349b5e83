"""The page of all figures, made from what is kept of each section."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.bench.conditions import Conditions
from tools.bench.kept import Kept
from tools.bench.section import Goal, Section
from tools.bench.table import Table

_INTRODUCTION = """# Performance

`make bench` wrote this page, from the figures that it keeps beside it ([performance](performance)).
Nothing here is typed by hand; what is compared was measured in turns, within the same minutes.
Everything was measured on the lab, over loopback.
A real cloud answers later than the lab does; the columns of API calls say how often that counts.
To repeat it: `make bench`, on a machine with nothing else to do; `python -m tools.bench SECTION` for one part.
"""
_MISSING = "not measured yet: `python -m tools.bench {name}`"


def page(sections: Sequence[Section[Any]], kept: Mapping[str, Kept], pictures: Mapping[str, str]) -> str:
    """Return the page.

    Args:
        sections: in their order.
        kept: what was measured, by section.
        pictures: file beside the page, by section.
    """
    measured = [section for section in sections if section.name in kept]
    parts = [_INTRODUCTION, *_warning(measured, kept), _goals(sections, kept).markdown()]
    for section in measured:
        one = kept[section.name]
        first, *rest = section.tables(section.figures.model_validate(one.figures))
        parts += [
            _with_conditions(first, one.conditions, pictures.get(section.name)),
            *(each.markdown() for each in rest),
        ]
    missing = [section.name for section in sections if section.name not in kept]
    if missing:
        parts.append("\n".join(f"- {_MISSING.format(name=name)}" for name in missing) + "\n")
    return "\n".join([*parts, *_machines(measured, kept)]).rstrip() + "\n"


def _with_conditions(table: Table, conditions: Conditions, picture: str | None) -> str:
    heading, empty, *rest = table.markdown().splitlines()
    shown = [f"![{table.title}]({picture})", ""] if picture else []
    return "\n".join([heading, empty, _taken(conditions), "", *shown, *rest]) + "\n"


def _taken(conditions: Conditions) -> str:
    run = conditions.run
    text = (
        f"{conditions.date}, commit {run.commit}, {conditions.seconds:.0f} s; "
        f"load average {run.load} before the run and {conditions.load_after} after this part."
    )
    disturbances = conditions.disturbances()
    return f"{text} **Not a quiet machine: {'; '.join(disturbances)}.**" if disturbances else text


def _warning(measured: Sequence[Section[Any]], kept: Mapping[str, Kept]) -> Iterator[str]:
    disturbed = [section.name for section in measured if kept[section.name].conditions.disturbances()]
    if disturbed:
        yield (
            f"**The machine was not quiet while {', '.join(disturbed)} {'was' if len(disturbed) == 1 else 'were'} "
            "measured: those figures are worth little.** Each part says what disturbed it.\n"
        )


def _goals(sections: Sequence[Section[Any]], kept: Mapping[str, Kept]) -> Table:
    table = Table(
        title="What was aimed at",
        words=True,
        columns=("figure", "aim", "median and range", "", "measured"),
        notes=["A ratio is the median of those of each round; all of one row were measured in one run."],
    )
    for section in sections:
        one = kept.get(section.name)
        if one is None:
            continue
        for goal in section.goals(section.figures.model_validate(one.figures)):
            table.add(
                goal.figure,
                goal.aim,
                goal.measured,
                _verdict(goal),
                f"{one.conditions.date}, {one.conditions.run.commit}",
            )
    return table


def _verdict(goal: Goal) -> str:
    return "" if goal.met is None else "met" if goal.met else "MISSED"


def _machines(measured: Sequence[Section[Any]], kept: Mapping[str, Kept]) -> Iterator[str]:
    by_machine: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for section in measured:
        by_machine.setdefault(tuple(kept[section.name].conditions.run.machine.items()), []).append(section.name)
    for facts, names in by_machine.items():
        yield Table(
            title="The machine" if len(by_machine) == 1 else f"The machine of {', '.join(names)}",
            columns=("", ""),
            rows=list(facts),
            words=True,
        ).markdown()
