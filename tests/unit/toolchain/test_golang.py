"""Decides whether a machine that cannot build is told so in one sentence with the remedy, before anything is built."""

import shutil

import pytest

from tests.unit.toolchain.conftest import Machine
from tools.toolchain import ToolchainError
from tools.toolchain.building import build_missing
from tools.toolchain.catalogue import BY_NAME

CADDY = [BY_NAME["caddy"]]
GIGABYTE = 10**9


def _leave_free(monkeypatch: pytest.MonkeyPatch, free: float) -> None:
    usage = shutil.disk_usage("/")._replace(free=int(free * GIGABYTE))
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)


@pytest.mark.usefixtures("machine")
def test_without_go_the_programs_the_version_and_the_remedy_are_named() -> None:
    with pytest.raises(ToolchainError, match=r"Go is not on PATH, and caddy must be built: install Go 1\.26\.0 or"):
        build_missing(CADDY)


def test_a_go_that_is_too_old_is_named_with_both_versions(machine: Machine) -> None:
    machine.install_go("go1.19.8")
    with pytest.raises(ToolchainError, match=r"/go is Go 1\.19\.8, and caddy need 1\.26\.0 or newer"):
        build_missing(CADDY)
    assert machine.builds() == []


def test_a_go_that_is_new_enough_builds(machine: Machine) -> None:
    machine.install_go("go1.26.0")
    build_missing(CADDY)
    assert machine.builds() == [BY_NAME["caddy"].package]


def test_too_small_a_disk_is_told_before_anything_is_built(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.install_go()
    _leave_free(monkeypatch, 0.4)
    with pytest.raises(ToolchainError, match=r"0\.4 GB are free on the disk of .*takes up to 1\.5 GB: make room"):
        build_missing(CADDY)
    assert machine.builds() == []


def test_room_for_what_is_missing_is_enough(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.install_go()
    machine.put_into_cache("pulumi")
    _leave_free(monkeypatch, 1.5)
    build_missing([BY_NAME["pulumi"], *CADDY])
    assert machine.builds() == [BY_NAME["caddy"].package]


def test_a_checksum_database_that_is_off_in_the_settings_of_go_is_refused(machine: Machine) -> None:
    machine.install_go(sumdb="off")
    with pytest.raises(ToolchainError, match="go env -u GOSUMDB"):
        build_missing(CADDY)


@pytest.mark.parametrize(
    ("name", "value"), [("GOFLAGS", "-mod=mod -insecure"), ("GONOSUMDB", "*"), ("GOINSECURE", "*"), ("GOSUMDB", "off")]
)
def test_an_environment_that_switches_checksums_off_is_overruled(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    machine.install_go()
    build_missing(CADDY)
    assert machine.build_environment().get(name) != value


def test_a_proxy_and_a_checksum_database_of_the_users_own_stay(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOPROXY", "file:///a/proxy")
    monkeypatch.setenv("GOSUMDB", "a.mirror")
    machine.install_go()
    build_missing(CADDY)
    environment = machine.build_environment()
    assert (environment["GOPROXY"], environment["GOSUMDB"]) == ("file:///a/proxy", "a.mirror")
