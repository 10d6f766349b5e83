"""Decides where built programs lie, and when one counts as built."""

import hashlib
import shutil
from pathlib import Path

import pytest

from tests.unit.toolchain.conftest import Machine
from tools.toolchain import catalogue
from tools.toolchain.cache import bin_directory, cache_root, is_built
from tools.toolchain.catalogue import BY_NAME, PROGRAMS
from tools.toolchain.errors import ToolchainError
from tools.toolchain.versions import parse_version


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of tools/go that may be changed."""
    copy = tmp_path / "go"
    shutil.copytree(catalogue.MODULES, copy)
    monkeypatch.setattr(catalogue, "MODULES", copy)
    return copy


def test_a_program_lies_under_the_digest_of_its_go_sum(machine: Machine) -> None:
    go_sum = BY_NAME["caddy"].source / "go.sum"
    digest = hashlib.sha256(go_sum.read_bytes()).hexdigest()
    assert bin_directory(BY_NAME["caddy"]) == machine.folder / "cache" / "alb-mtls" / digest / "bin"


@pytest.mark.usefixtures("machine")
def test_another_go_sum_is_another_folder(modules: Path) -> None:
    before = {name: bin_directory(BY_NAME[name]) for name in ("caddy", "zlint")}
    with (modules / "caddy" / "go.sum").open("a") as go_sum:
        go_sum.write("example.com/another v1.0.0 h1:=\n")
    assert bin_directory(BY_NAME["caddy"]) != before["caddy"]
    assert bin_directory(BY_NAME["zlint"]) == before["zlint"]


@pytest.mark.usefixtures("machine")
def test_pulumi_and_its_language_host_share_a_folder_that_both_go_sums_decide(modules: Path) -> None:
    together = (BY_NAME["pulumi"], BY_NAME["pulumi-language-python"])
    before = [bin_directory(program) for program in together]
    assert before[0] == before[1]
    with (modules / "language-python" / "go.sum").open("a") as go_sum:
        go_sum.write("example.com/another v1.0.0 h1:=\n")
    after = [bin_directory(program) for program in together]
    assert after[0] == after[1] != before[0]


def test_a_relative_cache_folder_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_root() == Path.home() / ".cache" / "alb-mtls"


def test_a_program_counts_as_built_under_its_own_name_only(machine: Machine) -> None:
    machine.install("caddy.part", "", folder=bin_directory(BY_NAME["caddy"]))
    assert not is_built(BY_NAME["caddy"])
    machine.install("caddy", "", folder=bin_directory(BY_NAME["caddy"]))
    assert is_built(BY_NAME["caddy"])


def test_pulumi_counts_as_built_only_with_its_scripts(machine: Machine) -> None:
    folder = bin_directory(BY_NAME["pulumi"])
    machine.install("pulumi", "", folder=folder)
    machine.install("pulumi-language-python-exec", "", folder=folder)
    assert not is_built(BY_NAME["pulumi"])
    machine.install("pulumi-resource-pulumi-python", "", folder=folder)
    assert is_built(BY_NAME["pulumi"])


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_what_is_built_is_not_older_than_what_is_taken(program: catalogue.Program) -> None:
    pinned = parse_version(program.pinned)
    assert pinned is not None
    assert pinned >= program.oldest


@pytest.mark.usefixtures("machine")
def test_a_go_mod_that_lost_its_requirement_is_named(modules: Path) -> None:
    (modules / "caddy" / "go.mod").write_text("module other\n\ngo 1.26.0\n")
    with pytest.raises(ToolchainError, match=r"go\.mod does not require github\.com/caddyserver/caddy/v2"):
        _ = BY_NAME["caddy"].pinned
