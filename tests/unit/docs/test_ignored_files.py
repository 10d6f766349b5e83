"""What the documents let people commit git takes, and no key, password or state that anything here writes."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.export import export_client
from ops.export_all import Selection, export_all
from ops.files import PRIVATE_MODE
from ops.state import parse_state
from tests.helpers import stack_state
from tests.helpers.certificates import make_client, make_root
from tests.helpers.documents import DOCS, REPOSITORY, Example, examples
from tests.helpers.samples import SAMPLES

Ignored = Callable[[str], bool]

_PAGES = sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))
_KEPT_KEYS = {"certificateFile", "csrFile", "csrFolder", "namesFile"}
_SECRET_KEYS = {"keyFile"}
_WRITTEN = re.compile(r"(?P<option>-keyout|-out|>) (?P<file>[\w./-]+\.(?:pem|csr|crt|key|p12|json|txt))\b")
_PRIVATE = (".key", ".p12", "state.json")


@pytest.fixture(scope="module")
def ignored(tmp_path_factory: pytest.TempPathFactory) -> Ignored:
    """Say whether git would leave a file out of a commit, by the rules of this repository alone."""
    folder = tmp_path_factory.mktemp("clone")
    alone = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "init", "--quiet", str(folder)], env=alone, check=True)
    (folder / ".gitignore").write_bytes((REPOSITORY / ".gitignore").read_bytes())

    def ask(path: str) -> bool:
        done = subprocess.run(["git", "check-ignore", "--quiet", path], cwd=folder, env=alone, check=False)
        assert done.returncode in {0, 1}, path
        return done.returncode == 0

    return ask


def _files_of(value: Any, keys: set[str]) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            if key in keys and isinstance(below, str):
                yield below
            yield from _files_of(below, keys)
    elif isinstance(value, list):
        for below in value:
            yield from _files_of(below, keys)


def _named_in_samples(keys: set[str]) -> list[str]:
    shown: list[Example] = [one for page in _PAGES for one in examples(page, "yaml")]
    samples = [*(one.load() for one in shown), *(yaml.safe_load(path.read_text("utf-8")) for path in SAMPLES)]
    found = {file for one in samples for file in _files_of(one, keys)}
    return sorted(file for file in found if not file.startswith("/"))


def _written_by_commands() -> list[tuple[str, bool]]:
    found = set()
    for page in _PAGES:
        for one in (*examples(page, "console"), *examples(page, "bash")):
            for written in _WRITTEN.finditer(one.text):
                file = written["file"]
                private = written["option"] == "-keyout" or file.endswith(_PRIVATE)
                found.add((file, private))
    return sorted((file, private) for file, private in found if not file.startswith((".lab/", "/")))


@pytest.mark.parametrize("file", _named_in_samples(_KEPT_KEYS))
def test_a_file_that_a_sample_reads_and_that_is_no_secret_can_be_committed(ignored: Ignored, file: str) -> None:
    assert not ignored(file)


@pytest.mark.parametrize("file", _named_in_samples(_SECRET_KEYS))
def test_a_key_that_a_sample_reads_cannot_be_committed_by_accident(ignored: Ignored, file: str) -> None:
    assert ignored(file)


@pytest.mark.parametrize(("file", "private"), _written_by_commands())
def test_what_a_command_of_a_page_writes_is_ignored_when_it_is_a_key_or_a_state_and_else_not(
    ignored: Ignored, file: str, *, private: bool
) -> None:
    assert ignored(file) is private
    assert ignored(f"somewhere/else/{file}") is private


@pytest.mark.parametrize("folder", ["alice", "certificates/of/clients", "."])
def test_of_an_export_what_only_its_owner_may_read_is_ignored_and_the_rest_can_be_committed(
    ignored: Ignored, tmp_path: Path, folder: str
) -> None:
    root = make_root()
    clients = {"alice": make_client(root), "devices/a": make_client(root, name="a")}
    exported = [stack_state.client(one, name=name) for name, one in clients.items()]
    state = parse_state(stack_state.exported(stack_state.root_ca(root), *exported), "stack test")
    export_client(state, "alice", out=tmp_path, password_file=None, legacy=False)
    export_all(state, out=tmp_path, selection=Selection(fleet=None, keys=True, remove=False))
    written = [file for file in tmp_path.rglob("*") if file.is_file()]
    private = {file.name: file.stat().st_mode & 0o777 == PRIVATE_MODE for file in written}
    assert {"alice.key", "alice.p12", "alice.p12.password", "a.key"} <= {name for name, one in private.items() if one}
    assert {"alice.crt", "alice.chain.pem", "ca.crt", "ca-1.crt", "a.crt", "export.json"} <= private.keys()
    for file, is_private in private.items():
        assert (file, ignored(f"{folder}/{file}")) == (file, is_private)
        # As it is called until it is whole.
        assert not is_private or ignored(f"{folder}/.{file}.0123456789abcdef")


@pytest.mark.parametrize(
    ("file", "is_ignored"),
    [
        ("ca/root.pem", False),
        ("ca/root-key.pem", True),
        ("pki/root-ca-key-2.pem", True),
        ("csr/monkey.pem", False),
        ("csr/device-7.csr", False),
        ("names.txt", False),
        ("Pulumi.prod.yaml", False),
        ("deny-list.txt", False),
        ("keys/device_key.pem", True),
        ("ca.passphrase", True),
        ("store/.pulumi/stacks/alb-mtls/prod.json", True),
        ("prod.json.bak", True),
        ("prod.kubeconfig", True),
        ("rbac/ram-policy-up.json", False),
    ],
)
def test_files_by_their_usual_names(ignored: Ignored, file: str, *, is_ignored: bool) -> None:
    assert ignored(file) is is_ignored


def test_nothing_that_is_committed_here_is_ignored(ignored: Ignored) -> None:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("this is no clone")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert [one for one in listed.stdout.split("\0") if one.endswith((".pem", ".json", ".crt")) and ignored(one)] == []
