"""Under which conditions something is measured: the machine, and what else it had to do."""

import os
import platform
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from pydantic import BaseModel

from tools.toolchain import locate

_GIGABYTE = 1e9
_CPU_INFO = Path("/proc/cpuinfo")
_QUIET_LOAD = 0.5
_LOOK_SECONDS = 2.0
_BUSY_SHARE = 0.05


class Load(BaseModel):
    """How many processes were ready to run during the last 1, 5 and 15 minutes."""

    one: float
    five: float
    fifteen: float

    @classmethod
    def now(cls) -> "Load":
        """Return it."""
        one, five, fifteen = os.getloadavg()
        return cls(one=one, five=five, fifteen=fifteen)

    def __str__(self) -> str:
        """Return it as `uptime` prints it."""
        return f"{self.one:.1f}, {self.five:.1f}, {self.fifteen:.1f}"


class Run(BaseModel):
    """One call of the bench.

    Attributes:
        date: when it began.
        commit: of the tree.
        machine: what is to be known of it, by name.
        load: before anything was measured.
    """

    date: str
    commit: str
    machine: dict[str, str]
    load: Load


class Conditions(BaseModel):
    """Those of one section.

    Attributes:
        run: that the section was part of.
        date: when the section began.
        others: processes that were not the bench's and used a processor just before, with their share of one.
        load_after: when the section had ended.
        seconds: that it took.
    """

    run: Run
    date: str
    others: list[str]
    load_after: Load
    seconds: float

    def disturbances(self) -> list[str]:
        """Return why the machine was not quiet, in words; nothing when it was."""
        found = [f"{other} beside it" for other in self.others]
        if self.run.load.one > _QUIET_LOAD:
            found.insert(0, f"load average {self.run.load} before the run, where {_QUIET_LOAD:g} is quiet")
        return found


def begin_run() -> Run:
    """Look at the machine before anything is measured.

    Raises:
        ToolchainError: there is no pulumi.
    """
    commit = _output("git", "describe", "--always", "--dirty")
    return Run(date=now(), commit=commit, machine=_machine(), load=Load.now())


def now() -> str:
    """Return the time for people."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())


def busy_others() -> list[str]:
    """Look for two seconds which processes use a processor while the bench does nothing."""
    before = dict(_cpu_seconds())
    time.sleep(_LOOK_SECONDS)
    used = {
        name: (seconds - before.get((pid, name), seconds)) / _LOOK_SECONDS for (pid, name), seconds in _cpu_seconds()
    }
    return [f"{name} ({share:.0%} of a processor)" for name, share in sorted(used.items()) if share > _BUSY_SHARE]


def _cpu_seconds() -> Iterator[tuple[tuple[int, str], float]]:
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        try:
            times = process.cpu_times()
            yield (process.pid, process.name()), times.user + times.system
        except psutil.Error:
            continue


def _machine() -> dict[str, str]:
    return {
        "processors": f"{len(os.sched_getaffinity(0))} x {_processor()}",
        "memory": f"{psutil.virtual_memory().total / _GIGABYTE:.0f} GB",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "pulumi": _output(str(locate("pulumi")), "version"),
        "openssl": _output("openssl", "version").partition(" (")[0],
    }


def _processor() -> str:
    lines = _CPU_INFO.read_text("utf-8").splitlines() if _CPU_INFO.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
