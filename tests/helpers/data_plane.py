"""The lab's data plane with a simulated cloud, without Kubernetes: two real Caddy processes in front of a test."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

from lab.behaviour import DataPlaneBehaviour, Timings
from lab.certificates import SERVER_CERTIFICATE_ID
from lab.cloud import Cloud, Listener
from lab.cloud.alb.records import Protocol
from lab.dataplane import DataPlane, Route
from lab.ports import PortPlan
from lab.process import ManagedProcess
from lab.process_records import ProcessRecords
from lab.settings import PortMode, RefusalStyle
from tests.helpers.certificates import ClientCredential
from tools.toolchain import locate

T = TypeVar("T")

ALBCONFIG = "alb"
HOST = "demo.alb.ingress.top"
_SECONDS = 20.0


class RunningDataPlane:
    """A data plane that serves one load balancer, in an event loop of its own."""

    def __init__(self, folder: Path, portal: BlockingPortal) -> None:
        """Use `running_data_plane` instead."""
        self.server_ca = folder / "server-ca.pem"
        self.behaviour = DataPlaneBehaviour()
        self._folder = folder
        self._portal = portal
        self._cloud = Cloud(timings=Timings(configuring_seconds=0.05, repository_listed_after_seconds=0))
        self._load_balancer = self._cloud.alb.create_load_balancer(name=ALBCONFIG, edition="Standard").load_balancer_id

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """Start Caddy and serve a load balancer without listeners, until the block ends."""
        async with AsyncExitStack() as stack:
            ports = PortPlan(PortMode.EPHEMERAL)
            stack.callback(ports.release)
            self._plane = DataPlane(
                cloud=self._cloud,
                folder=self._folder,
                server_ca=self.server_ca,
                ports=ports,
                behaviour=self.behaviour,
            )
            records = ProcessRecords(self._folder / "processes.json")
            processes = []
            for instance in self._plane.instances:
                program = instance.program(binary=locate("caddy"), log=self._folder / f"{instance.name}.log")
                processes.append(await ManagedProcess.spawn(program, records))
                stack.push_async_callback(processes[-1].stop)
            for process in processes:
                await process.wait_ready()
            self._plane.set_routes(self._load_balancer, albconfig=ALBCONFIG, routes={})
            stop = asyncio.Event()
            running = asyncio.create_task(self._plane.run(stop))
            yield
            stop.set()
            await running

    def run(self, change: Callable[[], T]) -> T:
        """Call something in the event loop of the data plane, and return what it returns."""
        return self._portal.call(change)

    def trust(self, authority: ClientCredential) -> str:
        """Upload a CA and return its identifier."""

        def upload() -> str:
            cas = self._cloud.cas
            repository = cas.create_repository(name="test", type_="uploadedAuthorityCertificate")
            return cas.upload(pem=authority.pem, repository_number=repository.number).identifier

        return self.run(upload)

    def lose(self, identifier: str) -> None:
        """Delete a CA although a listener has it."""
        self._cloud.behaviour.bound_ca_deletion_rejected = False
        self.run(lambda: self._cloud.cas.delete_certificate(identifier))

    def listener(self, protocol: Protocol, *, port: int = 443, **attributes: Any) -> str:
        """Make a listener, or change the one of this protocol and port; return where it answers once it settled."""
        listener = self.start_listener(protocol, port=port, **attributes)
        self._wait(
            lambda: self._cloud.alb.listener(listener.listener_id).status == "Running",
            f"listener {listener.label} was still Configuring",
        )
        return self.address(listener.label)

    def start_listener(self, protocol: Protocol, *, port: int = 443, **attributes: Any) -> Listener:
        """Make or change a listener without waiting for it."""
        label = f"{port}/{protocol}"
        alb = self._cloud.alb
        certificates = () if protocol == "HTTP" else (SERVER_CERTIFICATE_ID,)

        def change() -> Listener:
            present = {each.label: each for each in alb.listeners(self._load_balancer)}
            if label in present:
                return alb.update_listener_attribute(present[label].listener_id, **attributes)
            return alb.create_listener(
                self._load_balancer, port=port, protocol=protocol, certificate_ids=certificates, **attributes
            )

        return self.run(change)

    def delete_listener(self, protocol: str, *, port: int = 443) -> None:
        """Delete a listener."""
        alb = self._cloud.alb
        for listener in self.run(lambda: alb.listeners(self._load_balancer)):
            if listener.label == f"{port}/{protocol}":
                self.run(lambda listener=listener: alb.delete_listener(listener.listener_id))  # type: ignore[misc]  # bound early

    def delete_listeners(self) -> None:
        """Delete all listeners."""
        alb = self._cloud.alb
        for listener in self.run(lambda: alb.listeners(self._load_balancer)):
            self.delete_listener(listener.protocol, port=listener.port)

    def route(self, *routes: Route, listeners: tuple[str, ...]) -> None:
        """Replace the forwarding rules of all listeners."""
        by_listener = dict.fromkeys(listeners, routes)
        self.run(lambda: self._plane.set_routes(self._load_balancer, albconfig=ALBCONFIG, routes=by_listener))
        self.wait_current()

    def wait_current(self) -> None:
        """Return when everything is served as it is now."""
        self._wait(self._plane.is_current, "the listeners were not served")

    def status(self, label: str) -> str:
        """Return the status of a listener, such as `443/HTTPS`."""
        return self._found(label).status

    def listener_id(self, label: str) -> str:
        """Return the id of a listener."""
        return self._found(label).listener_id

    def address(self, label: str) -> str:
        """Return where a listener answers."""
        found = self._found(label)
        address = self.run(lambda: self._plane.address(found))
        assert address is not None, f"there was no port left for {label}"
        return address

    def has_port(self, label: str) -> bool:
        """Tell whether a listener could be given a port."""
        found = self._found(label)
        return self.run(lambda: self._plane.address(found)) is not None

    def refuse_by(self, style: RefusalStyle) -> None:
        """Switch the refusal style and return when it is served."""
        self.behaviour.refusal = style
        self.wait_current()

    def _found(self, label: str) -> Listener:
        listeners = self.run(lambda: self._cloud.alb.listeners(self._load_balancer))
        return next(each for each in listeners if each.label == label)

    def _wait(self, condition: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + _SECONDS
        while not self.run(condition):
            if time.monotonic() > deadline:
                message = f"{otherwise} after {_SECONDS:g} s"
                raise AssertionError(message)
            time.sleep(0.02)


@contextmanager
def running_data_plane(folder: Path) -> Iterator[RunningDataPlane]:
    """Run a data plane until the block ends."""
    with start_blocking_portal() as portal:
        plane = RunningDataPlane(folder, portal)
        with portal.wrap_async_context_manager(plane.served()):
            yield plane
