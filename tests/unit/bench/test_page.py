"""The page of figures: made from what is kept alone, and it says how quiet the machine was."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from pydantic import BaseModel

from tools.bench.conditions import Conditions, Load, Run
from tools.bench.kept import Kept, keep, kept
from tools.bench.page import page
from tools.bench.picture import picture
from tools.bench.section import Goal, Section
from tools.bench.table import Table
from tools.bench.timeline import Lane, Span, Timeline


class _Figures(BaseModel):
    seconds: float


def _section(name: str = "one") -> Section[_Figures]:
    return Section(
        name=name,
        figures=_Figures,
        measure=lambda _bench: _Figures(seconds=1.0),
        tables=lambda figures: [Table(title=f"Table {name}", columns=("a", "b"), rows=[("x", str(figures.seconds))])],
        goals=lambda figures: [Goal(figure=f"figure {name}", aim="2", measured="x", met=figures.seconds <= 2.0)],
    )


def _conditions(*, load: float = 0.1, others: tuple[str, ...] = ()) -> Conditions:
    run = Run(
        date="2026-11-28 06:00 UTC",
        commit="abc1234",
        machine={"processors": "2 x A"},
        load=Load(one=load, five=0.0, fifteen=0.0),
    )
    after = Load(one=1.5, five=0.0, fifteen=0.0)
    return Conditions(run=run, date="2026-11-28 06:01 UTC", others=list(others), load_after=after, seconds=61.4)


def _page(folder: Path, *sections: Section[Any]) -> str:
    found = {one.name: each for one in sections if (each := kept(folder, one.name)) is not None}
    return page(sections, found, {})


@pytest.mark.parametrize(("seconds", "verdict"), [(2.0, "met"), (2.1, "MISSED")])
def test_the_first_table_says_what_is_met_and_when_it_was_measured(
    tmp_path: Path, seconds: float, verdict: str
) -> None:
    keep(tmp_path, "one", _conditions(), _Figures(seconds=seconds))
    text = _page(tmp_path, _section())
    assert f"| figure one | 2 | x | {verdict} | 2026-11-28 06:01 UTC, abc1234 |" in text
    assert f"| x | {seconds} |" in text
    assert "2026-11-28 06:01 UTC, commit abc1234, 61 s; load average 0.1, 0.0, 0.0 before the run" in text


@pytest.mark.parametrize(
    ("conditions", "disturbance"),
    [
        (_conditions(load=3.0), "load average 3.0, 0.0, 0.0 before the run, where 0.5 is quiet"),
        (_conditions(others=("cc1 (98% of a processor)",)), "cc1 (98% of a processor) beside it"),
    ],
)
def test_a_machine_that_was_not_quiet_is_named_at_the_top_and_at_the_part(
    tmp_path: Path, conditions: Conditions, disturbance: str
) -> None:
    keep(tmp_path, "one", conditions, _Figures(seconds=1.0))
    text = _page(tmp_path, _section())
    assert "**The machine was not quiet while one was measured: those figures are worth little.**" in text
    assert f"**Not a quiet machine: {disturbance}.**" in text


def test_a_quiet_machine_is_not_remarked_upon(tmp_path: Path) -> None:
    keep(tmp_path, "one", _conditions(), _Figures(seconds=1.0))
    assert "quiet machine" not in _page(tmp_path, _section())
    assert "was not quiet" not in _page(tmp_path, _section())


def test_a_part_that_was_never_measured_is_named_and_the_others_are_shown(tmp_path: Path) -> None:
    keep(tmp_path, "one", _conditions(), _Figures(seconds=1.0))
    text = _page(tmp_path, _section(), _section("two"))
    assert "- not measured yet: `python -m tools.bench two`" in text
    assert "Table one" in text
    assert "Table two" not in text


def test_figures_are_kept_as_they_were(tmp_path: Path) -> None:
    keep(tmp_path, "one", _conditions(), _Figures(seconds=1.25))
    assert kept(tmp_path, "one") == Kept(conditions=_conditions(), figures={"seconds": 1.25})
    assert kept(tmp_path, "two") is None


def _drawn(name: str) -> ET.Element:
    row = [Span(begin=0.0, end=0.5, name=name, group="a"), Span(begin=0.5, end=0.501, name=name, group="b")]
    lanes = [Lane(name="engine", used=[(0.5, 1.0), (1.0, 0.2)], rows=[row])]
    drawn = Timeline(title="an up", seconds=1.0, lanes=lanes, imports={}, spent={}, used={})
    return ET.fromstring(picture([drawn], "what it shows"))  # noqa: S314 - our own


def _texts(svg: ET.Element) -> list[str]:
    return [each.text or "" for each in svg.iter("{http://www.w3.org/2000/svg}text")]


def test_a_picture_names_a_span_where_there_is_room_and_nowhere_else() -> None:
    texts = _texts(_drawn("Create <one>"))
    assert texts.count("Create <one>") == 1
    assert {"an up: 1.00 s", "engine", "0.5 s"} <= set(texts)


def test_a_picture_has_no_script_and_says_what_it_shows() -> None:
    svg = _drawn("a")
    assert svg.get("aria-label") == "what it shows"
    assert not list(svg.iter("{http://www.w3.org/2000/svg}script"))
