"""Starting and ending a lab from outside of it, whatever state an earlier run left behind."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from lab.paths import PROJECT, LabPaths
from lab.process_records import ProcessRecord, ProcessRecords, stop_recorded
from lab.progress import Phase, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from lab.settings import LabSettings

DAEMON = "daemon"

_POLL_SECONDS = 0.05
_APPEARS_SECONDS = 15.0
_ENDS_SECONDS = 30.0


class LabError(RuntimeError):
    """A lab could not be started or ended."""


class NotRunningError(LabError):
    """There is no such lab."""

    def __init__(self, paths: LabPaths) -> None:
        """Say how to start it."""
        super().__init__(f"lab '{paths.name}' is not running: start it with `{paths.command('up')}`")


class BrokenError(LabError):
    """A lab runs, but a part of it has ended."""

    def __init__(self, paths: LabPaths, problems: "Sequence[str]") -> None:
        """Say what ended and how to get a whole lab."""
        remedy = f"end it with `{paths.command('down')}`, then start it again with `{paths.command('up')}`"
        super().__init__("\n".join([f"lab '{paths.name}' is broken: {remedy}", *problems]))


def daemon_of(paths: LabPaths) -> ProcessRecord | None:
    """Return the record of a lab's daemon if it runs."""
    for record in ProcessRecords(paths.processes).read():
        if record.name == DAEMON and record.running():
            return record
    return None


def require_ready(paths: LabPaths) -> Progress:
    """Return how a running lab does.

    Raises:
        NotRunningError: it does not run, or is not ready yet.
    """
    progress = Progress.read(paths.progress)
    if daemon_of(paths) is None or progress is None or not paths.status.exists():
        raise NotRunningError(paths)
    return progress


def start(paths: LabPaths, settings: "LabSettings", report: "Callable[[str], None]") -> None:
    """Start a lab, or join the start that another command began, and return when it is ready.

    Raises:
        BrokenError: it runs already, and a part of it has ended.
        LabError: it could not be started (the log files stay until the next start), runs already with other settings,
            or was ended by another command before it was ready; or Ctrl-C: what this call started is ended, what
            another command started goes on.
    """
    mine = False
    try:
        with _exclusive(paths):
            daemon = daemon_of(paths)
            if daemon is None:
                mine = True
                _clean(paths)
                daemon = _spawn(paths, settings)
        _follow(paths, daemon, settings, report)
    except KeyboardInterrupt:
        if not mine:
            message = f"interrupted: lab '{paths.name}' was not started by this command and is left as it is"
            raise LabError(message) from None
        stop(paths)
        message = f"interrupted: lab '{paths.name}' was ended again"
        raise LabError(message) from None


def stop(paths: LabPaths) -> bool:
    """End a lab and remove all it left: processes first, then its folder.

    Returns:
        Whether there was anything to end or to remove.
    """
    if not paths.folder.exists():
        return False
    with _exclusive(paths):
        daemon = daemon_of(paths)
        if daemon is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(daemon.pid, signal.SIGTERM)
            _wait_ended(daemon)
        _clean(paths)
        with contextlib.suppress(OSError):
            paths.folder.parent.rmdir()
    return True


def _spawn(paths: LabPaths, settings: "LabSettings") -> ProcessRecord:
    paths.logs.mkdir(mode=0o700, parents=True)
    paths.folder.chmod(0o700)
    with paths.log(DAEMON).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "lab.daemon", f"--name={paths.name}", *settings.options()],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        return _appeared(paths, process)
    except BaseException:
        # Not recorded yet, so no later command could end it.
        process.kill()
        process.wait()
        raise


def _appeared(paths: LabPaths, process: "subprocess.Popen[bytes]") -> ProcessRecord:
    deadline = time.monotonic() + _APPEARS_SECONDS
    while time.monotonic() < deadline:
        daemon = daemon_of(paths)
        if daemon is not None:
            return daemon
        if process.poll() is not None:
            raise LabError(_silent_end(paths))
        time.sleep(_POLL_SECONDS)
    message = (
        f"the lab's daemon (pid {process.pid}) did not report within {_APPEARS_SECONDS:g} s and was ended: is the "
        f"machine very busy? Start it again with `{paths.command('up')}` when it is not"
    )
    raise LabError(message)


def _follow(paths: LabPaths, daemon: ProcessRecord, settings: "LabSettings", report: "Callable[[str], None]") -> None:
    reported = 0
    while True:
        alive = daemon.running() is not None
        progress = Progress.read(paths.progress)
        if progress is not None:
            if not settings.fits(progress.settings):
                raise LabError(_other(paths, progress.settings))
            for step in progress.steps[reported:]:
                report(step)
            reported = len(progress.steps)
            _raise_if_bad(paths, progress, alive=alive)
            if progress.phase is Phase.READY and alive:
                return
        if not alive:
            if not paths.log(DAEMON).exists():
                raise LabError(_ended_meanwhile(paths))
            raise LabError(_silent_end(paths))
        time.sleep(_POLL_SECONDS)


def _raise_if_bad(paths: LabPaths, progress: Progress, *, alive: bool) -> None:
    if progress.phase is Phase.BROKEN and alive:
        raise BrokenError(paths, progress.problems)
    if progress.phase is Phase.STOPPING:
        raise LabError(_ended_meanwhile(paths))
    if progress.phase is Phase.FAILED:
        raise LabError("\n".join(progress.problems))


def _wait_ended(daemon: ProcessRecord) -> None:
    deadline = time.monotonic() + _ENDS_SECONDS
    while daemon.running() is not None:
        if time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError):
                os.kill(daemon.pid, signal.SIGKILL)
            return
        time.sleep(_POLL_SECONDS)


def _clean(paths: LabPaths) -> None:
    stop_recorded(ProcessRecords(paths.processes).read())
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(paths.folder)


@contextlib.contextmanager
def _exclusive(paths: LabPaths) -> "Iterator[None]":
    # The folder above the labs is the lock: it needs no file that would stay behind.
    descriptor = _lock(paths.folder.parent)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(folder: "Path") -> int:
    while True:
        folder.mkdir(mode=0o700, exist_ok=True)
        # The last lab may go meanwhile and take the folder with it: then the lock is on nothing.
        with contextlib.suppress(FileNotFoundError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if folder.exists() and folder.stat().st_ino == os.fstat(descriptor).st_ino:
                return descriptor
            os.close(descriptor)


def _silent_end(paths: LabPaths) -> str:
    log = paths.log(DAEMON)
    try:
        lines = log.read_text(errors="replace").splitlines()[-12:]
    except FileNotFoundError:
        lines = []
    remedy = f"start it again with `{paths.command('up')}`"
    return "\n".join([f"the lab's daemon ended without a reason: {remedy}. Last lines of {log}:", *lines])


def _other(paths: LabPaths, settings: "LabSettings") -> str:
    return (
        f"lab '{paths.name}' runs already, with {' '.join(settings.options())}: "
        f"end it with `{paths.command('down')}` first, or take another --name"
    )


def _ended_meanwhile(paths: LabPaths) -> str:
    return (
        f"lab '{paths.name}' was ended by another command while it started: start it again with `{paths.command('up')}`"
    )
