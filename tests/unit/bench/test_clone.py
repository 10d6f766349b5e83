"""A command of make in a clone: what it has printed of its stages, and how it ends."""

from pathlib import Path

import pytest

from tools.bench.clone import lend_environment, make
from tools.bench.errors import BenchError
from tools.bench.project import REPOSITORY

_MAKEFILE = """
fine:
\t@echo "<== unit tests of pki: fine after 12 s"
\t@echo "<== mypy: FAILED after 3 s (exit code 1)"
bad:
\t@echo "what went wrong"; exit 3
where:
\t@echo "<== $$PATH: fine after 0 s"
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "Makefile").write_text(_MAKEFILE, "utf-8")
    return tmp_path


def test_stages_that_ended_well_are_kept_with_their_seconds(tree: Path) -> None:
    made = make(tree, "fine")
    assert made.stages == {"unit tests of pki": 12}
    assert made.seconds > 0


def test_a_command_that_fails_is_named_with_what_it_printed_last(tree: Path) -> None:
    with pytest.raises(BenchError, match=r"make bad in .* ended with 2:\n(.*\n)*what went wrong"):
        make(tree, "bad")


def test_a_clone_does_not_find_the_programs_of_this_environment(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = str(REPOSITORY / ".venv" / "bin")
    monkeypatch.setenv("PATH", f"{ours}:/usr/bin:/bin")
    assert list(make(tree, "where").stages) == ["/usr/bin:/bin"]


def test_what_is_lent_is_newer_than_what_it_was_installed_from(tree: Path) -> None:
    names = ("requirements-build.txt", "requirements-dev.txt", "requirements-lab.txt")
    for name in names:
        (tree / name).touch()
    lend_environment(tree)
    stamps = [stamp.stat().st_mtime for stamp in (tree / ".venv").glob("installed*")]
    assert stamps
    assert all((tree / name).stat().st_mtime < min(stamps) for name in names)
