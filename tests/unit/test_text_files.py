"""Files that a setting names are read to their end, or given up with a reason, whatever they are."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alb_mtls import text_files
from alb_mtls.file_modes import open_to_others
from alb_mtls.text_files import read_bytes, read_text


def test_a_pipe_that_somebody_fills_is_read_to_its_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as pool:
        # As secret stores do: the writer waits until somebody reads.
        written = pool.submit(pipe.write_bytes, b"line\r\n" * 20_000)
        assert read_bytes(pipe) == b"line\r\n" * 20_000
        written.result()


def test_a_pipe_that_nobody_fills_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "_SECONDS_FOR_A_WRITER", 0.05)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match=r"it is no regular file, and nothing came out of it for 0\.05 seconds"):
        read_bytes(tmp_path / "pipe")


def test_a_writer_that_is_silent_has_more_time_than_one_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_files, "_SECONDS_FOR_A_WRITER", 0.05)
    monkeypatch.setattr(text_files, "_SECONDS_FOR_ITS_WORDS", 0.2)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    try:
        with pytest.raises(OSError, match=r"nothing came out of it for 0\.2 seconds"):
            read_bytes(pipe)
    finally:
        os.close(writer)


def test_a_writer_that_pauses_has_its_time_from_its_last_words_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_files, "_SECONDS_FOR_ITS_WORDS", 1.0)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write() -> None:
        with pipe.open("wb", buffering=0) as file:
            for _ in range(12):
                file.write(b"x")
                time.sleep(0.1)

    with ThreadPoolExecutor() as pool:
        written = pool.submit(write)
        assert read_bytes(pipe) == b"x" * 12
        written.result()


def test_a_file_without_an_end_is_given_up_and_an_empty_one_is_read() -> None:
    assert read_bytes("/dev/null") == b""
    with pytest.raises(OSError, match="more than 64 MiB, or no end"):
        read_bytes("/dev/zero")


def test_line_ends_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"one\rtwo\r\nthree")
    assert read_text(tmp_path / "file") == "one\rtwo\r\nthree"


@pytest.mark.parametrize(
    ("path", "command"),
    [("ca.key", "chmod 600 ca.key"), ("my ca.key", "chmod 600 'my ca.key'"), ("-R", "chmod 600 -- -R")],
)
def test_the_command_that_closes_a_file_can_be_pasted(path: str, command: str) -> None:
    warning = open_to_others(path, path, 0o100644, what="the key")
    assert warning is not None
    assert warning.endswith(f"run: {command}")
