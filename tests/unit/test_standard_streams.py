"""What a command prints, when nobody reads it any more and when the locale lacks a character."""

import io
import os
import sys
from collections.abc import Iterator

import pytest

from alb_mtls.standard_streams import prepare_streams
from tests.helpers.forked import COMMANDS, forked


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Give both ends of a pipe; who closes the first says so by closing it."""
    reading, writing = os.pipe()
    yield reading, writing
    os.close(writing)


def _prepared(monkeypatch: pytest.MonkeyPatch, writing: int) -> None:
    """Put a pipe in the place of both streams, in ASCII; in the test itself, for pytest replaces them before it."""
    for name in ("stdout", "stderr"):
        raw = io.FileIO(writing, "wb", closefd=False)
        monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BufferedWriter(raw), encoding="ascii"))
    prepare_streams()


def _write(name: str, text: str) -> None:
    stream = getattr(sys, name)
    stream.write(text)
    stream.flush()


def test_what_nobody_reads_any_more_is_dropped_and_the_command_goes_on(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = pipe
    _prepared(monkeypatch, writing)
    _write("stdout", "first\n")
    assert os.read(reading, 100) == b"first\n"
    os.close(reading)
    for _ in range(3):
        _write("stdout", "x" * 100_000)
        _write("stderr", "more")


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_what_the_locale_lacks_and_what_is_no_text_is_escaped(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    reading, writing = pipe
    _prepared(monkeypatch, writing)
    _write(name, "因 \udcff")
    assert os.read(reading, 100) == b"\\u56e0 \\udcff"
    os.close(reading)


def test_a_stream_that_is_closed_or_no_file_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.StringIO()
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", text)
    prepare_streams()
    assert (sys.stdout, sys.stderr) == (None, text)


NOBODY_READS = """
import os, runpy, sys
reading, writing = os.pipe()
os.close(reading)
os.dup2(writing, 1)
sys.argv[1:] = ["--help"]
runpy.run_module("PACKAGE", run_name="__main__")
"""


@pytest.mark.parametrize("package", ["ops", "lab"])
def test_a_closed_pipe_changes_no_exit_code_and_prints_nothing(package: str) -> None:
    done = forked(NOBODY_READS.replace("PACKAGE", package), after=COMMANDS)
    assert (done.returncode, done.stderr) == (0, "")
