"""Decides that a build is whole or not there, is not done twice, and goes on after an interruption."""

import fcntl
import threading
import time
from collections.abc import Iterator

import pytest

from tests.unit.toolchain.conftest import Machine
from tools.toolchain import ToolchainError, locate
from tools.toolchain.building import build_missing
from tools.toolchain.cache import bin_directory, cache_root, is_built
from tools.toolchain.catalogue import BY_NAME, PROGRAMS

CADDY, ZLINT, PULUMI = BY_NAME["caddy"], BY_NAME["zlint"], BY_NAME["pulumi"]
SECONDS_TO_WAIT = 20


@pytest.fixture(autouse=True)
def go(machine: Machine) -> None:
    """Every test here has a Go."""
    machine.install_go()


@pytest.fixture
def another_setup() -> Iterator[threading.Event]:
    """Another setup that holds the lock until the event is set."""
    cache_root().mkdir(parents=True)
    ended = threading.Event()
    with (cache_root() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711")
        lock.flush()

        def release() -> None:
            ended.wait(SECONDS_TO_WAIT)
            fcntl.flock(lock, fcntl.LOCK_UN)

        holder = threading.Thread(target=release)
        holder.start()
        yield ended
        ended.set()
        holder.join()


def _wait_until_printed(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    deadline = time.monotonic() + SECONDS_TO_WAIT
    printed = ""
    while text not in printed:
        assert time.monotonic() < deadline, f"{text!r} was not printed, but {printed!r}"
        printed += capsys.readouterr().out
        time.sleep(0.01)


def test_what_is_missing_is_built_and_found(machine: Machine) -> None:
    build_missing(PROGRAMS)
    assert machine.builds() == [program.package for program in PROGRAMS]
    assert all(locate(program.name).read_text() == "whole\n" for program in PROGRAMS)


def test_a_second_time_builds_nothing(machine: Machine) -> None:
    build_missing(PROGRAMS)
    before = machine.builds()
    build_missing(PROGRAMS)
    assert machine.builds() == before


def test_pulumi_gets_its_two_scripts_beside_it_executable() -> None:
    build_missing([PULUMI])
    beside = {path.name: path.stat().st_mode & 0o777 for path in bin_directory(PULUMI).iterdir()}
    assert beside["pulumi-language-python-exec"] == beside["pulumi-resource-pulumi-python"] == 0o755


def test_sources_are_pinned_and_the_version_is_stamped(machine: Machine) -> None:
    build_missing([BY_NAME["kube-apiserver"]])
    command = machine.build_commands()[0]
    assert "-mod=readonly -trimpath" in command
    assert "version.gitVersion=v1.36.3" in command
    assert "version.gitMinor=36" in command


def test_a_failed_build_leaves_no_program_and_shows_what_go_said(machine: Machine) -> None:
    machine.fail_on(CADDY.package)
    with pytest.raises(ToolchainError, match=r"caddy v2\.11\.9: .*exit code 1\.(.|\n)*no space for the linker"):
        build_missing([CADDY])
    assert not is_built(CADDY)


def test_the_next_run_goes_on_behind_what_was_built(machine: Machine) -> None:
    machine.fail_on(CADDY.package)
    with pytest.raises(ToolchainError):
        build_missing([ZLINT, CADDY])
    machine.fail_on("")
    build_missing([ZLINT, CADDY])
    assert machine.builds() == [ZLINT.package, CADDY.package, CADDY.package]


def test_half_a_program_of_an_interrupted_build_is_in_nobodys_way(machine: Machine) -> None:
    machine.install("caddy.part", "half", folder=bin_directory(CADDY))
    build_missing([CADDY])
    assert locate("caddy").read_text() == "whole\n"
    assert not (bin_directory(CADDY) / "caddy.part").exists()


def test_a_build_says_which_of_how_many_it_is_and_how_long_it_usually_takes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    build_missing([ZLINT, CADDY])
    printed = capsys.readouterr().out
    assert "[2/2] caddy v2.11.9: started; usually takes about 2:00 on 2 cores" in printed


def test_two_setups_side_by_side_do_not_build_the_same_twice(
    machine: Machine, another_setup: threading.Event, capsys: pytest.CaptureFixture[str]
) -> None:
    waiting = threading.Thread(target=build_missing, args=([CADDY],))
    waiting.start()
    _wait_until_printed("Another setup (process 4711) is building; waiting for it.", capsys)
    machine.put_into_cache("caddy")
    another_setup.set()
    waiting.join(SECONDS_TO_WAIT)
    assert not waiting.is_alive()
    assert machine.builds() == []


def test_a_setup_that_waited_builds_what_the_other_did_not(
    machine: Machine, another_setup: threading.Event, capsys: pytest.CaptureFixture[str]
) -> None:
    waiting = threading.Thread(target=build_missing, args=([CADDY],))
    waiting.start()
    _wait_until_printed("Another setup", capsys)
    assert machine.builds() == []
    another_setup.set()
    waiting.join(SECONDS_TO_WAIT)
    assert machine.builds() == [CADDY.package]


def test_a_cache_that_cannot_be_written_is_named_with_the_remedy(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (machine.folder / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(machine.folder / "file"))
    with pytest.raises(ToolchainError, match=r"cannot be written \(Not a directory\): set XDG_CACHE_HOME"):
        build_missing([CADDY])
