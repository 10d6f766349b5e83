"""A shell of a page keeps what a command exported, and leaves none of it in a file."""

import os
from pathlib import Path

import pytest

from tests.helpers.page_commands import Shell, Step


def _step(text: str, printed: str | None) -> Step:
    return Step(page="how-to/example.md", line=1, section="", text=text, printed=printed)


def test_what_a_command_exports_is_there_for_the_next_and_in_no_file(tmp_path: Path) -> None:
    reader = Shell(folder=tmp_path, replaced={}, environment=dict(os.environ))
    reader.run(_step("export TOKEN=secret", None))
    reader.run(_step("echo $TOKEN", "secret"))
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_prints_otherwise_leaves_its_environment_in_no_file(tmp_path: Path) -> None:
    reader = Shell(folder=tmp_path, replaced={}, environment=dict(os.environ))
    with pytest.raises(AssertionError, match="and printed:\nthis"):
        reader.run(_step("export TOKEN=secret; echo this", "that"))
    assert list(tmp_path.iterdir()) == []
    assert "TOKEN" not in reader.environment
