"""What the lab's controller took is what passed from a patch until each listener that it changed was Running."""

from typing import Any

import pytest

from tools.bench.controller_time import controller_seconds


def at(seconds: float) -> str:
    return f"2026-11-28T05:00:{seconds:06.3f}+00:00"


def patch(seconds: float, *, api: str = "patch albconfigs", performed: bool = True) -> dict[str, Any]:
    return {"service": "kubernetes", "api": api, "performed": performed, "started": at(seconds)}


def change(begun: float, running: float | None) -> dict[str, Any]:
    return {"begun": at(begun), "running": None if running is None else at(running)}


@pytest.mark.parametrize(
    ("journal", "changes", "seconds"),
    [
        ([patch(1)], [change(1.25, 2)], 1.0),
        ([patch(1), patch(5)], [change(1.25, 2), change(5.25, 5.5)], 1.5),
        # Two listeners of one AlbConfig, or of two, are followed side by side.
        ([patch(1), patch(1.5)], [change(1.25, 2), change(1.75, 3)], 2.0),
        ([patch(1), patch(1.5)], [change(1.25, 4), change(1.75, 3)], 3.0),
    ],
)
def test_it_counts_from_the_patch_until_all_is_served_and_once_what_is_side_by_side(
    journal: list[dict[str, Any]], changes: list[dict[str, Any]], seconds: float
) -> None:
    assert controller_seconds(journal, changes) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("journal", "changes"),
    [
        # The claim alone: no listener changes.
        ([patch(3)], [change(1, 2)]),
        ([patch(1, api="dry-run patch albconfigs")], [change(1.25, 2)]),
        ([patch(1, performed=False)], [change(1.25, 2)]),
        # Overtaken by another change, which has an end of its own.
        ([patch(1)], [change(1.25, None)]),
    ],
)
def test_what_nobody_waits_for_counts_for_nothing(journal: list[dict[str, Any]], changes: list[dict[str, Any]]) -> None:
    assert controller_seconds(journal, changes) == 0
