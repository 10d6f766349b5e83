"""The one background process of a lab: `python -m lab.daemon`, started by `python -m lab up`.

It starts the programs of the lab as children, and runs everything else in its own event loop. Its state is in
memory on purpose: a lab begins the same each time.
"""

import argparse
import asyncio
import atexit
import gc
import logging
import os
import signal
import sys
from contextlib import AsyncExitStack
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from lab.control_plane import ControlPlane
from lab.lifecycle import DAEMON
from lab.paths import LabPaths
from lab.port_choice import choose_ports
from lab.process import ManagedProcess
from lab.process_records import ProcessRecord, ProcessRecords
from lab.progress import Phase, Progress
from lab.settings import LabSettings
from lab.status import write_status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.assembly import Assembly

# A change of the ALB is looked at when it happens; this is for what else decides on an address.
_REFRESH_SECONDS = 1.0

_log = logging.getLogger(__name__)


class Daemon:
    """One lab from its start to its end."""

    def __init__(self, paths: LabPaths, settings: LabSettings) -> None:
        """Make it known that this process is the lab; nothing is started yet."""
        self._paths = paths
        self._settings = settings
        self._steps: list[str] = []
        self._problems: list[str] = []
        self._note: str | None = None
        self._records = ProcessRecords(paths.processes)
        self._records.add(ProcessRecord.of(DAEMON, os.getpid()))

    async def run(self) -> int:
        """Run the lab until SIGTERM or SIGINT.

        Returns:
            Exit code: 1 when the lab could not be started.
        """
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        try:
            async with AsyncExitStack() as stack:
                await self._run_until(stop, stack)
                self._write(Phase.STOPPING)
        except Exception as error:  # noqa: BLE001  # `up` reports whatever it was
            _log.exception("the lab has failed")
            self._problems.append(str(error) or repr(error))
            self._write(Phase.FAILED)
            return 1
        return 0

    async def _run_until(self, stop: asyncio.Event, stack: AsyncExitStack) -> None:
        stopping = asyncio.create_task(stop.wait())
        starting = asyncio.create_task(self._start(stack))
        try:
            await asyncio.wait({stopping, starting}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                await self._watch(*starting.result(), stopping)
        finally:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            stopping.cancel()

    async def _start(self, stack: AsyncExitStack) -> "tuple[ControlPlane, Assembly]":
        ports, self._note = choose_ports(self._settings.ports)
        stack.callback(ports.release)
        self._settings = replace(self._settings, ports=ports.mode)
        self._report("starting etcd and kube-apiserver")
        control_plane = ControlPlane(self._paths, ports, self._records)
        stack.push_async_callback(control_plane.stop)
        await control_plane.spawn()
        from lab.assembly import Assembly  # noqa: PLC0415  # seconds of imports, while kube-apiserver starts

        assembly = Assembly(
            paths=self._paths,
            settings=self._settings,
            ports=ports,
            records=self._records,
            control_plane=control_plane,
            report=self._report,
        )
        stack.push_async_callback(assembly.stop)
        await assembly.start()
        for folder in (self._paths.pulumi_home, self._paths.pulumi_backend):
            folder.mkdir(mode=0o700)
        write_status(self._paths, assembly.status())
        # The SDKs and their models stay to the end: no collection needs to go through them.
        gc.freeze()
        _log.info("ready")
        self._write(Phase.READY)
        return control_plane, assembly

    async def _watch(self, control_plane: ControlPlane, assembly: "Assembly", stopping: "asyncio.Task[bool]") -> None:
        """Keep the status file true, and report parts that end by themselves, until the lab stops."""
        ends = {
            asyncio.create_task(_end_of_process(process)) for process in (*control_plane.processes, *assembly.processes)
        }
        ends |= {asyncio.create_task(self._end_of_task(task)) for task in assembly.tasks}
        written = assembly.status()
        while not stopping.done():
            assembly.changed.clear()
            changed = asyncio.create_task(assembly.changed.wait())
            done, _ = await asyncio.wait(
                {stopping, changed, *ends}, timeout=_REFRESH_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            changed.cancel()
            for end in ends & done:
                self._problems.append(end.result())
                self._write(Phase.BROKEN)
            ends -= done
            current = assembly.status()
            if current != written:
                write_status(self._paths, current)
                written = current
        for end in ends:
            end.cancel()

    async def _end_of_task(self, task: "asyncio.Task[None]") -> str:
        await asyncio.wait({task})
        error = None if task.cancelled() else task.exception()
        reason = f" ({type(error).__name__}: {error})" if error else ""
        _log.error("the %s ended", task.get_name(), exc_info=error)
        return f"the {task.get_name()} ended by itself{reason}: `{self._paths.command('logs daemon')}` shows more"

    def _report(self, step: str) -> None:
        _log.info("%s", step)
        self._steps.append(step)
        self._write(Phase.STARTING)

    def _write(self, phase: Phase) -> None:
        Progress(
            phase=phase, steps=self._steps, problems=self._problems, note=self._note, settings=self._settings
        ).write(self._paths.progress)


async def _end_of_process(process: ManagedProcess) -> str:
    return str(await process.wait_died())


def main(arguments: "Sequence[str]") -> int:
    """Run a lab whose folder exists."""
    # Else Python searches all that is loaded for garbage when it ends: that takes seconds, and `lab down` waits for it.
    atexit.register(gc.freeze)
    parser = argparse.ArgumentParser(prog="python -m lab.daemon")
    for option in ("name", *(each.name for each in fields(LabSettings))):
        parser.add_argument(f"--{option}", required=True)
    options = vars(parser.parse_args(arguments))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    daemon = Daemon(LabPaths.of(options["name"]), LabSettings.of(options))
    return asyncio.run(daemon.run())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
