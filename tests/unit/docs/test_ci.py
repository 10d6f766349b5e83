"""docs/how-to/ci.md can be copied: it names what the workflows use, its scripts parse, and its pipeline calls ours.

These tests decide what can be decided without GitHub and GitLab; whether these accept the files, they cannot.
"""

import os
import re
import subprocess
from typing import Any

import pytest
from typer.main import get_command

from ops.cli import app
from tests.helpers.documents import DOCS, REPOSITORY, Example, codes, examples, read, tables
from tests.helpers.workflows import FILES, jobs, steps

_PAGE = "how-to/ci.md"
# Of the project itself.
_OWN = {"audit.sh", "lint_workflows.sh", "rehearse.sh"}
# What they call.
_PARTS = {"environment.sh", "oidc_token.py"}


def _table(heading: str) -> list[dict[str, str]]:
    (rows,) = (table for table in tables(read(_PAGE)) if heading in table[0])
    return rows


def _pipeline() -> dict[str, Any]:
    (found,) = (one.load() for one in examples(_PAGE, "yaml") if "preview" in one.load())
    pipeline: dict[str, Any] = found
    return pipeline


def test_the_table_of_scripts_has_each_of_them() -> None:
    named = {codes(row["Script"])[0].split()[0].removeprefix("ci/") for row in _table("Script")}
    there = {file.name for file in (REPOSITORY / "ci").iterdir() if file.is_file()}
    assert named == there - _OWN - _PARTS


def test_the_table_of_workflows_has_each_that_is_not_of_the_project_itself() -> None:
    linked = {found for row in _table("Workflow") for found in re.findall(r"workflows/([a-z]+)\.yml", row["Workflow"])}
    assert linked == {file.stem for file in FILES} - {"checks"}


def test_the_table_of_secrets_has_what_the_workflows_take_from_an_environment() -> None:
    named = {(name, kind) for row in _table("Kind") for name, kind in zip(codes(row["Name"]), _kinds(row), strict=True)}
    used = {
        (name, {"secrets": "secret", "vars": "variable"}[store])
        for workflow in ("preview", "up", "verify")
        for step in steps(workflow)
        for value in step.environment.values()
        for store, name in re.findall(r"(secrets|vars)\.(\w+)", value)
    }
    assert named == used


def _kinds(row: dict[str, str]) -> list[str]:
    kinds = row["Kind"].split(", ")
    return kinds * (len(codes(row["Name"])) // len(kinds))


def test_the_environments_are_those_of_the_jobs() -> None:
    environments = {(name, job): one.get("environment") for name, job, one in jobs()}
    reading, writing = "preview-${{ matrix.stack }}", "${{ matrix.stack }}"
    assert environments[("preview", "preview")] == environments[("verify", "verify")] == reading
    assert (environments[("up", "up")], environments[("preview", "comment")]) == (writing, None)


def test_the_pipeline_for_gitlab_calls_the_scripts_as_the_workflows_do() -> None:
    pipeline = _pipeline()
    called = {job: pipeline[job]["script"] for job in ("preview", "up", "verify")}
    assert called == {
        "preview": ["ci/refuse_fork.sh", "ci/setup.sh", "ci/preview.sh staging"],
        "up": ["ci/setup.sh", "ci/up.sh staging"],
        "verify": ["ci/setup.sh", "ci/verify.sh staging"],
    }
    assert all(os.access(REPOSITORY / line.split()[0], os.X_OK) for lines in called.values() for line in lines)
    assert set(pipeline["preview"]["variables"]) == {"HEAD_REPOSITORY", "BASE_REPOSITORY"}
    assert pipeline["preview"]["artifacts"]["paths"] == ["ci-out/staging/comment.md"]


def test_its_cli_is_the_one_that_the_tests_run_with() -> None:
    built = (REPOSITORY / "tools" / "go" / "pulumi" / "go.mod").read_text("utf-8")
    version = re.search(r"github.com/pulumi/pulumi/pkg/v3 v(\S+)", built)
    assert version is not None
    assert _pipeline()["default"]["image"].endswith(f":{version[1]}")


@pytest.mark.parametrize("example", examples(_PAGE, "bash"), ids=lambda one: one.label)
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
    rows = _table("Command")
    assert [set(row) for row in rows] == [{"Command", "0", "1", "2"}] * 2
