"""`ALB_MTLS_REPORT=FILE`: what a run found and plans, as JSON (docs/reference/report.md).

The program begins it, and whoever finds something adds that, the provider process too: each reads, adds and renames the
whole file into place while it alone holds the folder. Nothing that fails here stops a run that has begun.
"""

import errno
import fcntl
import json
import os
import secrets
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from alb_mtls.redaction import cleaned

VARIABLE: Final = "ALB_MTLS_REPORT"
VERSION: Final = 1

_LISTS: Final = (
    "errors",
    "warnings",
    "notKnown",
    "listeners",
    "findings",
    "accepted",
    "rollover",
    "clients",
    "certificates",
    "stops",
    "messages",
    "givenBack",
)
_PRIVATE: Final = 0o600
# Whoever may read the folder can lock it, and others hold it for milliseconds.
_PATIENCE_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 0.01


def begin_report(environment: Mapping[str, str], **head: Any) -> str | None:
    """Begin the report of a run, over that of the run before; return why that cannot be done, None otherwise.

    Args:
        environment: names the file, or none.
        head: of the run.
    """
    path = _path(environment)
    if path is None:
        return None
    try:
        with _alone_in(path):
            _refuse_what_is_no_file(path)
            _write(path, {"version": VERSION, **head, "complete": False, **{name: [] for name in _LISTS}})
    except (OSError, ValueError) as error:
        return _refused(path, _why(error))
    return None


def refused_report(environment: Mapping[str, str]) -> str | None:
    """Return why `begin_report` would not begin one, as far as that shows without a write; None otherwise.

    Args:
        environment: names the file, or none.
    """
    path = _path(environment)
    if path is None:
        return None
    try:
        if not path.parent.is_dir():
            return _refused(path, "its folder is not there")
        _refuse_what_is_no_file(path)
        writable = os.access(path.parent, os.R_OK | os.W_OK | os.X_OK)
    except (OSError, ValueError) as error:
        return _refused(path, _why(error))
    return None if writable else _refused(path, "its folder is not writable")


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _refused(path: Path, why: str) -> str:
    return (
        f"{VARIABLE}: {path} cannot be written: {why}; name a file in a folder that exists and that you may write to, "
        f"or unset {VARIABLE}"
    )


def add_to_report(environment: Mapping[str, str], **entries: Any) -> None:
    """Add to the lists of a report that has begun, and set what is no list."""
    path = _path(environment)
    if path is None:
        return
    with suppress(OSError, ValueError), _alone_in(path):
        _refuse_what_is_no_file(path)
        document = json.loads(path.read_text("utf-8"))
        if not isinstance(document, dict):
            return
        for name, value in entries.items():
            document[name] = [*document[name], *value] if isinstance(document.get(name), list) else value
        _write(path, document)


def _path(environment: Mapping[str, str]) -> Path | None:
    name = environment.get(VARIABLE, "")
    return Path(name).absolute() if name else None


@contextmanager
def _alone_in(path: Path) -> Iterator[None]:
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(folder)
        yield
    finally:
        os.close(folder)


def _lock(folder: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TimeoutError(errno.ETIMEDOUT, "somebody else keeps its folder locked") from None
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _refuse_what_is_no_file(path: Path) -> None:
    """Refuse to rename over a device such as /dev/stdout, a pipe, a link or a folder."""
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(path.lstat().st_mode):
            raise OSError(errno.EINVAL, "there is something in its place that is no regular file")


def _write(path: Path, document: dict[str, Any]) -> None:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    text = json.dumps(cleaned(document), indent=2)
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "w", encoding="utf-8") as file:
            file.write(f"{text}\n")
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
