"""The workflows under .github: what they may do, where their secrets go, and that they call nothing but our scripts."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.documents import REPOSITORY
from tests.helpers.workflows import FILES, Step, jobs, steps, triggers

_SECRET = re.compile(r"secrets\.(\w+)|github\.token")
_SCRIPT = re.compile(r'(?:python3 )?((?:\.ci|ci)/[\w./]+)(?: ci-out/comment\.md)?(?: "\$STACK")?')
_PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def _lint(*files: Path) -> subprocess.CompletedProcess[str]:
    # They colour what they print where CI is set.
    environment = {**os.environ, "NO_COLOR": "1"}
    command = [REPOSITORY / "ci" / "lint_workflows.sh", *files]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_actionlint_and_zizmor_find_nothing() -> None:
    done = _lint()
    assert (done.returncode, done.stdout) == (0, "No findings to report. Good job!\n"), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "here", "there", "found"),
    [
        ("preview", "needs: preview", "needs: previews", "needs job"),
        ("preview", "persist-credentials: false", "persist-credentials: true", "artipacked"),
        ("preview", "  pull_request:", "  pull_request_target:", "dangerous-triggers"),
        ("up", "matrix.stack }}", "matrix.stacks }}", '"stacks" is not defined'),
        ("up", 'ci/up.sh "$STACK"', "ci/up.sh ${{ github.head_ref }}", "template-injection"),
        ("up", "permissions: {}\n", "permissions: write-all\n", "excessive-permissions"),
        ("verify", "17 * * * *", "17 * * * * *", "invalid CRON format"),
        (
            "verify",
            "actions/setup-python@a309ff8b426b58ec0e2a45f0f869d46889d02405",
            "actions/setup-python@v6",
            "unpinned",
        ),
        ("verify", "    environment: preview-${{ matrix.stack }}\n", "", "secrets-outside-env"),
        ("checks", "timeout-minutes: 90", "timeout-minute: 90", 'unexpected key "timeout-minute"'),
    ],
)
def test_a_twin_with_one_defect_is_found(tmp_path: Path, file: str, here: str, there: str, found: str) -> None:
    text = (REPOSITORY / ".github" / "workflows" / f"{file}.yml").read_text("utf-8")
    assert here in text
    twin = tmp_path / f"{file}.yml"
    twin.write_text(text.replace(here, there), "utf-8")
    done = _lint(twin)
    assert done.returncode == 1
    assert found in done.stdout + done.stderr


def test_there_are_four() -> None:
    assert sorted(file.name for file in FILES) == ["checks.yml", "preview.yml", "up.yml", "verify.yml"]


def test_a_pull_request_is_previewed_main_is_deployed_and_the_clock_verifies() -> None:
    assert triggers("preview") == {"pull_request": None}
    assert triggers("up") == {"push": {"branches": ["main"]}, "workflow_dispatch": None}
    assert triggers("verify") == {"schedule": [{"cron": "17 * * * *"}], "workflow_dispatch": None}
    called = {name: [one.run for one in steps(name) if one.run][-1] for name in ("preview", "up", "verify")}
    assert called == {
        "preview": 'python3 ci/post_comment.py ci-out/comment.md "$STACK"',
        "up": 'ci/up.sh "$STACK"',
        "verify": 'ci/verify.sh "$STACK"',
    }


def _all_steps() -> Iterator[Step]:
    for file in FILES:
        yield from steps(file.stem)


@pytest.mark.parametrize("step", [one for one in _all_steps() if one.run], ids=str)
def test_a_step_runs_one_script_of_the_repository_and_nothing_else(step: Step) -> None:
    called = _SCRIPT.fullmatch(step.run or "")
    assert called is not None
    script = REPOSITORY / called[1]
    assert script.is_file()
    assert os.access(script, os.X_OK) or (step.run or "").startswith("python3 ")


@pytest.mark.parametrize("step", [one for one in _all_steps() if one.uses], ids=str)
def test_an_action_is_pinned_by_its_commit_and_names_the_version(step: Step) -> None:
    text = step.file.read_text("utf-8")
    lines = {line for line in text.splitlines() if f"uses: {step.uses}" in line}
    assert lines
    assert all(_PINNED.fullmatch(line.split("uses: ")[1]) for line in lines)


def test_the_action_of_pulumi_only_installs_the_cli_that_the_tests_run_with() -> None:
    built = (REPOSITORY / "tools" / "go" / "pulumi" / "go.mod").read_text("utf-8")
    version = re.search(r"github.com/pulumi/pulumi/pkg/v3 v(\S+)", built)
    assert version is not None
    given = [one.given for one in _all_steps() if (one.uses or "").startswith("pulumi/actions@")]
    assert given == [{"pulumi-version": version[1]}] * 3


def _secrets(value: Any) -> set[str]:
    return {found[0] for found in _SECRET.finditer(yaml.safe_dump(value))}


def test_secrets_reach_the_environment_of_the_one_step_that_needs_them_and_nothing_else() -> None:
    own = {f"secrets.{name}" for name in _CREDENTIALS}
    needed = {
        'ci/preview.sh "$STACK"': own,
        'ci/up.sh "$STACK"': own | {"secrets.ROOT_CA_KEY"},
        'ci/verify.sh "$STACK"': own,
        'python3 ci/post_comment.py ci-out/comment.md "$STACK"': {"github.token"},
    }
    assert {one.run: _secrets(one.environment) for one in _all_steps() if _secrets(one.environment)} == needed
    for one in _all_steps():
        assert _secrets({**one.whole, "env": None}) == set()
    for file in FILES:
        document = yaml.safe_load(file.read_text("utf-8"))
        for job in document.pop("jobs").values():
            assert _secrets({**job, "steps": None}) == set()
        assert _secrets(document) == set()


_CREDENTIALS = (
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_CONFIG_PASSPHRASE",
    "PGPASSWORD",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "KUBECONFIG_CONTENT",
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
)


def test_nothing_is_handed_on_by_a_step_output() -> None:
    for file in FILES:
        assert not re.search(r"steps\.|GITHUB_OUTPUT|GITHUB_ENV|outputs:", file.read_text("utf-8"))
    for script in (REPOSITORY / "ci").iterdir():
        if script.is_file():
            assert not re.search(r"GITHUB_OUTPUT|GITHUB_ENV", script.read_text("utf-8"))


def test_only_the_job_that_comments_may_write_and_it_has_no_secret() -> None:
    permissions = {(name, job): one["permissions"] for name, job, one in jobs()}
    assert permissions.pop(("preview", "comment")) == {"contents": "read", "pull-requests": "write"}
    assert set(map(str, permissions.values())) == {"{'contents': 'read'}"}
    assert all(yaml.safe_load(file.read_text("utf-8"))["permissions"] == {} for file in FILES)
    (comment,) = (one for name, job, one in jobs() if (name, job) == ("preview", "comment"))
    assert "environment" not in comment


def test_every_job_ends_and_runs_on_a_named_system() -> None:
    assert all(isinstance(one["timeout-minutes"], int) and one["runs-on"] == "ubuntu-24.04" for _, _, one in jobs())


def test_an_up_waits_for_the_one_before_and_is_never_ended() -> None:
    (document,) = (yaml.safe_load(file.read_text("utf-8")) for file in FILES if file.stem == "up")
    assert document["jobs"]["up"]["concurrency"] == {"group": "up-${{ matrix.stack }}", "cancel-in-progress": False}
    assert document["jobs"]["up"]["strategy"]["max-parallel"] == 1


@pytest.mark.parametrize("job", ["preview", "comment"])
def test_a_fork_is_refused_before_anything_but_the_checkout(job: str) -> None:
    first, second, *_ = [one for one in steps("preview") if one.job == job]
    assert (first.uses or "").startswith("actions/checkout@")
    assert second.run == "ci/refuse_fork.sh"


def test_a_job_that_is_run_again_hands_on_nothing_of_the_time_before() -> None:
    its_steps = [one for one in steps("preview") if one.job == "preview"]
    begun = [place for place, one in enumerate(its_steps) if one.run == 'ci/begin.sh "$STACK"']
    # Nothing but the checkout and what refuses a fork, which has no comment, can fail before.
    assert begun == [2]
    (kept,) = (one.given for one in its_steps if (one.uses or "").startswith("actions/upload-artifact@"))
    folder = "ci-out/${{ matrix.stack }}"
    assert kept["path"].splitlines() == [f"{folder}/begun", f"{folder}/comment.md"]
    assert kept["overwrite"] is True


def test_a_preview_that_hangs_ends_before_its_job_so_that_the_steps_after_it_are_run() -> None:
    (job,) = (one for name, key, one in jobs() if (name, key) == ("preview", "preview"))
    (preview,) = (one for one in steps("preview") if (one.run or "").startswith("ci/preview.sh"))
    assert preview.whole["timeout-minutes"] < job["timeout-minutes"]


def test_no_checkout_leaves_a_token_behind() -> None:
    given = [one.given for one in _all_steps() if (one.uses or "").startswith("actions/checkout@")]
    assert given == [{"persist-credentials": False}] * 6
