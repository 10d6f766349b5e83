"""Decides whether a version is read from what programs really print, and compared as people compare releases."""

import pytest

from tests.unit.toolchain.conftest import Machine
from tools.toolchain.versions import Version, ask_version, parse_version


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ("v3.259.0", Version(3, 259, 0)),
        ("Kubernetes v1.36.3", Version(1, 36, 3)),
        ("etcd Version: 3.6.8\nGit SHA: Not provided\nGo Version: go1.26.8", Version(3, 6, 8)),
        ("v2.11.9 h1:abcdef=", Version(2, 11, 9)),
        ("ZLint version v3.7.3", Version(3, 7, 3)),
        ("go1.26", Version(1, 26, 0)),
        ("go1.27rc1", Version(1, 27, 0, released=False)),
        ("v3.260.0-alpha.1700000000", Version(3, 260, 0, released=False)),
    ],
)
def test_a_version_is_read_from_what_a_program_prints(printed: str, version: Version) -> None:
    assert parse_version(printed) == version


@pytest.mark.parametrize("printed", ["", "unknown", "ZLint version dev-unknown", "commit 1234567"])
def test_no_version_is_read_where_none_is_printed(printed: str) -> None:
    assert parse_version(printed) is None


def test_numbers_are_compared_as_numbers() -> None:
    assert Version(3, 59) < Version(3, 259)


def test_a_pre_release_comes_before_its_release_and_after_the_one_before() -> None:
    assert Version(3, 258, 9) < Version(3, 259, 0, released=False) < Version(3, 259, 0)


def test_a_program_is_asked_for_its_version(machine: Machine) -> None:
    assert ask_version(machine.install("caddy", "v2.11.9"), ["version"]) == Version(2, 11, 9)


def test_a_program_that_fails_tells_no_version(machine: Machine) -> None:
    broken = machine.script("caddy", "#!/bin/sh\necho v2.11.9\nexit 1\n")
    assert ask_version(broken, ["version"]) is None


def test_a_file_that_cannot_be_run_tells_no_version(machine: Machine) -> None:
    assert ask_version(machine.script("caddy", "neither a script nor a program"), ["version"]) is None
