"""Decides what a person sees of `make setup`: what was taken and why, or one sentence and exit code 1."""

import sys

import pytest

from tests.unit.toolchain.conftest import Machine
from tools.toolchain import __main__ as command_line
from tools.toolchain.catalogue import PROGRAMS


@pytest.fixture(autouse=True)
def setup_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line is `setup`, and there is a virtual environment."""
    monkeypatch.setattr(sys, "argv", ["toolchain", "setup"])
    monkeypatch.setattr(command_line, "check_room", lambda: None)
    monkeypatch.setattr(command_line, "provide_environment", lambda: False)


def test_every_program_is_told_with_its_version_and_the_reason(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.install_go()
    machine.install("etcd", "etcd Version: 3.6.1")
    assert command_line.main() == 0
    told = capsys.readouterr().out.splitlines()[-len(PROGRAMS) :]
    assert [line.split()[0] for line in told] == [program.name for program in PROGRAMS]
    assert f"etcd 3.6.1: {machine.bin}/etcd (found in PATH, and at least 3.5.13)" in told


@pytest.mark.usefixtures("machine")
def test_what_cannot_be_done_is_one_sentence_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main() == 1
    said = capsys.readouterr().err
    assert said.startswith("Go is not on PATH")
    assert said.count("\n") == 1


@pytest.mark.usefixtures("machine")
def test_without_go_no_package_is_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "provide_environment", lambda: pytest.fail("pip would have run"))
    assert command_line.main() == 1
    assert capsys.readouterr().err.startswith("Go is not on PATH")


def test_without_go_packages_are_installed_when_nothing_has_to_be_built(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in PROGRAMS:
        machine.put_into_cache(program.name)
    installed: list[bool] = []

    def provide() -> bool:
        installed.append(True)
        return True

    monkeypatch.setattr(command_line, "provide_environment", provide)
    assert command_line.main() == 0
    assert installed == [True]


def test_an_interrupt_says_that_the_next_run_goes_on(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    machine.install_go()
    monkeypatch.setattr(command_line, "build_missing", interrupt)
    assert command_line.main() == 130
    assert "it goes on from here" in capsys.readouterr().err


@pytest.mark.usefixtures("machine")
def test_too_old_a_python_is_told_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert command_line.main() == 1
    assert "3.11 or newer is needed" in capsys.readouterr().err
