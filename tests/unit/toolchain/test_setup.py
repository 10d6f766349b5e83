"""Decides that setup builds what is missing, whole or not at all, and what a person reads of it."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.helpers.documents import REPOSITORY
from tests.unit.toolchain.conftest import Machine, files
from tools.toolchain import __main__, bin_directories, locate, running
from tools.toolchain.programs import BY_NAME, LAB, PROGRAMS, cache_folder, cache_root

PACKAGES = [each.package for program in PROGRAMS for each in (program, *program.parts)]


def test_what_is_missing_is_built_once_and_named_and_no_variable_lets_go_sum_or_go_change(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    monkeypatch.setenv("GOTOOLCHAIN", "auto")
    monkeypatch.setenv("GOPROXY", "file:///a/proxy")
    machine.install_go()
    assert __main__.main() == __main__.main() == 0
    assert sorted(machine.builds()) == sorted(PACKAGES)
    printed = capsys.readouterr().out.splitlines()
    assert "caddy v2.11.9: started" in printed
    *_, remark = printed
    assert printed[-len(PROGRAMS) - 1 :] == [*(f"{name}: {locate(name)}" for name in BY_NAME), remark]
    assert "`pulumi install` with it puts an environment into the root of the project" in remark
    assert all(os.access(path, os.X_OK) for folder in bin_directories() for path in folder.iterdir())
    environment = (machine.folder / "environment").read_text().splitlines()
    assert {"GOFLAGS=-mod=readonly", "GOTOOLCHAIN=local", "GOPROXY=file:///a/proxy", "GOGC=400"} <= {*environment}


def test_with_a_pulumi_that_is_installed_there_is_no_word_of_an_old_language_host(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    for program in PROGRAMS:
        if program.name != "pulumi":
            machine.put_into_cache(program.name)
    for file in files(BY_NAME["pulumi"]):
        machine.install(file, "v3.300.1")
    assert __main__.main() == 0
    assert capsys.readouterr().out.splitlines() == [f"{name}: {locate(name)}" for name in BY_NAME]


def test_on_the_way_to_something_else_setup_says_nothing_unless_it_builds(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.install_go()
    assert __main__.main(quiet=True) == 0
    assert f"caddy: {locate('caddy')}" in capsys.readouterr().out.splitlines()
    assert __main__.main(quiet=True) == 0
    assert capsys.readouterr() == ("", "")
    assert __main__.main() == 0
    assert f"caddy: {locate('caddy')}" in capsys.readouterr().out.splitlines()


def test_a_failed_build_is_reported_and_leaves_nothing_half_done_and_the_next_run_goes_on(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in BY_NAME.keys() - {"caddy"}:
        machine.put_into_cache(name)
    # As a killed setup leaves it.
    machine.script(cache_folder(BY_NAME["caddy"]) / "caddy.part")
    machine.install_go(while_building="echo no such host; exit 1")
    assert __main__.main() == 1
    printed = capsys.readouterr().err
    assert "caddy v2.11.9: failed with exit code 1" in printed
    assert "`make setup` goes on from here.\nno such host" in printed
    assert list(cache_folder(BY_NAME["caddy"]).iterdir()) == []
    machine.install_go()
    assert __main__.main() == 0
    assert machine.builds() == [BY_NAME["caddy"].package] * 2


def test_a_failed_build_interrupts_the_one_beside_it(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    # Whichever comes second fails once the first has begun.
    machine.install_go(
        while_building=(
            "mkdir first || { echo no such host; exit 1; }; "
            "trap 'echo > interrupted; exit 1' INT; while :; do sleep 0.05; done"
        )
    )
    assert __main__.main() == 1
    assert "failed with exit code 1" in capsys.readouterr().err
    assert (machine.folder / "interrupted").exists()
    assert [list(cache_folder(program).iterdir()) for program in PROGRAMS[:2]] == [[], []]


def _give_memory(machine: Machine, kilobytes: int, limit: "str | None") -> None:
    (machine.folder / "meminfo").write_text(f"MemTotal: 9 kB\nMemAvailable:  {kilobytes} kB\n")
    if limit:
        (machine.folder / "memory.max").write_text(limit)


@pytest.mark.parametrize(
    ("kilobytes", "limit", "processors"),
    [(8_000_000, None, None), (8_000_000, "max", "4"), (8_000_000, "6000000000", "2")],
)
def test_with_memory_for_both_two_are_built_beside_each_other(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, kilobytes: int, limit: "str | None", processors: "str | None"
) -> None:
    _give_memory(machine, kilobytes, limit)
    if processors:
        monkeypatch.setenv("GOMAXPROCS", processors)
    # Goes on once another has begun.
    machine.install_go(
        while_building=(
            "touch $$.begun; for second in $(seq 200); do [ $(ls *.begun | wc -l) = 1 ] || break; sleep 0.1; done; "
            "[ $second != 200 ] || exit 1"
        )
    )
    assert __main__.main(PROGRAMS[:3]) == 0


@pytest.mark.parametrize(
    ("kilobytes", "limit", "processors"),
    [(4_000_000, "max", None), (8_000_000, "4096000000", None), (8_000_000, None, "1")],
)
def test_with_less_memory_or_one_processor_for_go_one_is_built_at_a_time(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, kilobytes: int, limit: "str | None", processors: "str | None"
) -> None:
    _give_memory(machine, kilobytes, limit)
    if processors:
        monkeypatch.setenv("GOMAXPROCS", processors)
    machine.install_go(while_building="mkdir alone || exit 1; sleep 0.1; rmdir alone")
    assert __main__.main(PROGRAMS[:3]) == 0


def test_lab_and_demo_have_only_built_what_they_run(machine: Machine) -> None:
    machine.install_go()
    assert __main__.main(LAB) == 0
    assert sorted(machine.builds()) == sorted(each.package for program in LAB for each in (program, *program.parts))
    assert {file.name for folder in bin_directories() for file in folder.iterdir()} >= {each.name for each in LAB}
    assert __main__.main() == 0
    assert sorted(machine.builds()) == sorted(PACKAGES)


def test_whether_anything_can_be_built_is_found_before_anything_else_is_done(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(LAB, able=True) == 1
    assert "Go is not on PATH, and kube-apiserver must be built: install it" in capsys.readouterr().err
    machine.install_go()
    assert __main__.main(LAB, able=True) == 0
    assert machine.builds() == []


def test_an_interrupt_ends_the_build_and_leaves_nothing_half_done(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt_when_half_is_written(_output: object) -> str:
        if (machine.folder / "half").exists():
            raise KeyboardInterrupt
        return ""

    machine.install_go(
        while_building="trap 'echo > interrupted; exit 1' INT; echo > half; while :; do sleep 0.05; done"
    )
    monkeypatch.setattr(running, "_SECONDS_BETWEEN_LINES", 0.05)
    monkeypatch.setattr(running, "_end_of", interrupt_when_half_is_written)
    assert __main__.main() == 130
    assert "it goes on from here" in capsys.readouterr().err
    assert list(cache_folder(PROGRAMS[0]).iterdir()) == []
    assert (machine.folder / "interrupted").exists()


# Not for ever: nobody would end one that was not interrupted.
WAITS = """
trap 'echo > interrupted; exit 1' INT
echo > begun
i=0; while [ $((i += 1)) -lt 400 ]; do sleep 0.05; done
"""


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_whatever_ends_make_end_what_is_run(tmp_path: Path, ended_by: signal.Signals) -> None:
    command = [sys.executable, "-m", "tools.toolchain.running", "waits", "sh", "-c", WAITS]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) as process:
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        process.send_signal(ended_by)
    assert process.returncode == 130
    assert (tmp_path / "interrupted").exists()


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_has_begun_when_a_signal_comes_is_ended_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended_by: signal.Signals
) -> None:
    def begin(*arguments: Any, **options: Any) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(*arguments, **options)
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        signal.raise_signal(ended_by)
        return process

    monkeypatch.setattr(running, "subprocess", SimpleNamespace(Popen=begin, DEVNULL=subprocess.DEVNULL))
    before = signal.signal(ended_by, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            running.run([running.Task("waits", ["sh", "-c", WAITS], tmp_path)])
        assert (tmp_path / "interrupted").exists()
        assert signal.getsignal(ended_by) is signal.default_int_handler
    finally:
        signal.signal(ended_by, before)


def test_a_single_command_shows_its_end_where_it_fails_and_nothing_more_where_it_does_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert running.main("Python packages", "sh", "-c", "echo no such host; exit 3") == 3
    assert capsys.readouterr().err == "Python packages: failed with exit code 3\nno such host\n\n"
    assert running.main("Python packages", "sh", "-c", "echo fetched") == 0
    assert capsys.readouterr() == ("Python packages: started\n", "")


def test_a_long_build_shows_again_and_again_how_far_it_is(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert running._SECONDS_BETWEEN_LINES <= 5  # noqa: SLF001 - the promise is this number
    monkeypatch.setattr(running, "_SECONDS_BETWEEN_LINES", 0.05)
    machine.install_go(while_building="echo a/package; sleep 0.3")
    __main__.main([BY_NAME["zlint"]])
    assert "zlint v3.7.3: 0:00 a/package\n" in capsys.readouterr().out


def test_what_a_command_prints_is_shown_once_and_while_it_prints_nothing_the_time_alone_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(running, "_SECONDS_BETWEEN_LINES", 0.05)
    assert running.main("Python packages", "sh", "-c", "for one in a b a; do echo $one; sleep 0.4; done") == 0
    begun, *lines = capsys.readouterr().out.splitlines()
    assert begun == "Python packages: started"
    texts = [line.removeprefix("Python packages: ").partition(" ")[2] for line in lines]
    assert [text for text in texts if len(text) == 1] == ["a", "b", "a"]
    assert texts.count("(nothing new is printed)") == len(texts) - 3 > 0


def test_a_setup_waits_for_another_one_and_does_not_build_the_same(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.install_go()
    cache_root().mkdir(parents=True)
    with (cache_root() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = threading.Thread(target=__main__.main)
        waiting.start()
        while "Another setup runs" not in capsys.readouterr().out:
            time.sleep(0.01)
        for program in PROGRAMS:
            machine.put_into_cache(program.name)
    waiting.join(20)
    assert not waiting.is_alive()
    assert machine.builds() == []


def test_without_go_a_person_hears_what_to_install(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main() == 1
    assert "Go is not on PATH, and kube-apiserver must be built: install it" in capsys.readouterr().err
    assert machine.builds() == []


def test_a_cache_that_cannot_be_written_is_named(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(machine.script(machine.folder / "file")))
    assert __main__.main() == 1
    assert f"Not a directory: '{machine.folder}/file/alb-mtls'" in capsys.readouterr().err


def test_too_old_a_python_is_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert __main__.main() == 1
    assert "is older than Python 3.11: install it" in capsys.readouterr().err
