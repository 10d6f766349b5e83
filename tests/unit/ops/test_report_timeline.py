"""The picture of certificates: everything is in it, at its place, whether lives last minutes or decades."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from ops.report.certificates import Life, inventory_of_report, lives_of
from ops.report.timeline import timeline_of
from tests.helpers import report_stacks
from tests.helpers.report_stacks import NOW, entry


def _life(kind: str, begin: timedelta, end: timedelta, renewed: timedelta | None = None) -> Life:
    return Life(
        kind=kind,
        name="a" * 60,
        count=1,
        begin=NOW + begin,
        end=NOW + end,
        next_end=NOW + end,
        renewed_from=None if renewed is None else NOW + renewed,
        state="valid",
        renewal="",
    )


@pytest.mark.parametrize("unit", [timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=365)])
def test_places_are_within_the_picture_and_the_marks_of_time_are_few(unit: timedelta) -> None:
    lives = [_life("root CA", -1000 * unit, 900 * unit), _life("client", -10 * unit, 20 * unit, 5 * unit)]
    picture = timeline_of(lives, NOW)
    assert 1 <= len(picture.ticks) <= 6
    assert all(before[1] != after[1] for before, after in pairwise(picture.ticks))
    assert all(0 <= place <= 100 for place, _ in picture.ticks)
    root, client = picture.bars
    assert (root.goes_on, root.began_before) == (True, True)
    assert (client.goes_on, client.began_before) == (False, False)
    assert root.begin + root.width <= 100.01
    assert client.begin < picture.today < client.renewed_from < client.begin + client.width  # type: ignore[operator]


def test_a_short_life_is_a_stroke_and_root_cas_alone_are_whole() -> None:
    lives = [_life("client", timedelta(), timedelta(minutes=1)), _life("client", timedelta(), timedelta(days=900))]
    assert timeline_of(lives, NOW).bars[0].width > 0.5
    [root] = timeline_of([_life("root CA", -timedelta(days=10), timedelta(days=10))], NOW).bars
    assert (root.goes_on, root.began_before) == (False, False)
    assert timeline_of([], NOW).bars == ()


def test_all_kinds_are_in_it_and_a_fleet_is_one_row() -> None:
    looked = report_stacks.production()
    assert looked.status is not None
    lives = lives_of(looked.status, looked.entries)
    assert [one.kind for one in lives[:3]] == ["root CA", "root CA", "cross certificate"]
    [fleet] = [one for one in lives if one.kind == "fleet"]
    assert (fleet.name, fleet.count) == ("sensors: 200 clients", 200)
    assert [one.name for one in lives if one.kind == "former client"] == ["alice, superseded", "bob, forgotten"]


@pytest.mark.parametrize(
    ("name", "state"),
    [("alice", "renewal due"), ("monitoring", "ended"), ("payments", "valid"), ("sensors: 200 clients", "renewal due")],
)
def test_each_has_the_state_of_its_dates(name: str, state: str) -> None:
    looked = report_stacks.production()
    assert looked.status is not None
    [life] = [one for one in lives_of(looked.status, ()) if one.name == name]
    assert life.state == state


def test_what_is_overdue_or_renewed_by_nobody_is_named() -> None:
    overdue = report_stacks.expiry("client", "late", -90, 5, renewed=-25)
    alone = report_stacks.expiry("client", "brought", -90, 5)
    looked = report_stacks.looked(expiries=(overdue, alone, replace(alone, name="bound", ends_with="root CA")))
    assert looked.status is not None
    found = {one.name: (one.state, one.renewal) for one in lives_of(looked.status, ())}
    assert found["late"][0] == "renewal overdue"
    assert found["brought"] == ("ends soon", "none: whoever made it renews it")
    assert found["bound"][1] == "none: it ends with root CA"


@pytest.mark.parametrize("begin", [NOW, datetime.min.replace(tzinfo=UTC)])
@pytest.mark.parametrize("kind", ["root CA", "client"])
def test_a_life_without_an_end_has_its_picture_too_and_few_marks(kind: str, begin: datetime) -> None:
    endless = _life(kind, begin - NOW, datetime.max.replace(tzinfo=UTC) - NOW)
    picture = timeline_of([endless], NOW)
    assert 1 <= len(picture.ticks) <= 6
    assert 0 <= picture.bars[0].begin <= picture.today < picture.bars[0].begin + picture.bars[0].width <= 100.01


def test_clients_are_listed_as_people_count() -> None:
    names = [f"workers/device-{number}" for number in range(1, 12)]
    shown = inventory_of_report([entry(name, 30) for name in sorted(names)], NOW)
    assert [one["client"] for one in shown["first"]] == names
