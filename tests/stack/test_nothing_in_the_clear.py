"""No secret stands in the clear in anything that a person, a log or another process could see.

Every stack test ends with the same look at what it printed and wrote and at the processes it ran (conftest.py). Here
are the outputs that the other tests have no reason to ask for, the processes looked at more often while they run, and
credentials that are secrets of the stack itself. That each look finds what is planted: tests/unit/scanner.
"""

import json
from pathlib import Path

from tests.crash.recording import stack_on
from tests.helpers.clear_text import in_the_clear, scanner_for
from tests.helpers.lab import LabHandle
from tests.helpers.process_watch import OFTEN_SECONDS, Watch
from tests.helpers.stack import Stack
from tests.helpers.stack_config import P256
from tests.helpers.state_secrets import secrets_of
from tests.stack.conftest import MakeStack

_SECRET_VARIABLE, _ID_VARIABLE = "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_ACCESS_KEY_ID"


def _watched(stack: Stack, *options: str) -> Watch:
    """Deploy, and look at the processes more often than every test does."""
    cli = stack.start("up", "--yes", "--skip-preview", *options, "--stack", stack.name)
    with Watch(cli.pid, every=OFTEN_SECONDS) as watch:
        text, _ = cli.communicate(timeout=240)
    assert cli.returncode == 0, text
    return watch


def test_no_process_is_given_a_secret_and_the_look_after_each_test_knows_the_keys_also_after_destroy(
    stack: Stack, tmp_path: Path
) -> None:
    with stack.without_forks():
        watch = _watched(stack)
    seen = " ".join(watch.names())
    assert "pulumi-language-python" in seen
    assert "components.providers.server" in seen
    scanner = scanner_for(stack)
    found = [
        str(each)
        for s in watch.seen
        for each in scanner.find_in_process(s.name, s.arguments, dict(s.environment), given=stack.environment)
    ]
    assert found == []

    keys = [key for key in secrets_of(tmp_path / "state", "lab") if "PRIVATE KEY" in key]
    assert set(keys) >= {stack.clients()["alice"].private_key_pem}
    assert len(keys) == 2
    stack.destroy()
    assert [key for key in secrets_of(tmp_path / "state", "lab") if "PRIVATE KEY" in key] == keys
    planted = stack.folder / "notes.txt"
    planted.write_text("\n".join(keys[0].splitlines()[1:-1]))
    assert {found.where for found in in_the_clear([stack])} == {"notes.txt"}
    planted.unlink()


def test_no_way_to_look_at_a_stack_shows_a_secret(stack: Stack) -> None:
    before = len(stack.heard)
    previewed = stack.succeeds("preview", "--json", "--stack", stack.name)
    assert json.loads(previewed)["steps"]
    stack.up("--diff")
    stack.set("clients", [{"name": "alice", "key": P256, "validity": "30d"}, {"name": "bob", "key": P256}])
    stack.succeeds("preview", "--json", "--diff", "--stack", stack.name)
    stack.succeeds("up", "--yes", "--diff", "--logtostderr", "-v=5", "--stack", stack.name)
    for words in (("stack", "export"), ("stack", "output", "--json"), ("stack", "history", "--json")):
        stack.succeeds(*words, "--stack", stack.name)
    stack.succeeds("destroy", "--yes", "--diff", "--stack", stack.name)
    calls = ("preview", "up", "preview", "up", "export", "output", "history", "destroy")
    assert len(stack.heard) - before == len(calls)
    assert "pki:RootCertificate" in (stack.folder / "events-2.log").read_text()
    assert in_the_clear([stack]) == []


def test_credentials_that_are_secrets_of_the_stack_reach_the_program_only_by_the_engines_own_way(
    lab: LabHandle, make_stack: MakeStack
) -> None:
    stack = make_stack()
    credentials = lab.status["credentials"]
    stack.succeeds("config", "set", "alicloud:accessKey", credentials["accessKeyId"], "--stack", stack.name)
    # Typed, not an argument: the look at processes would find it there.
    words = ("config", "set", "--secret", "alicloud:secretKey", "--stack", stack.name)
    assert stack.call("pulumi", *words, typed=credentials["accessKeySecret"]).returncode == 0
    known = stack.environment.pop(_SECRET_VARIABLE)
    del stack.environment[_ID_VARIABLE]
    stack.handed_on.add("PULUMI_CONFIG")
    stack.up()
    watch = _watched(stack, "--refresh")
    stack.environment[_SECRET_VARIABLE] = known
    scanner = scanner_for(stack)
    places = {
        each.where
        for s in watch.seen
        for each in scanner.find_in_process(s.name, s.arguments, dict(s.environment), given={})
    }
    # Pulumi's language host hands the program its configuration, decrypted, in this variable: `ps` of other people
    # does not show it, but whoever may read the environment of the process can.
    assert {place.rpartition(", ")[2] for place in places} <= {"PULUMI_CONFIG"}


def test_a_stack_that_no_fixture_made_is_looked_at_too(lab: LabHandle, tmp_path: Path) -> None:
    stack = stack_on(lab, tmp_path)
    assert Stack.made[-1] is stack
    (stack.folder / "tmp" / "note").write_text(stack.environment[_SECRET_VARIABLE])
    assert {found.where for found in in_the_clear(Stack.made)} == {"tmp/note"}
    (stack.folder / "tmp" / "note").unlink()
