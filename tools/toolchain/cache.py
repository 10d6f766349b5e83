"""The user's cache of built programs, keyed by go.sum, so that a second clone builds nothing."""

import hashlib
import os
from pathlib import Path

from tools.toolchain.catalogue import PROGRAMS, Program


def cache_root() -> Path:
    """Return the folder of everything that was built, which may not exist yet."""
    configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # The XDG base directory specification has relative paths ignored.
    return (configured if configured.is_absolute() else Path.home() / ".cache") / "alb-mtls"


def bin_directory(program: Program) -> Path:
    """Return the cache folder of a program's binary: the SHA-256 of the go.sum it is built from, then bin.

    Programs that belong together share a folder, keyed by all of theirs: pulumi warns of a language host that does not
    lie beside it, and the host looks for its script beside itself.
    """
    owner = program.belongs_to or program.name
    together = [each for each in PROGRAMS if owner in (each.name, each.belongs_to)]
    go_sums = b"".join((each.source / "go.sum").read_bytes() for each in together)
    return cache_root() / hashlib.sha256(go_sums).hexdigest() / "bin"


def is_built(program: Program) -> bool:
    """Tell whether a program and the files beside it are in the cache."""
    folder = bin_directory(program)
    names = (program.name, *(file.name for file in program.files))
    return all(os.access(folder / name, os.X_OK) for name in names)
