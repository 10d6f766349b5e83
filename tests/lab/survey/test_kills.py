"""A survey that is killed at any of its writes leaves nothing that `--put-back` does not put back.

Held at a call by the lab's journal and killed with SIGKILL, so what was done and what the process knew is certain.
Without `--all-surveys` some of the points are tried: one for each kind of write, and the stages in turn.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.killing import Point, Stage
from tests.helpers.lab import LabHandle
from tests.helpers.surveying import (
    GIVEN,
    begin,
    certificates,
    give_repository,
    hold,
    let_go,
    on_alb,
    put_back,
    repositories,
    spec_and_annotations,
)

QUESTIONS = ("filled_repository", "same_certificate_again", "leaf_upload", "bound_ca_deletion", "absent_field")
# Of the survey that asks these questions of a lab as `quick` makes it; `test_these_are_its_writes` compares.
WRITES = {
    ("kubernetes", "patch albconfigs"): 8,
    ("cas", "CreateWarehouse"): 1,
    ("cas", "UploadPCACert"): 5,
    ("cas", "DeletePCACert"): 5,
    ("cas", "DeleteWarehouse"): 2,
}
STAGES: tuple[Stage, ...] = ("before", "after-effect", "after-reply")
POINTS = [
    Point(service=service, api=api, number=number, stage=stage)
    for (service, api), count in WRITES.items()
    for number in range(1, count + 1)
    for stage in STAGES
]
SAMPLED = [
    Point(service="kubernetes", api="patch albconfigs", number=1, stage="after-effect"),
    Point(service="kubernetes", api="patch albconfigs", number=2, stage="after-effect"),
    Point(service="cas", api="CreateWarehouse", number=1, stage="after-effect"),
    Point(service="cas", api="DeletePCACert", number=4, stage="after-effect"),
]


@pytest.fixture
def quick(lab: LabHandle) -> LabHandle:
    """A lab that takes a leaf and deletes a bound CA, so that there is more to put back, and follows at once."""
    lab.management.patch("/timings", json={"configuring_seconds": 0}).raise_for_status()
    cloud = {"leaf_upload_rejected": False, "bound_ca_deletion_rejected": False}
    lab.management.patch("/behaviour", json={"cloud": cloud}).raise_for_status()
    give_repository(lab)
    lab.management.delete("/journal").raise_for_status()
    return lab


def test_these_are_its_writes(quick: LabHandle, tmp_path: Path) -> None:
    process = begin(quick, tmp_path / "survey.json", *QUESTIONS)
    assert process.wait(120) == 0, (tmp_path / "survey.log").read_text()

    entries: list[dict[str, Any]] = quick.management.get("/journal").json()
    made = Counter((one["service"], one["api"]) for one in entries if one["status"] < 300)
    rejected = {("cas", "DeleteWarehouse"): 1}
    assert {call: made[call] + rejected.get(call, 0) for call in WRITES} == WRITES


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_what_a_killed_survey_leaves_is_put_back(
    quick: LabHandle, tmp_path: Path, point: Point, pytestconfig: pytest.Config
) -> None:
    if point not in SAMPLED and not pytestconfig.getoption("--all-surveys"):
        pytest.skip("only with --all-surveys")
    before, alb_before = spec_and_annotations(quick), on_alb(quick)
    process = hold(quick, point, lambda: begin(quick, tmp_path / "survey.json", *QUESTIONS))
    process.kill()
    process.wait()
    let_go(quick)

    done = put_back(quick)
    assert done.returncode == 0, done.stderr
    assert spec_and_annotations(quick) == before
    assert on_alb(quick) == alb_before
    assert (certificates(quick), list(repositories(quick))) == ([], [GIVEN])
    again = put_back(quick)
    assert again.returncode == 0, again.stderr


def test_the_sample_is_of_the_table() -> None:
    assert set(SAMPLED) <= set(POINTS)
