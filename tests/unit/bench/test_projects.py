"""What is timed is the program itself: a copy differs from it only in what is needed to time it."""

import filecmp
from pathlib import Path

import pytest

from tools.bench import project
from tools.bench.errors import BenchError


@pytest.mark.parametrize(("checkpoints", "different"), [(True, set()), (False, {"settings.py"})])
def test_a_copy_differs_from_the_program_only_where_it_runs_without_checkpoints(
    tmp_path: Path, checkpoints: bool, different: set[str]
) -> None:
    copied = project.program(tmp_path / "copy", checkpoints=checkpoints) / "components"
    original = project.REPOSITORY / "components"
    names = [str(path.relative_to(original)) for path in original.rglob("*.py")]
    assert {name for name in names if not filecmp.cmp(original / name, copied / name, shallow=False)} == different


@pytest.mark.parametrize("checkpoints", [True, False])
def test_a_copy_that_cannot_run_without_checkpoints_is_made_only_where_none_must(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checkpoints: bool
) -> None:
    repository = tmp_path / "repository"
    (repository / "components").mkdir(parents=True)
    (repository / "components" / "settings.py").write_text("def refuse_checkpoints():\n    pass\n")
    monkeypatch.setattr(project, "REPOSITORY", repository)
    if checkpoints:
        assert project.program(tmp_path / "copy").is_dir()
        return
    with pytest.raises(BenchError, match=r"components/settings\.py has no function refuse_without_checkpoints\(\) any"):
        project.program(tmp_path / "copy", checkpoints=False)
