"""Decides which binary is used where several could be."""

import hashlib
import shutil
from pathlib import Path

import pytest

from tests.unit.toolchain.conftest import Machine, files
from tools.toolchain import ProgramMissingError, bin_directories, locate, programs
from tools.toolchain.programs import BY_NAME, LAB, MODULES, cache_root


@pytest.mark.parametrize(
    ("name", "prints"),
    [
        ("pulumi", "v3.259.0"),
        ("kube-apiserver", "Kubernetes v1.36.3"),
        ("etcd", "etcd Version: 3.6.8\nGit SHA: Not provided\nGo Version: go1.26.8"),
        ("caddy", "v2.11.9 h1:abcdef="),
        ("zlint", "ZLint version v3.7.3"),
        ("actionlint", "v1.7.12\ninstalled by building from source\nbuilt with go1.26.8 compiler for linux/amd64"),
    ],
)
def test_an_installed_program_that_is_recent_enough_is_taken(machine: Machine, name: str, prints: str) -> None:
    machine.put_into_cache(name)
    for file in files(BY_NAME[name]):
        machine.install(file, prints)
    assert locate(name) == machine.folder / "bin" / name


@pytest.mark.parametrize("prints", ["v2.6.2", "v2.9.0", "v3.0.0", "dev-unknown", ""])
def test_one_that_is_too_old_or_of_another_major_version_or_without_any_is_not(machine: Machine, prints: str) -> None:
    machine.install("caddy", prints)
    built = machine.put_into_cache("caddy")
    assert locate("caddy") == built


def test_kubebuilder_assets_come_before_path_unless_they_are_too_old(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path = machine.install("etcd", "etcd Version: 3.6.1")
    asset = machine.install("etcd", "etcd Version: 3.6.2", folder="assets")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(asset.parent))
    assert locate("etcd") == asset
    machine.install("etcd", "etcd Version: 3.4.23", folder="assets")
    assert locate("etcd") == on_path


@pytest.mark.parametrize("lacking", files(BY_NAME["pulumi"]))
def test_an_installed_or_built_pulumi_that_lacks_a_part_is_not_taken(machine: Machine, lacking: str) -> None:
    for name in {*files(BY_NAME["pulumi"])} - {lacking}:
        machine.install(name, "v3.300.1")
    built = machine.put_into_cache("pulumi")
    assert locate("pulumi") == built
    (built.parent / lacking).unlink()
    with pytest.raises(ProgramMissingError, match="pulumi is neither installed in a recent version nor built: run"):
        locate("pulumi")


def test_the_cache_on_path_is_no_installation(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = machine.install("caddy", "v2.11.9", folder="cache/alb-mtls/other/bin")
    monkeypatch.setenv("PATH", str(stale.parent))
    with pytest.raises(ProgramMissingError):
        locate("caddy")


def test_a_program_that_is_built_lies_under_the_digest_of_its_go_sum(machine: Machine) -> None:
    digest = hashlib.sha256((MODULES / "caddy" / "go.sum").read_bytes()).hexdigest()
    assert machine.put_into_cache("caddy") == machine.folder / "cache" / "alb-mtls" / digest / "bin" / "caddy"


def test_a_program_of_our_own_lies_under_another_digest_once_its_source_is_changed(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = machine.folder / "modules"
    shutil.copytree(MODULES / "s3-server", copied / "s3-server")
    monkeypatch.setattr(programs, "MODULES", copied)
    built = machine.put_into_cache("s3-server")
    assert locate("s3-server") == built
    with (copied / "s3-server" / "main.go").open("a") as source:
        source.write("// another line\n")
    with pytest.raises(ProgramMissingError):
        locate("s3-server")


def test_a_program_of_our_own_is_never_taken_from_path(machine: Machine) -> None:
    machine.install("s3-server", "v9.9.9")
    with pytest.raises(ProgramMissingError, match="s3-server is neither installed in a recent version nor built"):
        locate("s3-server")


def test_a_relative_cache_folder_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_root() == Path.home() / ".cache" / "alb-mtls"


def test_folders_for_path_hold_every_program_of_the_lab_and_begin_with_what_was_built(machine: Machine) -> None:
    # The installed etcd's folder has a caddy that is too old: it must not come first.
    machine.install("etcd", "etcd Version: 3.6.1")
    machine.install("caddy", "v2.6.2")
    of_the_lab = [program.name for program in LAB]
    for name in {*of_the_lab} - {"etcd"}:
        machine.put_into_cache(name)
    folders = bin_directories()
    first = {name: next(folder for folder in folders if (folder / name).exists()) for name in of_the_lab}
    assert first == {name: locate(name).parent for name in of_the_lab}
