"""docs/how-to/ci.md can be copied: its workflow and scripts parse, and they pin what the program is tested with.

These tests decide what can be decided without GitHub; whether GitHub accepts the workflow, they cannot.
"""

import re
import subprocess
from typing import Any

import pytest
from typer.main import get_command

from ops.cli import app
from tests.helpers.documents import DOCS, REPOSITORY, Example, examples, read, tables


def _workflow() -> dict[str, Any]:
    (workflow,) = (one.load() for one in examples("how-to/ci.md", "yaml") if "jobs" in one.load())
    found: dict[str, Any] = workflow
    return found


def _steps(job: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = _workflow()["jobs"][job]["steps"]
    return steps


def test_a_pull_request_is_previewed_and_a_push_is_deployed() -> None:
    commands = {job: _steps(job)[-1]["with"]["command"] for job in _workflow()["jobs"]}
    assert commands == {"preview": "preview", "up": "up"}


def test_a_pull_request_from_a_fork_is_not_previewed() -> None:
    assert "head.repo.full_name == github.repository" in _workflow()["jobs"]["preview"]["if"]


@pytest.mark.parametrize("job", ["preview", "up"])
def test_the_pinned_cli_is_the_one_that_the_tests_run_with(job: str) -> None:
    built = (REPOSITORY / "tools" / "go" / "pulumi" / "go.mod").read_text("utf-8")
    version = re.search(r"github.com/pulumi/pulumi/pkg/v3 v(\S+)", built)
    assert version is not None
    assert _steps(job)[-1]["with"]["pulumi-version"] == version[1]


@pytest.mark.parametrize("job", ["preview", "up"])
def test_both_jobs_install_the_same_packages_with_their_hashes(job: str) -> None:
    (script,) = (step["run"] for step in _steps(job) if "run" in step)
    for file in ("requirements-build.txt", "requirements.txt"):
        assert (REPOSITORY / file).is_file()
        assert re.search(rf"--require-hashes .*-r {re.escape(file)}", script)


@pytest.mark.parametrize("example", examples("how-to/ci.md", "bash"), ids=lambda one: one.label)
def test_a_script_is_one_that_bash_reads(example: Example) -> None:
    done = subprocess.run(["bash", "-n"], input=example.text, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_every_command_of_ops_on_the_pages_exists_with_its_options() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined] # a group, since there are several commands
    used = [
        words.split()
        for page in DOCS.rglob("*.md")
        # There a sentence goes on where a command ends.
        if page.parent.name != "messages"
        for words in re.findall(r"python -m ops ([a-z][^`|)>\n]*)", page.read_text("utf-8"))
    ]
    assert {words[0] for words in used} == set(commands)
    for name, *rest in used:
        options = {option for parameter in commands[name].params for option in parameter.opts}
        assert {word for word in rest if word.startswith("--")} <= options


def test_the_table_of_exit_codes_has_all_three() -> None:
    (rows,) = (table for table in tables(read("how-to/ci.md")) if "Command" in table[0])
    assert [set(row) for row in rows] == [{"Command", "0", "1", "2"}] * 2
