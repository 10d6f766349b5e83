"""What lies in a folder that the configuration names."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FolderFile:
    """Something in a folder; a symlink counts as what it leads to.

    Attributes:
        path: with that of the folder.
        octets: how large a regular file is; None for anything else.
        problem: why it cannot be looked at, in the words of the system; None when it can.
    """

    name: str
    path: str
    octets: int | None
    problem: str | None = None


ListFolder = Callable[[str], list[FolderFile]]


def list_folder(path: str) -> list[FolderFile]:
    """Return what lies in a folder, in the order of the names.

    Raises:
        OSError: it cannot be read.
    """
    with os.scandir(path) as entries:
        return [_looked_at(one) for one in sorted(entries, key=lambda one: one.name)]


def _looked_at(entry: "os.DirEntry[str]") -> FolderFile:
    try:
        found = entry.stat()
    except OSError as error:
        return FolderFile(name=entry.name, path=entry.path, octets=None, problem=error.strerror or "cannot be read")
    octets = found.st_size if stat.S_ISREG(found.st_mode) else None
    return FolderFile(name=entry.name, path=entry.path, octets=octets)
