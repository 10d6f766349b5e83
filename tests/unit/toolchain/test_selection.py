"""Decides which binary is used where several could be, and whether the reason is told."""

from pathlib import Path

import pytest

from tests.unit.toolchain.conftest import Machine
from tools.toolchain import ProgramMissingError, bin_directories, locate
from tools.toolchain.catalogue import BY_NAME, PROGRAMS
from tools.toolchain.selection import choose


def _install_pulumi(machine: Machine, *, beside: tuple[str, ...] = BY_NAME["pulumi"].beside) -> Path:
    for name in beside:
        machine.install(name, "")
    return machine.install("pulumi", "v3.300.1")


def test_an_installed_program_that_is_new_enough_is_taken(machine: Machine) -> None:
    caddy = machine.install("caddy", "v2.11.0")
    choice = choose(BY_NAME["caddy"])
    assert (choice.path, choice.version, choice.must_build) == (caddy, "2.11.0", False)
    assert choice.reason == "found in PATH, and at least 2.11.0"


def test_an_installed_program_that_is_too_old_is_not_taken(machine: Machine) -> None:
    caddy = machine.install("caddy", "v2.6.2")
    choice = choose(BY_NAME["caddy"])
    assert choice.must_build
    assert f"{caddy} is 2.6.2, older than 2.11.0" in choice.reason


def test_a_pre_release_of_the_oldest_version_is_not_taken(machine: Machine) -> None:
    machine.install("caddy", "v2.11.0-beta.1")
    assert choose(BY_NAME["caddy"]).must_build


def test_a_program_of_another_major_version_is_not_taken(machine: Machine) -> None:
    machine.install("caddy", "v3.0.0")
    assert "of another major version" in choose(BY_NAME["caddy"]).reason


def test_a_program_that_does_not_tell_its_version_is_not_taken(machine: Machine) -> None:
    machine.install("zlint", "ZLint version dev-unknown")
    assert "does not tell its version" in choose(BY_NAME["zlint"]).reason


def test_a_new_one_behind_an_old_one_on_path_is_taken(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.install("etcd", "etcd Version: 3.4.23")
    newer = machine.install("etcd", "etcd Version: 3.6.1", folder=machine.folder / "newer")
    monkeypatch.setenv("PATH", f"{machine.bin}:{newer.parent}")
    assert locate("etcd") == newer


def test_kubebuilder_assets_come_before_path(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.install("etcd", "etcd Version: 3.6.1")
    asset = machine.install("etcd", "etcd Version: 3.6.2", folder=machine.folder / "assets")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(asset.parent))
    choice = choose(BY_NAME["etcd"])
    assert (choice.path, choice.reason) == (asset, "found in KUBEBUILDER_ASSETS, and at least 3.5.13")


def test_kubebuilder_assets_that_are_too_old_give_way_to_path(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    apiserver = machine.install("kube-apiserver", "Kubernetes v1.36.0")
    asset = machine.install("kube-apiserver", "Kubernetes v1.28.0", folder=machine.folder / "assets")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(asset.parent))
    assert locate("kube-apiserver") == apiserver


def test_only_the_control_plane_is_looked_for_in_kubebuilder_assets(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = machine.install("caddy", "v2.11.9", folder=machine.folder / "assets")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(asset.parent))
    assert choose(BY_NAME["caddy"]).must_build


def test_a_whole_pulumi_installation_is_taken_with_its_language_host(machine: Machine) -> None:
    pulumi = _install_pulumi(machine)
    assert locate("pulumi") == pulumi
    assert locate("pulumi-language-python") == pulumi.with_name("pulumi-language-python")


def test_a_pulumi_without_its_python_provider_is_not_taken_nor_its_language_host(machine: Machine) -> None:
    _install_pulumi(machine, beside=("pulumi-language-python", "pulumi-language-python-exec"))
    assert "lacks pulumi-resource-pulumi-python beside it" in choose(BY_NAME["pulumi"]).reason
    assert choose(BY_NAME["pulumi-language-python"]).must_build


def test_a_program_that_was_built_is_found(machine: Machine) -> None:
    built = machine.put_into_cache("caddy")
    assert locate("caddy") == built


def test_a_program_that_is_nowhere_is_named_with_the_remedy(machine: Machine) -> None:
    machine.install("caddy", "v2.6.2")
    with pytest.raises(ProgramMissingError, match=r"caddy is not there yet .*is 2\.6\.2.*: run `make setup`"):
        locate("caddy")


def test_the_cache_on_path_is_no_installation(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = machine.install("caddy", "v2.11.9", folder=machine.folder / "cache" / "alb-mtls" / "other" / "bin")
    monkeypatch.setenv("PATH", str(stale.parent))
    assert choose(BY_NAME["caddy"]).must_build


def test_folders_for_path_hold_every_program_and_begin_with_what_was_built(machine: Machine) -> None:
    # The installed etcd's folder has a caddy that is too old: it must not come first.
    machine.install("etcd", "etcd Version: 3.6.1")
    machine.install("caddy", "v2.6.2")
    for program in PROGRAMS:
        if program.name != "etcd":
            machine.put_into_cache(program.name)
    folders = bin_directories()
    assert folders[-1] == machine.bin
    first = {name: next(folder for folder in folders if (folder / name).exists()) for name in BY_NAME}
    assert first == {name: locate(name).parent for name in BY_NAME}


def test_folders_for_path_are_not_told_while_a_program_is_missing(machine: Machine) -> None:
    machine.put_into_cache("caddy")
    with pytest.raises(ProgramMissingError):
        bin_directories()
