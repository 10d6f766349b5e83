"""Each look at what a stack, a command, a lab or a test leaves finds what is planted there.

`pulumi` is a shell script here, which leaves what a test makes it leave: the looks are tried, not the engine.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from secrets import token_hex

import pytest

from alb_mtls.pki.keys import private_key_pem
from lab.paths import LabPaths
from lab.principal_name import PrincipalName
from tests.helpers.certificates import make_root
from tests.helpers.clear_text import in_the_clear, in_the_clear_of_lab
from tests.helpers.ops_command import ops
from tests.helpers.stack import REPOSITORY, Stack

SECRET = token_hex(16)
KEY = private_key_pem(make_root().key)
PLAYING = '#!/bin/sh\n[ "$1" = run ] || exit 0\neval "$2"\n'


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack that knows an access key secret, has left nothing yet, and whose `pulumi run SCRIPT` runs a script."""
    monkeypatch.setattr(Stack, "made", [])
    program = tmp_path / "pulumi"
    program.write_text(PLAYING)
    program.chmod(0o755)
    # In the shell of the script, so that no argument names it.
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "kubeconfig").write_text(json.dumps({"users": []}))
    (tmp_path / "state").mkdir()
    environment = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "KUBECONFIG": str(tmp_path / "kubeconfig"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_HOME": str(tmp_path / "home"),
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
        "PLANTED": str(tmp_path / "secret"),
    }
    return Stack(name="test", folder=tmp_path / "test", environment=environment)


def _found() -> list[str]:
    return sorted({each.where for each in in_the_clear(Stack.made)})


def test_a_stack_that_left_nothing_is_clean_though_every_process_has_its_own_credentials(stack: Stack) -> None:
    stack.run("run", "echo fine; echo fine > $TMPDIR/note; sleep 0.3")
    assert _found() == []


def test_output_files_arguments_and_environments_of_processes_are_looked_at(stack: Stack) -> None:
    """The engine hands on secrets in variables of known names: those are left out, and no others."""
    stack.handed_on.add("NOTE")
    script = "cat $PLANTED >&2; cp $PLANTED $(mktemp); NOTE=$(cat $PLANTED) OTHER=$(cat $PLANTED) sleep 1"
    stack.run("run", script, SECRET)
    [arguments, environment, output, file] = _found()
    assert arguments.startswith("arguments of sh pulumi run ")
    assert environment == "environment of sleep 1, OTHER"
    assert output == "output of stack test"
    assert file.startswith("tmp/")


def test_a_passphrase_that_a_stack_was_given_is_looked_for_and_nothing_of_it_is_found_where_none_was(
    stack: Stack,
) -> None:
    words = token_hex(8)
    stack.run("run", f"echo {words[:4]} {words[4:8]} {words[8:]}")
    stack.secrets["the passphrase of the CA's key"] = words
    assert _found() == []
    (stack.folder / "note").write_text(f"openssl rsa -passin pass:{words}")
    assert {each.secret for each in in_the_clear(Stack.made)} == {"the passphrase of the CA's key"}


def test_an_answer_that_was_requested_with_its_secrets_is_left_out_but_not_what_was_printed_beside_it(
    stack: Stack, tmp_path: Path
) -> None:
    (tmp_path / "pulumi").write_text("#!/bin/sh\ncat $PLANTED\n")
    assert stack.exported(secrets=True) == stack.succeeds("stack", "export", "--show-secrets") == SECRET
    assert _found() == []
    (tmp_path / "pulumi").write_text("#!/bin/sh\ncat $PLANTED >&2\n")
    stack.exported(secrets=True)
    assert _found() == ["output of stack test"]


def test_the_output_arguments_and_environment_of_an_ops_command_are_looked_at(stack: Stack) -> None:
    assert ops(stack, "status", f"--{SECRET}", NOTE=SECRET).code == 2
    assert {where.partition(" of ")[0] for where in _found()} == {"output", "arguments", "environment"}


@pytest.fixture
def lab(tmp_path: Path) -> LabPaths:
    """The files of a lab that has an access key secret and tokens, and has written nothing secret."""
    paths = LabPaths(folder=tmp_path)
    paths.logs.mkdir()
    paths.log("daemon").write_text("ready\n")
    paths.journal.write_text('{"api": "ListCert"}\n')
    credentials = {"accessKeyId": "id", "accessKeySecret": SECRET, "securityToken": f"sts-{SECRET[::-1]}"}
    paths.status.write_text(json.dumps({"accessKeys": {"up": credentials}}))
    for user in PrincipalName:
        content = {"users": [{"name": user, "user": {"token": f"token-of-{user}-{SECRET[:8]}"}}]}
        paths.kubeconfig_of(user).write_text(json.dumps(content))
    return paths


def test_a_lab_that_wrote_nothing_secret_is_clean(lab: LabPaths) -> None:
    assert in_the_clear_of_lab(lab) == []


@pytest.mark.parametrize(
    "planted",
    [SECRET, f"sts-{SECRET[::-1]}", f"token-of-preview-{SECRET[:8]}", KEY],
    ids=["access key secret", "security token", "token of the kubeconfig", "private key"],
)
def test_what_a_lab_wrote_is_looked_at(lab: LabPaths, planted: str) -> None:
    with lab.journal.open("a") as journal:
        journal.write(json.dumps({"effect": planted}) + "\n")
    lab.log("apiserver").write_text(f"I1125 {planted}\n")
    assert {found.where for found in in_the_clear_of_lab(lab)} == {"journal.jsonl", "apiserver.log"}


PRINTING = """
import base64, logging, sys
import pytest

KEY = "-----BEGIN " + "PRIVATE KEY-----"

@pytest.fixture
def printing():
    print(KEY)
    yield

@pytest.fixture
def printing_afterwards():
    yield
    print(KEY)

def test_stdout(): print(KEY)
def test_stderr(): print(base64.b64encode(b"x" + KEY.encode()).decode(), file=sys.stderr)
def test_log(): logging.getLogger("some").warning("here: %s", KEY)
def test_setup(printing): pass
def test_teardown(printing_afterwards): pass
def test_taken(capsys):
    print(KEY)
    assert KEY in capsys.readouterr().out
def test_clean(): print("BEGIN PRIVATE KEY")
def test_clean_taken(capsys):
    print("BEGIN PRIVATE KEY")
    assert capsys.readouterr().out
"""


def test_a_test_that_prints_a_private_key_fails(tmp_path: Path) -> None:
    (tmp_path / "test_printing.py").write_text(PRINTING)
    # The very file of this suite, as a plugin of a suite beside it.
    words = ["-q", "-rfEp", "--strict-markers", "-p", "no:cacheprovider", "-p", "tests.conftest", "--rootdir", "."]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "test_printing.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    reports = re.findall(r"^(FAILED|ERROR|PASSED) test_printing\.py::test_(\w+)", done.stdout, re.MULTILINE)
    failed = {(phase, name) for phase, name in reports if phase != "PASSED"}
    assert failed == {
        *(("FAILED", name) for name in ("stdout", "stderr", "log")),
        *(("ERROR", name) for name in ("setup", "teardown", "taken")),
    }, done.stdout
    assert {("PASSED", "clean"), ("PASSED", "clean_taken")} <= {*reports}
    assert "Captured stdout call: a private key as PEM" in done.stdout
