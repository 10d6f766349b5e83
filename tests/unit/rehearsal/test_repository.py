"""Pull requests of the rehearsal: branches of a repository of its own."""

from pathlib import Path

import pytest

from tools.rehearsal.repository import MAIN, Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    one = Repository(tmp_path)
    one.git("init", "--quiet", "--initial-branch", MAIN)
    (tmp_path / "stack.yaml").write_text("enabled: false\n")
    one.commit("Begin")
    return one


def test_what_a_pull_request_changes_is_on_the_main_branch_once_it_is_merged_and_not_before(
    repository: Repository,
) -> None:
    repository.branch("on")
    repository.edit("stack.yaml", ("false", "true"))
    repository.commit("Turn on")
    assert repository.git("show", f"{MAIN}:stack.yaml") == "enabled: false\n"
    repository.merge("on")
    assert repository.git("show", f"{MAIN}:stack.yaml") == "enabled: true\n"


def test_an_edit_that_does_not_fit_is_refused_and_changes_nothing(repository: Repository) -> None:
    with pytest.raises(ValueError, match="0 times, not once"):
        repository.edit("stack.yaml", ("false", "true"), ("disabled", "enabled"))
    assert (repository.folder / "stack.yaml").read_text() == "enabled: false\n"
