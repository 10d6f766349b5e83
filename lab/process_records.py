"""Which processes a lab started: kept in a file, so that a later run can end what a killed one left."""

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import psutil

from lab.files import write_private

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GRACE_SECONDS = 5.0

_CLOCK_TOLERANCE_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class ProcessRecord:
    """A process that was started.

    Attributes:
        name: component of the lab.
        pid: process id.
        created: when it was started, in seconds since the epoch: a pid alone may be somebody else's by now.
        command: name of its executable.
    """

    name: str
    pid: int
    created: float
    command: str

    @classmethod
    def of(cls, name: str, pid: int) -> "ProcessRecord":
        """Describe a process that runs now.

        Raises:
            psutil.NoSuchProcess: it has ended.
        """
        process = psutil.Process(pid)
        return cls(name=name, pid=pid, created=process.create_time(), command=process.name())

    def running(self) -> psutil.Process | None:
        """Return the process if it still runs and is the one that was recorded."""
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            # The clock may have been set since, which moves every create time.
            same = abs(process.create_time() - self.created) < _CLOCK_TOLERANCE_SECONDS
            if same and process.name() == self.command and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None


class ProcessRecords:
    """The records of one lab, in the order in which its processes were started."""

    def __init__(self, file: "Path") -> None:
        """Use a file, which need not exist yet."""
        self._file = file

    def read(self) -> list[ProcessRecord]:
        """Return the records; none when there is no file."""
        try:
            text = self._file.read_text()
        except FileNotFoundError:
            return []
        return [ProcessRecord(**entry) for entry in json.loads(text)]

    def add(self, record: ProcessRecord) -> None:
        """Append a record. Only one process, the daemon, writes to the file."""
        records = [*self.read(), record]
        write_private(self._file, json.dumps([asdict(each) for each in records], indent=1))


def stop_recorded(records: "Sequence[ProcessRecord]") -> list[str]:
    """End processes that a killed daemon left behind, the one started last first.

    That order stops kube-apiserver before its etcd; the other way round it hangs for minutes.

    Returns:
        Names of those that were still running.
    """
    stopped = []
    for record in reversed(records):
        process = record.running()
        if process is None or process.pid == os.getpid():
            continue
        stopped.append(record.name)
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
            try:
                process.wait(GRACE_SECONDS)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait(GRACE_SECONDS)
    return stopped
