"""The lab's cloud without the lab: both APIs on loopback, served by a thread of the test process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

from lab.behaviour import Timings
from lab.cloud import Cloud, Credentials, alb_app, cas_app
from lab.interception import Fault, FaultKind, Interceptor
from lab.principal_name import PrincipalName
from lab.serving import serve

if TYPE_CHECKING:
    from starlette.types import ASGIApp

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class SimulatedCloud:
    """A running cloud."""

    cloud: Cloud
    cas: str
    alb: str
    _interceptor: Interceptor
    _portal: BlockingPortal

    @property
    def credentials(self) -> Credentials:
        """The key of the account's administrator."""
        return self.cloud.credentials[PrincipalName.ADMIN]

    @property
    def config(self) -> dict[str, str]:
        """Return the key of whoever runs an `up`, as Pulumi's configuration has it."""
        return self.config_of(PrincipalName.UP)

    def config_of(self, name: PrincipalName) -> dict[str, str]:
        """Return the key of a principal, as Pulumi's configuration has it."""
        credentials = self.cloud.credentials[name]
        return {
            "alicloud:accessKey": credentials.access_key_id,
            "alicloud:secretKey": credentials.access_key_secret,
        }

    def fault(self, kind: FaultKind, api: str, *, times: int | None = 1) -> None:
        """Let the next `times` calls of `api` go wrong; None for all of them."""
        self.run(lambda: self._interceptor.faults.add(Fault(kind=kind, api=api, times=times)))

    def run(self, change: Callable[[], T]) -> T:
        """Call `change` in the event loop that serves the cloud, and return what it returns."""
        return self._portal.call(change)

    def calls(self, api: str) -> int:
        """Return how often `api` was called, calls that went wrong included."""
        return self.run(lambda: sum(entry.api == api for entry in self._interceptor.journal.entries()))

    def effects(self, api: str) -> list[str]:
        """Return what the journal notes of each call of `api`, oldest first."""
        return self.run(lambda: [entry.effect for entry in self._interceptor.journal.entries(api=api)])


@asynccontextmanager
async def _served(*apps: "ASGIApp") -> AsyncIterator[list[str]]:
    servers = [await serve(app, port=0) for app in apps]
    try:
        yield [f"http://{server.address}" for server in servers]
    finally:
        await asyncio.gather(*(server.stop() for server in servers))


@contextmanager
def simulated_cloud() -> Iterator[SimulatedCloud]:
    """Serve a cloud with short waits and an account of its own until the block ends."""
    # Throttling is tested where it is meant; everywhere else it would only cost time.
    timings = Timings(configuring_seconds=0.05, repository_listed_after_seconds=0.1, requests_per_second=1000)
    with start_blocking_portal() as portal:
        cloud, interceptor = Cloud(timings=timings), Interceptor()
        apps = (cas_app(cloud, interceptor), alb_app(cloud, interceptor))
        with portal.wrap_async_context_manager(_served(*apps)) as (cas, alb):
            yield SimulatedCloud(cloud=cloud, cas=cas, alb=alb, _interceptor=interceptor, _portal=portal)
