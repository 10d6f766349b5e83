"""What is timed is the program itself: copies that read less differ from it only in the functions that read."""

import filecmp
from pathlib import Path

import pytest

from tools.bench import project
from tools.bench.errors import BenchError
from tools.bench.table import against

_READING = {
    "preflight/schedule.py",
    "providers/cas_repository.py",
    "providers/listener_claim.py",
    "providers/listener_switch.py",
    "providers/cas_certificate.py",
}


@pytest.mark.parametrize(
    ("reads", "different"),
    [
        ({}, set()),
        ({"report": False}, {"preflight/schedule.py"}),
        ({"report": False, "drift": False}, _READING),
        ({"checkpoints": False}, {"settings.py"}),
    ],
)
def test_a_copy_differs_only_where_it_reads_less_than_the_program(
    tmp_path: Path, reads: dict[str, bool], different: set[str]
) -> None:
    copied = project.program(tmp_path / "copy", **reads) / "components"
    original = project.REPOSITORY / "components"
    names = [str(path.relative_to(original)) for path in original.rglob("*.py")]
    assert {name for name in names if not filecmp.cmp(original / name, copied / name, shallow=False)} == different


def test_a_copy_is_refused_when_the_function_that_reads_has_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tmp_path / "repository"
    (repository / "components" / "preflight").mkdir(parents=True)
    (repository / "components" / "preflight" / "schedule.py").write_text("def look_around():\n    pass\n")
    monkeypatch.setattr(project, "REPOSITORY", repository)
    with pytest.raises(BenchError, match=r"components/preflight/schedule\.py has no function _found\(\) any more"):
        project.program(tmp_path / "copy", report=False)


def test_a_bound_is_met_up_to_its_value_and_missed_beyond_it() -> None:
    bounds = {"aim": 2.0, "limit": 2.5}
    assert [against(figure, bounds) for figure in (2.0, 2.2)] == [
        "aim 2: met, limit 2.5: met",
        "aim 2: MISSED, limit 2.5: met",
    ]
