"""Writing files that hold keys: whole or not at all, with their mode from the first byte, never through a symlink."""

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ops.errors import OpsError

PRIVATE_MODE = 0o600
PUBLIC_MODE = 0o644
_FOLDER_MODE = 0o700
_O_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_O_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_O_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class OutputFolder:
    """A folder that files are put into by name; held open, so that it cannot be exchanged meanwhile."""

    def __init__(self, path: Path, descriptor: int) -> None:
        """Take an open folder; `opened` makes one."""
        self._path = path
        self._descriptor = descriptor

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator["OutputFolder"]:
        """Open a folder, made with mode 0700 when it is missing.

        Raises:
            OpsError: it is a symlink or no folder, or cannot be made or opened.
        """
        try:
            path.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            descriptor = os.open(path, _O_FOLDER)
        except OSError as error:
            why = "it is a symbolic link; name the folder itself" if path.is_symlink() else error.strerror
            message = f"cannot write into {path}: {why}"
            raise OpsError(message) from None
        try:
            yield cls(path, descriptor)
        finally:
            os.close(descriptor)

    def wait_for_others(self) -> None:
        """Wait until no other export writes into this folder, and keep others waiting until it is closed.

        Where the file system has no such lock (NFS, of a folder), nobody waits.
        """
        with suppress(OSError):
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    @property
    def path(self) -> Path:
        """Where it is, for messages."""
        return self._path

    @contextmanager
    def inside(self, name: str) -> Iterator["OutputFolder"]:
        """Open a folder in this one, made with mode 0700 when it is missing.

        Raises:
            OpsError: it is a symlink or no folder, or cannot be made or opened.
        """
        try:
            with suppress(FileExistsError):
                os.mkdir(name, _FOLDER_MODE, dir_fd=self._descriptor)
            descriptor = os.open(name, _O_FOLDER, dir_fd=self._descriptor)
        except OSError as error:
            message = (
                f"cannot write into {self._path / name}: {error.strerror}; it must be a folder, and no link to one"
            )
            raise OpsError(message) from None
        try:
            yield OutputFolder(self._path / name, descriptor)
        finally:
            os.close(descriptor)

    def read(self, name: str) -> bytes | None:
        """Return what a file of ours holds; None when there is none.

        Raises:
            OpsError: the name is taken by something else, or it cannot be read.
        """
        self.require_writable(name)
        try:
            with os.fdopen(os.open(name, _O_OLD, dir_fd=self._descriptor), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            message = f"cannot read {self._path / name}: {error.strerror}"
            raise OpsError(message) from None

    def keep(self, name: str, content: bytes, mode: int) -> bool:
        """Put a file in place unless it is there as it should be; say whether it was.

        Raises:
            OpsError: as write.
        """
        if self.read(name) == content and self._mode_of(name) == mode:
            return True
        # Not synced one by one, which takes minutes for thousands: what a crash spoils, the next run writes again.
        self.write(name, content, mode, sync=False)
        return False

    def _mode_of(self, name: str) -> int:
        return stat.S_IMODE(os.stat(name, dir_fd=self._descriptor, follow_symlinks=False).st_mode)

    def remove_if_empty(self, name: str) -> None:
        """Remove a folder in this one that holds nothing any more."""
        with suppress(OSError):
            os.rmdir(name, dir_fd=self._descriptor)

    def require_writable(self, name: str) -> None:
        """Refuse a name that is taken by anything but a file of our own.

        Raises:
            OpsError: it is a symlink, a folder, or another user's.
        """
        try:
            found = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
            return
        what = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "no file of yours"
        message = (
            f"{self._path / name} is {what}, and is neither followed nor replaced; remove it, or choose another --out"
        )
        raise OpsError(message)

    def exists(self, name: str) -> bool:
        """Say whether there is anything of that name."""
        try:
            os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def write(self, name: str, content: bytes, mode: int, *, sync: bool = True) -> Path:
        """Put a file in place in one step, replacing an earlier one of ours; return its path.

        Without `sync` it may be empty after a crash of the machine.

        Raises:
            OpsError: the name is taken by something else, or the disk fails.
        """
        self.require_writable(name)
        # In the same folder, because a rename is atomic only within a file system.
        temporary = f".{name}.{secrets.token_hex(8)}"
        try:
            self._fill(temporary, content, mode, sync=sync)
            os.rename(temporary, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
            if sync:
                os.fsync(self._descriptor)
        except OSError as error:
            self.remove(temporary)
            message = f"cannot write {self._path / name}: {error.strerror}"
            raise OpsError(message) from None
        return self._path / name

    def remove(self, name: str) -> None:
        """Remove a file; one that is gone already is fine."""
        try:
            os.unlink(name, dir_fd=self._descriptor)
        except FileNotFoundError:
            return

    def _fill(self, name: str, content: bytes, mode: int, *, sync: bool) -> None:
        # 0600 at first: a umask can only take bits away, and a reader must not come before the mode is set.
        with os.fdopen(os.open(name, _O_NEW, PRIVATE_MODE, dir_fd=self._descriptor), "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            if sync:
                os.fsync(file.fileno())
