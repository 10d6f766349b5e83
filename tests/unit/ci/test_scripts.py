"""The scripts that a CI calls, with a pulumi and an `ops` that end as a test says; tests/stack has the real ones."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.answering_server import AnsweringServer, answering, json_reply
from tests.helpers.documents import REPOSITORY

_PULUMI = """env > pulumi.env; echo "$*" > pulumi.words; cat "$ALB_MTLS_REPORT" > pulumi.report 2>/dev/null
[ -z "$KUBECONFIG" ] || { cp -p "$KUBECONFIG" pulumi.kubeconfig; }
[ -z "$ROOT_CA_KEY_FILE" ] || cp -p "$ROOT_CA_KEY_FILE" pulumi.key
[ -z "$ALIBABA_CLOUD_OIDC_TOKEN_FILE" ] || cp -p "$ALIBABA_CLOUD_OIDC_TOKEN_FILE" pulumi.token
cat pulumi.text 2>/dev/null
[ ! -e sleep ] || { touch sleeping; sleep 20; }
exit "$(cat pulumi.code 2>/dev/null || echo 0)"
"""
# `python -m ops COMMAND …`
_PYTHON = """echo "$*" >> python.words
case "$3" in comment) cat comment.text ;; *) echo "printed by $3"; cat "$3.text" 2>/dev/null ;; esac
exit "$(cat "$3.code" 2>/dev/null || echo 0)"
"""
_COMMENT = "<!-- alb-mtls alb-mtls/staging -->\n**Nobody is locked out**\n"
_KUBECONFIG = "users: [{user: {token: an-invented-token}}]"


@dataclass(frozen=True)
class Checkout:
    """A folder with the scripts and programs that pretend."""

    folder: Path

    def call(self, script: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Call a script as a CI does, from another folder."""
        with self.start(script, *arguments, **variables) as process:
            out, errors = process.communicate(timeout=20)
        return subprocess.CompletedProcess(process.args, process.returncode, out, errors)

    def start(self, script: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Begin to."""
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        return subprocess.Popen(
            [self.folder / "ci" / script, *arguments],
            cwd=self.folder.parent,
            env={"PATH": "/usr/bin:/bin", "TMPDIR": str(temporary), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def ends(self, program: str, code: int) -> None:
        """Let pulumi, or a command of ops, end with a code."""
        (self.folder / f"{program}.code").write_text(str(code))

    def read(self, name: str) -> str:
        """Return what a program has left."""
        return (self.folder / name).read_text("utf-8")

    @property
    def comment(self) -> Path:
        """The file for a pull request."""
        return self.folder / "ci-out" / "staging" / "comment.md"

    def leftovers(self) -> list[Path]:
        """Return what is left in the folder for temporary files."""
        return list((self.folder / "tmp").iterdir())


def _program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}", "utf-8")
    path.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    folder = tmp_path / "checkout"
    _program(folder / ".venv" / "bin" / "pulumi", _PULUMI)
    _program(folder / ".venv" / "bin" / "python", _PYTHON)
    (folder / "ci").symlink_to(REPOSITORY / "ci")
    (folder / "comment.text").write_text(_COMMENT, "utf-8")
    return Checkout(folder)


@pytest.mark.parametrize("command", ["preview", "up"])
@pytest.mark.parametrize("code", [0, 255])
def test_it_ends_as_pulumi_does_and_writes_the_comment_either_way(checkout: Checkout, command: str, code: int) -> None:
    checkout.ends("pulumi", code)
    checkout.ends("comment", 1 if code else 0)
    assert checkout.call(f"{command}.sh", "staging").returncode == code
    assert checkout.comment.read_text("utf-8") == _COMMENT
    assert f"--exit-code {code} --command {command} --stack staging --gate" in checkout.read("python.words")
    assert checkout.read("pulumi.words").startswith(f"{command} --stack staging --")


def test_a_preview_that_ended_well_is_red_where_the_comment_says_so(checkout: Checkout) -> None:
    checkout.ends("comment", 1)
    assert checkout.call("preview.sh", "staging").returncode == 1
    assert checkout.comment.read_text("utf-8") == _COMMENT


@pytest.mark.parametrize(("code", "text"), [(2, "half of"), (1, ""), (0, "")])
def test_without_a_comment_it_is_red_and_none_of_an_earlier_run_is_left(
    checkout: Checkout, code: int, text: str
) -> None:
    assert checkout.call("preview.sh", "staging").returncode == 0
    checkout.ends("comment", code)
    (checkout.folder / "comment.text").write_text(text, "utf-8")
    done = checkout.call("preview.sh", "staging")
    assert (done.returncode, checkout.comment.exists()) == (2, False)
    assert "there is no comment on this preview" in done.stderr


def test_the_report_of_an_earlier_run_is_not_taken_for_this_one(checkout: Checkout) -> None:
    checkout.comment.parent.mkdir(parents=True)
    (checkout.comment.parent / "report.json").write_text("of an earlier run", "utf-8")
    checkout.call("preview.sh", "staging")
    assert checkout.read("pulumi.report") == ""
    report = checkout.folder / "ci-out" / "staging" / "report.json"
    assert f"ALB_MTLS_REPORT={report}\n" in checkout.read("pulumi.env")
    assert f"comment --report {report} " in checkout.read("python.words")


def test_the_page_of_the_run_shows_the_comment_and_the_comment_names_that_page(
    checkout: Checkout, tmp_path: Path
) -> None:
    summary = tmp_path / "summary.md"
    of_github = {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_RUN_ID": "12", "GITHUB_REPOSITORY": "example/gateway"}
    checkout.call("preview.sh", "staging", **of_github)
    assert summary.read_text("utf-8") == _COMMENT
    assert "--run-url https://github.com/example/gateway/actions/runs/12" in checkout.read("python.words")
    checkout.call("preview.sh", "staging", CI_JOB_URL="https://gitlab.example/jobs/3")
    assert "--run-url https://gitlab.example/jobs/3" in checkout.read("python.words")


@pytest.mark.parametrize("code", [0, 1])
def test_secrets_lie_in_files_for_their_owner_while_pulumi_runs_and_nowhere_afterwards(
    checkout: Checkout, tmp_path: Path, code: int
) -> None:
    checkout.ends("pulumi", code)
    key_file = tmp_path / "root-ca.key"
    secrets = {"KUBECONFIG_CONTENT": _KUBECONFIG, "ROOT_CA_KEY": "an invented key", "GITHUB_TOKEN": "ghs_invented"}
    assert checkout.call("up.sh", "staging", **secrets, ROOT_CA_KEY_FILE=str(key_file)).returncode == code
    for name, content in (("pulumi.kubeconfig", _KUBECONFIG), ("pulumi.key", "an invented key")):
        assert checkout.read(name) == f"{content}\n"
        assert (checkout.folder / name).stat().st_mode & 0o777 == 0o600
    environment = checkout.read("pulumi.env")
    assert not [secret for secret in secrets.values() if secret in environment]
    assert (key_file.exists(), checkout.leftovers()) == (False, [])


def test_they_are_removed_when_the_job_is_ended_too(checkout: Checkout, tmp_path: Path) -> None:
    (checkout.folder / "sleep").touch()
    key_file = tmp_path / "root-ca.key"
    secrets = {"KUBECONFIG_CONTENT": _KUBECONFIG, "ROOT_CA_KEY": "an invented key", "ROOT_CA_KEY_FILE": str(key_file)}
    with checkout.start("up.sh", "staging", **secrets) as process:
        deadline = time.monotonic() + 10
        while not (checkout.folder / "sleeping").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=10)
    assert (key_file.exists(), checkout.leftovers()) == (False, [])


@pytest.mark.parametrize(
    ("name", "hours", "left"),
    [
        ("alb-mtls-ci.killed", 25, False),
        ("alb-mtls-ci.under-way", 23, True),
        ("of-another-program", 25, True),
    ],
)
def test_what_a_killed_run_left_of_its_secrets_is_removed_by_the_next_one_after_a_day(
    checkout: Checkout, name: str, hours: int, *, left: bool
) -> None:
    folder = checkout.folder / "tmp" / name
    folder.mkdir(parents=True)
    (folder / "kubeconfig").write_text(_KUBECONFIG, "utf-8")
    then = time.time() - hours * 3600
    os.utime(folder, (then, then))
    assert checkout.call("up.sh", "staging").returncode == 0
    assert [one.name for one in checkout.leftovers()] == [name] * left


def test_a_folder_that_was_killed_is_one_of_those(checkout: Checkout) -> None:
    (checkout.folder / "sleep").touch()
    with checkout.start("up.sh", "staging", KUBECONFIG_CONTENT=_KUBECONFIG) as process:
        deadline = time.monotonic() + 10
        while not (checkout.folder / "sleeping").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=10)
    [left] = checkout.leftovers()
    assert (left.name.startswith("alb-mtls-ci."), [one.name for one in left.iterdir()]) == (True, ["kubeconfig"])


def test_a_key_that_is_there_already_is_neither_overwritten_nor_removed(checkout: Checkout, tmp_path: Path) -> None:
    key_file = tmp_path / "root-ca.key"
    key_file.write_text("another", "utf-8")
    done = checkout.call("up.sh", "staging", ROOT_CA_KEY="an invented key", ROOT_CA_KEY_FILE=str(key_file))
    assert (done.returncode, key_file.read_text("utf-8")) == (2, "another")
    assert "is there already; unset ROOT_CA_KEY" in done.stderr
    assert checkout.call("up.sh", "staging", ROOT_CA_KEY="an invented key").returncode != 0
    assert not (checkout.folder / "pulumi.words").exists()


def test_a_variable_that_the_ci_leaves_empty_changes_nothing(checkout: Checkout) -> None:
    empty = ("KUBECONFIG_CONTENT", "ROOT_CA_KEY", "ROOT_CA_KEY_FILE", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN")
    assert checkout.call("up.sh", "staging", **dict.fromkeys(empty, "")).returncode == 0
    environment = checkout.read("pulumi.env")
    assert "\nKUBECONFIG=" not in f"\n{environment}"


@pytest.mark.parametrize(
    ("status", "verify", "verdict", "title"),
    [
        (0, 0, 0, None),
        (1, 0, 1, "a finding"),
        (0, 1, 1, "a finding"),
        (2, 1, 1, "a finding"),
        (1, 2, 1, "a finding"),
        (2, 0, 2, "could not be decided"),
        (0, 2, 2, "could not be decided"),
        (0, 130, 2, "could not be decided"),
    ],
)
def test_verify_distinguishes_a_finding_from_what_could_not_be_decided(
    checkout: Checkout, tmp_path: Path, status: int, verify: int, verdict: int, title: str | None
) -> None:
    summary = tmp_path / "summary.md"
    checkout.ends("status", status)
    checkout.ends("verify", verify)
    done = checkout.call("verify.sh", "staging", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == verdict
    # One is asked even when the other has found something.
    assert checkout.read("python.words").splitlines() == [
        "-m ops status --stack staging",
        "-m ops verify --stack staging",
    ]
    for text in (done.stdout, summary.read_text("utf-8")):
        assert "printed by status" in text
        assert "printed by verify" in text
    assert (f"::error title=alb-mtls staging: {title}::" in done.stdout) is (title is not None)


_COMMANDS = "##[add-mask]0\n  ::error::of the cluster\n```\n# of the cluster"


@pytest.mark.parametrize("script", ["preview.sh", "up.sh", "verify.sh"])
def test_the_runner_obeys_nothing_that_stands_in_a_log(checkout: Checkout, script: str) -> None:
    for name in ("pulumi", "status"):
        (checkout.folder / f"{name}.text").write_text(_COMMANDS, "utf-8")
    checkout.ends("comment", 2)
    checkout.ends("status", 1)
    tokens = set()
    for _ in range(2):
        done = checkout.call(script, "staging", GITHUB_ACTIONS="true")
        # The runner reads two streams in no order.
        assert done.stderr == ""
        obeyed, rest = _obeyed(done.stdout)
        assert "##[add-mask]0" in rest
        assert [one for one in obeyed if "title=" not in one] == []
        assert len(obeyed) == 1
        tokens.add(done.stdout.splitlines()[0])
    assert len(tokens) == 2


def test_elsewhere_nothing_is_printed_for_the_runner_of_github(checkout: Checkout) -> None:
    done = checkout.call("preview.sh", "staging")
    assert "::" not in done.stdout + done.stderr


def _obeyed(log: str) -> tuple[list[str], list[str]]:
    """Return what GitHub's runner takes for its commands, and what it only shows (actions/runner, ActionCommand.cs)."""
    obeyed, shown, token = [], [], None
    for line in log.splitlines():
        command = line.strip()
        if token is not None:
            token = None if command == f"::{token}::" else token
            shown.append(line)
        elif command.startswith("::stop-commands::"):
            token = command.removeprefix("::stop-commands::")
        elif command.startswith("::") or "##[" in command:
            obeyed.append(line)
        else:
            shown.append(line)
    assert token is None
    return obeyed, shown


def test_what_the_cluster_says_ends_no_block_on_the_page_of_the_run(checkout: Checkout, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    (checkout.folder / "status.text").write_text(_COMMANDS, "utf-8")
    checkout.call("verify.sh", "staging", GITHUB_STEP_SUMMARY=str(summary))
    lines = summary.read_text("utf-8").splitlines()
    assert "    # of the cluster" in lines
    assert [line for line in lines if line and not line.startswith("    ")] == [
        "### `status` of staging: exit code 0",
        "### `verify` of staging: exit code 0",
    ]


def test_what_a_job_hands_on_is_there_before_its_preview_and_holds_no_comment_of_an_earlier_one(
    checkout: Checkout,
) -> None:
    checkout.call("preview.sh", "staging")
    assert checkout.comment.exists()
    assert checkout.call("begin.sh", "staging").returncode == 0
    assert (checkout.comment.exists(), (checkout.comment.parent / "begun").exists()) == (False, True)
    checkout.call("preview.sh", "staging")
    assert (checkout.comment.exists(), (checkout.comment.parent / "begun").exists()) == (True, True)


def test_a_command_that_is_broken_has_found_nothing(checkout: Checkout) -> None:
    checkout.ends("status", 1)
    (checkout.folder / "status.text").write_text("Traceback (most recent call last):\nKeyError", "utf-8")
    done = checkout.call("verify.sh", "staging")
    assert done.returncode == 2
    assert "could not be decided" in done.stderr


@pytest.mark.parametrize("script", ["preview.sh", "up.sh", "verify.sh"])
@pytest.mark.parametrize("arguments", [[], [""], ["--help"], ["a; b"], ["staging", "production"]])
def test_other_words_than_one_stack_are_refused(checkout: Checkout, script: str, arguments: list[str]) -> None:
    done = checkout.call(script, *arguments)
    assert done.returncode == 2
    assert f"{script} STACK" in done.stderr
    assert not (checkout.folder / "python.words").exists()


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"GITHUB_REPOSITORY": "example/gateway", "HEAD_REPOSITORY": "example/gateway"}, 0),
        ({"BASE_REPOSITORY": "example/gateway", "HEAD_REPOSITORY": "example/gateway"}, 0),
        ({"GITHUB_REPOSITORY": "example/gateway", "HEAD_REPOSITORY": "mallory/gateway"}, 1),
        ({"BASE_REPOSITORY": "example/gateway", "HEAD_REPOSITORY": "mallory/gateway"}, 1),
        ({"GITHUB_REPOSITORY": "example/gateway", "HEAD_REPOSITORY": ""}, 1),
        ({"GITHUB_REPOSITORY": "example/gateway"}, 1),
        ({"HEAD_REPOSITORY": "example/gateway"}, 1),
    ],
)
def test_a_fork_is_refused_with_the_reason(
    checkout: Checkout, tmp_path: Path, variables: dict[str, str], code: int
) -> None:
    summary = tmp_path / "summary.md"
    done = checkout.call("refuse_fork.sh", **variables, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == code
    if code and len(variables) > 1:
        assert "::error title=No preview for a fork::This pull request comes from " in done.stdout
        assert "with the credentials of the stack, so there is none for a fork" in summary.read_text("utf-8")


@pytest.fixture
def token_service() -> Iterator[AnsweringServer]:
    with answering(lambda path: json_reply({"value": "a.signed.token"} if "audience=" in path else {})) as server:
        yield server


def test_with_oidc_the_token_lies_in_a_file_and_what_requests_one_is_not_handed_on(
    checkout: Checkout, token_service: AnsweringServer
) -> None:
    given = {
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:ram::1:oidc-provider/github",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://{token_service.address}/token?api-version=2",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "an-invented-request-token",
    }
    assert checkout.call("preview.sh", "staging", **given).returncode == 0
    assert checkout.read("pulumi.token") == "a.signed.token"
    assert "an-invented-request-token" not in checkout.read("pulumi.env")
    ((path, headers),) = token_service.requests
    assert path == "/token?api-version=2&audience=sts.aliyuncs.com"
    assert headers["Authorization"] == "Bearer an-invented-request-token"
    assert checkout.leftovers() == []


def test_without_the_permission_for_a_token_pulumi_is_not_run(checkout: Checkout) -> None:
    with answering(lambda _: json_reply({}, 403)) as server:
        done = checkout.call(
            "preview.sh",
            "staging",
            ALIBABA_CLOUD_OIDC_PROVIDER_ARN="acs:ram::1:oidc-provider/github",
            ACTIONS_ID_TOKEN_REQUEST_URL=f"http://{server.address}/token",
            ACTIONS_ID_TOKEN_REQUEST_TOKEN="an-invented-request-token",
        )
    assert done.returncode == 1
    assert "GitHub gave no OIDC token for sts.aliyuncs.com (403): the job needs `id-token: write`" in done.stderr
    assert "an-invented-request-token" not in done.stderr
    assert not (checkout.folder / "pulumi.words").exists()
