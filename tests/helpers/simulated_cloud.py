"""The lab's cloud without the lab: both APIs on loopback, served by a thread of the test process."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import TypeVar

from lab.cloud import Behaviour, Cloud, Credentials, Timings, alb_app, cas_app
from lab.interception import FaultKind, Interceptor
from lab.interception.faults import Fault
from lab.serving import Server, serve

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class SimulatedCloud:
    """A running cloud."""

    cloud: Cloud
    credentials: Credentials
    cas: str
    alb: str
    _interceptor: Interceptor
    _loop: asyncio.AbstractEventLoop

    @property
    def config(self) -> dict[str, str]:
        """Return the key as Pulumi's configuration has it."""
        return {
            "alicloud:accessKey": self.credentials.access_key_id,
            "alicloud:secretKey": self.credentials.access_key_secret,
        }

    def fault(self, kind: FaultKind, api: str, *, times: int | None = 1) -> None:
        """Let the next `times` calls of `api` go wrong; None for all of them."""
        self.run(lambda: self._interceptor.faults.add(Fault(kind=kind, api=api, times=times)))

    def run(self, change: Callable[[], T]) -> T:
        """Call `change` in the event loop that serves the cloud, and return what it returns."""

        async def changed() -> T:
            return change()

        return asyncio.run_coroutine_threadsafe(changed(), self._loop).result(timeout=10)

    def calls(self, api: str) -> int:
        """Return how often `api` was called, calls that went wrong included."""
        return self.run(lambda: sum(entry.api == api for entry in self._interceptor.journal.entries()))

    def effects(self, api: str) -> list[str]:
        """Return what the journal notes of each call of `api`, oldest first."""
        return self.run(lambda: [entry.effect for entry in self._interceptor.journal.entries(api=api)])


@contextmanager
def simulated_cloud() -> Iterator[SimulatedCloud]:
    """Serve a cloud with short waits and an account of its own until the block ends."""
    credentials = Credentials(
        access_key_id="LTAI-made-up", access_key_secret="made-up-secret", security_token="made-up-token"
    )
    # Throttling is tested where it is meant; everywhere else it would only cost time.
    timings = Timings(configuring_seconds=0.05, repository_listed_after_seconds=0.1, requests_per_second=1000)
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="simulated cloud")
    thread.start()
    servers: list[Server] = []

    async def start() -> tuple[Cloud, Interceptor]:
        cloud, interceptor = Cloud(credentials=credentials, timings=timings, behaviour=Behaviour()), Interceptor()
        servers.append(await serve(cas_app(cloud, interceptor), port=0))
        servers.append(await serve(alb_app(cloud, interceptor), port=0))
        return cloud, interceptor

    async def stop() -> None:
        await asyncio.gather(*(server.stop() for server in servers))

    try:
        cloud, interceptor = asyncio.run_coroutine_threadsafe(start(), loop).result(timeout=10)
        yield SimulatedCloud(
            cloud=cloud,
            credentials=credentials,
            cas=f"http://{servers[0].address}",
            alb=f"http://{servers[1].address}",
            _interceptor=interceptor,
            _loop=loop,
        )
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()
