"""Runs one program of the lab: starts it, waits until it is ready, ends it. Knows nothing of Kubernetes."""

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil

from lab.ports import is_free
from lab.process_records import GRACE_SECONDS, ProcessRecord, ProcessRecords

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
    from pathlib import Path

_POLL_SECONDS = 0.05
_SHOWN_LINES = 8


class ProcessError(RuntimeError):
    """A program of the lab could not be started or kept running."""


class PortTakenError(ProcessError):
    """Somebody else listens on a port that a program needs."""

    def __init__(self, name: str, port: int) -> None:
        """Name the program, the port and who has it."""
        self.port = port
        self.holder = _holder(port)
        super().__init__(
            f"{name} cannot start: port {port} on 127.0.0.1 is taken by {self.holder}. "
            "End that, or take free ports with `python -m lab up --ports ephemeral`."
        )


class ProcessDiedError(ProcessError):
    """A program ended by itself."""

    def __init__(self, name: str, code: int, log: "Path") -> None:
        """Name the program and show how it ended."""
        self.code = code
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        super().__init__(f"{name} {how}. Correct what its log reports, then start the lab again. {_end_of_log(log)}")


class StartTimeoutError(ProcessError):
    """A program runs, but is not ready in time."""

    def __init__(self, name: str, seconds: float, log: "Path") -> None:
        """Name the program and the deadline."""
        super().__init__(
            f"{name} runs, but was not ready within {seconds:g} s: is the machine very busy? Start the lab again when "
            f"it is not. {_end_of_log(log)}"
        )


@dataclass(frozen=True, kw_only=True)
class ProgramSpec:
    """How to run a program.

    Attributes:
        name: component of the lab; its log file is named after it.
        argv: command line; no secret may stand in it.
        log: where its output goes.
        ports: TCP ports on loopback that it listens on when it is ready.
        ready: health probe; called only when the program itself listens on all its ports.
        deadline: seconds from its start until it has to be ready.
        environment: added to the daemon's own.
    """

    name: str
    argv: "Sequence[str]"
    log: "Path"
    ports: "Sequence[int]"
    ready: "Callable[[], Awaitable[bool]]"
    deadline: float = 30.0
    environment: "Mapping[str, str] | None" = None


class ManagedProcess:
    """One run of a program."""

    def __init__(self, spec: ProgramSpec, process: asyncio.subprocess.Process, started: float) -> None:
        """Use `spawn` instead."""
        self._spec = spec
        self._process = process
        self._started = started

    @classmethod
    async def spawn(cls, spec: ProgramSpec, records: ProcessRecords) -> "ManagedProcess":
        """Start a program without waiting for it.

        Raises:
            PortTakenError: one of its ports is in use; nothing was started.
        """
        for port in spec.ports:
            if not is_free(port):
                raise PortTakenError(spec.name, port)
        spec.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with spec.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *spec.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(spec.environment or {})},
            )
        with contextlib.suppress(psutil.NoSuchProcess):
            records.add(ProcessRecord.of(spec.name, process.pid))
        return cls(spec, process, asyncio.get_running_loop().time())

    @property
    def name(self) -> str:
        """Component of the lab."""
        return self._spec.name

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    async def wait_ready(self) -> None:
        """Return when the program is ready.

        Raises:
            ProcessDiedError: it ended before.
            StartTimeoutError: it took too long; it runs still.
        """
        died = asyncio.create_task(self._process.wait())
        ready = asyncio.create_task(self._poll())
        remaining = self._started + self._spec.deadline - asyncio.get_running_loop().time()
        try:
            await asyncio.wait({died, ready}, timeout=max(remaining, 0), return_when=asyncio.FIRST_COMPLETED)
            if died.done():
                raise ProcessDiedError(self.name, died.result(), self._spec.log)
            if not ready.done():
                raise StartTimeoutError(self.name, self._spec.deadline, self._spec.log)
            ready.result()
        finally:
            for task in (died, ready):
                task.cancel()

    async def wait_died(self) -> ProcessDiedError:
        """Wait until the program has ended and return the error that describes it."""
        code = await self._process.wait()
        return ProcessDiedError(self.name, code, self._spec.log)

    async def stop(self) -> None:
        """End the program: SIGTERM, five seconds, SIGKILL. Harmless when it has ended."""
        if self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), GRACE_SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def _poll(self) -> None:
        while not (  # noqa: ASYNC110  # another process sends no event
            listens_on(self.pid, self._spec.ports) and await self._spec.ready()
        ):
            await asyncio.sleep(_POLL_SECONDS)


async def while_they_run(work: "Coroutine[Any, Any, None]", processes: "Sequence[ManagedProcess]") -> None:
    """Do something that needs programs, and give it up as soon as one of them has ended.

    Raises:
        ProcessDiedError: one of them ended.
    """
    working = asyncio.create_task(work)
    dying = [asyncio.create_task(process.wait_died()) for process in processes]
    try:
        await asyncio.wait({working, *dying}, return_when=asyncio.FIRST_COMPLETED)
        for died in dying:
            if died.done():
                raise died.result()
        working.result()
    finally:
        for task in (working, *dying):
            task.cancel()
        await asyncio.gather(working, *dying, return_exceptions=True)


def listens_on(pid: int, ports: "Sequence[int]") -> bool:
    """Return whether a process itself listens on all of these TCP ports."""
    try:
        connections = psutil.Process(pid).net_connections("tcp")
    except psutil.Error:
        return False
    listening = {each.laddr.port for each in connections if each.status == psutil.CONN_LISTEN}
    return listening.issuperset(ports)


def _holder(port: int) -> str:
    with contextlib.suppress(psutil.Error):
        for each in psutil.net_connections("inet"):
            mine = each.laddr and each.laddr.port == port and not each.raddr
            if mine and each.pid is not None:
                return f"{psutil.Process(each.pid).name()} (pid {each.pid})"
    return "a process of another user"


def _end_of_log(log: "Path") -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()[-_SHOWN_LINES:]
    except FileNotFoundError:
        lines = []
    if not lines:
        return f"Its log {log} is empty."
    return "\n".join([f"Last lines of {log}:", *(f"  {line}" for line in lines)])
