"""The process runner with real processes: ready, port taken, died early and timed out are four different things."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from lab.certificates import make_control_plane_certificate
from lab.control_plane.access import Access
from lab.control_plane.seed import SeedError, create
from lab.ports import LOOPBACK, PortBlock
from lab.process import (
    ManagedProcess,
    PortTakenError,
    ProcessDiedError,
    ProgramSpec,
    StartTimeoutError,
    listens_on,
    while_they_run,
)
from lab.process_records import ProcessRecord, ProcessRecords, stop_recorded

pytestmark = pytest.mark.anyio

_LISTENS = """
import signal, socket, sys, time
if "stubborn" in sys.argv: signal.signal(signal.SIGTERM, signal.SIG_IGN)
listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", flush=True)
time.sleep(600)
"""
_DIES = "import sys; print('no such flag: --wonderful', flush=True); sys.exit(7)"
_SLEEPS = "import time; print('thinking', flush=True); time.sleep(600)"


async def _yes() -> bool:
    return True


@pytest.fixture
def port() -> Iterator[int]:
    block = PortBlock()
    yield block.take()
    block.release()


@pytest.fixture
def records(tmp_path: Path) -> ProcessRecords:
    return ProcessRecords(tmp_path / "processes.json")


Run = Callable[..., Awaitable[ManagedProcess]]


@pytest.fixture
async def run(tmp_path: Path, records: ProcessRecords) -> AsyncIterator[Run]:
    started: list[ManagedProcess] = []

    async def spawn(
        script: str,
        *arguments: str,
        ports: tuple[int, ...] = (),
        deadline: float = 20,
        ready: Callable[[], Awaitable[bool]] = _yes,
    ) -> ManagedProcess:
        spec = ProgramSpec(
            name="program",
            argv=[sys.executable, "-c", script, *arguments],
            log=tmp_path / "program.log",
            ports=ports,
            ready=ready,
            deadline=deadline,
        )
        process = await ManagedProcess.spawn(spec, records)
        started.append(process)
        return process

    yield spawn
    for process in started:
        await process.stop()


async def test_a_program_is_ready_when_it_listens_itself_and_its_probe_succeeds(port: int, run: Run) -> None:
    process = await run(_LISTENS, str(port), ports=(port,))
    await process.wait_ready()
    assert listens_on(process.pid, [port])


async def test_a_program_whose_probe_fails_is_not_ready(port: int, run: Run, tmp_path: Path) -> None:
    async def no() -> bool:
        return False

    process = await run(_LISTENS, str(port), ports=(port,), ready=no, deadline=1)
    with pytest.raises(StartTimeoutError) as caught:
        await process.wait_ready()
    assert "program runs, but was not ready within 1 s" in str(caught.value)
    assert str(tmp_path / "program.log") in str(caught.value)


async def test_somebody_else_on_the_port_does_not_make_a_program_ready(port: int, run: Run) -> None:
    process = await run(_SLEEPS, ports=(port,), deadline=1)
    with socket.create_server((LOOPBACK, port)), pytest.raises(StartTimeoutError):
        await process.wait_ready()


async def test_a_taken_port_is_named_with_its_holder_before_anything_is_started(
    port: int, run: Run, records: ProcessRecords
) -> None:
    with socket.create_server((LOOPBACK, port)), pytest.raises(PortTakenError) as caught:
        await run(_LISTENS, str(port), ports=(port,))
    assert f"port {port} on 127.0.0.1 is taken by" in str(caught.value)
    assert f"(pid {os.getpid()})" in str(caught.value)
    assert "--ports ephemeral" in str(caught.value)
    assert records.read() == []


async def test_a_program_that_dies_early_is_reported_with_exit_code_and_last_words(run: Run) -> None:
    process = await run(_DIES)
    with pytest.raises(ProcessDiedError) as caught:
        await (await run(_DIES, ready=_never)).wait_ready()
    assert "program ended with exit code 7" in str(caught.value)
    assert "no such flag: --wonderful" in str(caught.value)
    assert (await process.wait_died()).code == 7


async def _never() -> bool:
    return False


async def test_a_program_killed_by_a_signal_is_reported_with_the_signal(port: int, run: Run) -> None:
    process = await run(_LISTENS, str(port), ports=(port,))
    await process.wait_ready()
    psutil.Process(process.pid).kill()
    assert "was ended by SIGKILL" in str(await process.wait_died())


async def test_a_program_that_ignores_sigterm_is_killed_after_its_grace(port: int, run: Run) -> None:
    process = await run(_LISTENS, str(port), "stubborn", ports=(port,))
    await process.wait_ready()
    before = time.monotonic()
    await process.stop()
    assert 4.5 < time.monotonic() - before < 10
    assert not psutil.pid_exists(process.pid)


async def test_work_is_given_up_as_soon_as_a_program_that_it_needs_has_ended(run: Run) -> None:
    needed, dying = await run(_SLEEPS), await run(_DIES)
    with pytest.raises(ProcessDiedError, match=r"program ended with exit code 7\. Correct what its log reports"):
        await while_they_run(asyncio.sleep(600), [needed, dying])


async def test_work_ends_by_itself_while_its_programs_run_and_its_own_failure_is_reported(run: Run) -> None:
    async def fail() -> None:
        message = "a mistake"
        raise LookupError(message)

    needed = await run(_SLEEPS)
    await while_they_run(asyncio.sleep(0), [needed])
    with pytest.raises(LookupError, match="a mistake"):
        await while_they_run(fail(), [needed])


async def test_a_server_that_never_takes_an_object_is_reported_with_object_and_limit(port: int, tmp_path: Path) -> None:
    ca = make_control_plane_certificate(tmp_path).ca
    api: Any = Access(server=f"https://127.0.0.1:{port}", ca=ca, token="t").client()
    manifest = {"apiVersion": "alibabacloud.com/v1", "kind": "AlbConfig", "metadata": {"name": "alb"}}
    with pytest.raises(SeedError, match=r"did not take the lab's AlbConfig 'alb' within 0\.2 s \(last: it did not ans"):
        await create(api, manifest, seconds=0.2)
    api.close()


async def test_a_recorded_process_is_ended_by_a_later_run(port: int, run: Run, records: ProcessRecords) -> None:
    process = await run(_LISTENS, str(port), ports=(port,))
    await process.wait_ready()
    assert [record.pid for record in records.read()] == [process.pid]
    assert stop_recorded(records.read()) == ["program"]
    assert stop_recorded(records.read()) == []


async def test_a_process_that_only_has_the_recorded_pid_is_left_alone(port: int, run: Run) -> None:
    process = await run(_LISTENS, str(port), ports=(port,))
    await process.wait_ready()
    now = ProcessRecord.of("program", process.pid)
    earlier = ProcessRecord(name=now.name, pid=now.pid, created=now.created - 60, command=now.command)
    other = ProcessRecord(name=now.name, pid=now.pid, created=now.created, command="etcd")
    assert stop_recorded([earlier, other]) == []
    assert psutil.Process(process.pid).is_running()
