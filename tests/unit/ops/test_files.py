"""Where a key may be written, and with which mode it is there from its first byte."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.files import PRIVATE_MODE, PUBLIC_MODE, OutputFolder


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """Run with the most generous umask, under which a plain open() would let everybody read."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.parametrize("mode", [PRIVATE_MODE, PUBLIC_MODE])
def test_a_file_has_its_mode_whatever_the_umask(tmp_path: Path, mode: int) -> None:
    os.umask(0o077)
    with OutputFolder.opened(tmp_path) as folder:
        path = folder.write("alice.key", b"content", mode)
    assert path.read_bytes() == b"content"
    assert path.stat().st_mode & 0o777 == mode


def test_a_missing_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with OutputFolder.opened(tmp_path / "new" / "alice"):
        pass
    assert (tmp_path / "new" / "alice").stat().st_mode & 0o777 == 0o700


def test_an_earlier_file_is_replaced_by_another_one_and_not_written_into(tmp_path: Path) -> None:
    earlier = tmp_path / "alice.key"
    earlier.write_bytes(b"old")
    with earlier.open("rb") as held, OutputFolder.opened(tmp_path) as folder:
        folder.write("alice.key", b"new", PRIVATE_MODE)
        assert held.read() == b"old"
    assert earlier.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["alice.key"]


def test_a_symlink_in_the_place_of_a_file_is_neither_followed_nor_replaced(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    link = tmp_path / "out" / "alice.key"
    link.parent.mkdir()
    link.symlink_to(elsewhere)
    with OutputFolder.opened(link.parent) as folder, pytest.raises(OpsError, match="is a symbolic link"):
        folder.write("alice.key", b"content", PRIVATE_MODE)
    assert not elsewhere.exists()
    assert link.is_symlink()


def test_a_symlink_in_the_place_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(OpsError, match="symbolic link"), OutputFolder.opened(tmp_path / "link"):
        pass


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "alice.key").mkdir()
    with OutputFolder.opened(tmp_path) as folder, pytest.raises(OpsError, match="no file of yours"):
        folder.write("alice.key", b"content", PRIVATE_MODE)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(OpsError, match="cannot write into"), OutputFolder.opened(tmp_path / "out"):
        pass


def test_a_write_that_fails_leaves_neither_a_half_file_nor_the_old_one_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "alice.key").write_bytes(b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with OutputFolder.opened(tmp_path) as folder, pytest.raises(OpsError, match="No space left on device"):
        folder.write("alice.key", b"new", PRIVATE_MODE)
    assert [path.name for path in tmp_path.iterdir()] == ["alice.key"]
    assert (tmp_path / "alice.key").read_bytes() == b"old"
