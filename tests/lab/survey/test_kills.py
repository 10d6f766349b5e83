"""A survey that is killed at any of its writes leaves nothing that `--put-back` does not put back.

Held at a call by the lab's journal and killed with SIGKILL, so what was done and what the process knew is certain.
Without `--all-surveys` some points of short surveys are tried. What is left by one that is killed with its claim alone
is tried where a second survey comes.
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
    (("bound_ca_deletion",), Point(service="kubernetes", api="patch albconfigs", number=2, stage="after-effect")),
    (("bound_ca_deletion",), Point(service="cas", api="DeletePCACert", number=1, stage="after-effect")),
    (("filled_repository",), Point(service="cas", api="CreateWarehouse", number=1, stage="after-effect")),
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Try all points, or a sample."""
    if "point" in metafunc.fixturenames:
        every = metafunc.config.getoption("--all-surveys")
        metafunc.parametrize(
            ("questions", "point"), [(QUESTIONS, one) for one in POINTS] if every else SAMPLED, ids=str
        )


@pytest.fixture
def quick(lab: LabHandle) -> LabHandle:
    """A lab that takes a leaf and deletes a bound CA, so that there is more to put back, and follows at once."""
    lab.management.patch("/timings", json={"configuring_seconds": 0}).raise_for_status()
    cloud = {"leaf_upload_rejected": False, "bound_ca_deletion_rejected": False}
    lab.management.patch("/behaviour", json={"cloud": cloud}).raise_for_status()
    give_repository(lab)
    lab.management.delete("/journal").raise_for_status()
    return lab


def test_these_are_its_writes(pytestconfig: pytest.Config, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if not pytestconfig.getoption("--all-surveys"):
        pytest.skip("only with --all-surveys, which the table is for")
    quick: LabHandle = request.getfixturevalue("quick")
    process = begin(quick, tmp_path / "survey.json", *QUESTIONS)
    assert process.wait(120) == 0, (tmp_path / "survey.log").read_text()

    entries: list[dict[str, Any]] = quick.management.get("/journal").json()
    made = Counter((one["service"], one["api"]) for one in entries if one["status"] < 300)
    rejected = {("cas", "DeleteWarehouse"): 1}
    assert {call: made[call] + rejected.get(call, 0) for call in WRITES} == WRITES


def test_what_a_killed_survey_leaves_is_put_back(
    quick: LabHandle, tmp_path: Path, questions: tuple[str, ...], point: Point
) -> None:
    before, alb_before = spec_and_annotations(quick), on_alb(quick)
    process = hold(quick, point, lambda: begin(quick, tmp_path / "survey.json", *questions))
    process.kill()
    process.wait()
    let_go(quick)

    done = put_back(quick)
    assert done.returncode == 0, done.stderr
    assert spec_and_annotations(quick) == before
    assert on_alb(quick) == alb_before
    assert (certificates(quick), list(repositories(quick))) == ([], [GIVEN])
