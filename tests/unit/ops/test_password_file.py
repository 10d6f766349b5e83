"""Which passwords are taken from a file: those that every reader of PKCS#12 turns into the same bytes."""

import os
from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.password_file import read_password


def _file(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    path = folder / "password"
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    "content",
    [
        b"correct horse",
        b"correct horse\n",
        b"correct horse\r\n",
        b"\xef\xbb\xbfcorrect horse\n",
        b"correct horse\nmore\n",
    ],
    ids=["no line end", "a line end", "of Windows", "with a BOM", "more lines"],
)
def test_the_first_line_is_the_password_without_what_editors_put_around_it(tmp_path: Path, content: bytes) -> None:
    given = read_password(_file(tmp_path, content))

    assert (given.text, given.notes) == ("correct horse", ())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("p\u00e4sswort\n".encode(), "character 2 .* is not printable ASCII.*Java opens no such file"),
        ("pa\u0308ss\n".encode(), "character 3 .* is not printable ASCII"),
        (b"tab\there\n", "character 4 .* is not printable ASCII"),
        (b"zero\0\n", "character 5 .* is not printable ASCII"),
        (b"a\rb\n", "character 2 .* is not printable ASCII"),
        ("a\ufeffb".encode(), "character 2 .* is not printable ASCII"),
        ("password".encode("utf-16"), "is UTF-16; save it as UTF-8"),
        (b"\xfe\xff\0p", "is UTF-16; save it as UTF-8"),
        ("p\u00e4ss".encode("latin-1"), "is not text in UTF-8"),
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\nsecond\n", "is empty"),
        (b"-----BEGIN PRIVATE KEY-----\nMIG\n", "holds a certificate or a key, not a password"),
        (b"x" * 1024, "has 1024 characters, but at most 1023 are taken"),
    ],
    ids=[
        "an umlaut", "one of two characters", "a tab", "a zero", "a return", "a BOM in the middle", "UTF-16",
        "UTF-16, the other way", "Latin-1", "empty", "a BOM alone", "an empty first line",
        "PEM", "too long",
    ],
)  # fmt: skip
def test_a_password_that_readers_disagree_on_is_refused_without_being_quoted(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    with pytest.raises(OpsError, match=reason) as refused:
        read_password(_file(tmp_path, content))
    held = content.decode("utf-8", "ignore").strip()
    assert not held or held not in str(refused.value)


def test_a_password_of_the_greatest_length_is_taken(tmp_path: Path) -> None:
    assert read_password(_file(tmp_path, b"x" * 1023)).text == "x" * 1023


@pytest.mark.parametrize(
    ("mode", "noted"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True), (0o666, True)]
)
def test_a_file_that_others_can_read_is_taken_with_a_note_of_its_mode(tmp_path: Path, mode: int, noted: bool) -> None:
    notes = read_password(_file(tmp_path, b"correct horse\n", mode)).notes

    assert [f"has mode {mode:04o}" in note and "chmod 600" in note for note in notes] == [True] * noted


def test_a_pipe_has_no_mode_to_note() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"correct horse\n")
    os.close(writing)
    try:
        assert read_password(Path(f"/dev/fd/{reading}")).notes == ()
    finally:
        os.close(reading)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match=r"cannot read --password-file .*: No such file or directory"):
        read_password(tmp_path / "missing")
