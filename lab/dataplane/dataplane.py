"""The data plane: serves the ALB's listeners on loopback, as they are configured at the moment."""

import asyncio
import contextlib
import logging
import socket
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lab.behaviour import DataPlaneBehaviour
from lab.certificates import SERVER_CERTIFICATE_ID, SERVER_NAME, make_listener_certificate
from lab.dataplane.authorities import Authorities
from lab.dataplane.caddy import CaddyError, CaddyInstance
from lab.dataplane.caddy_config import ListenerConfig, Surroundings
from lab.dataplane.client_certificate_headers import ClientCertificateHeaders
from lab.dataplane.fronts import Fronts, Opening
from lab.dataplane.helper_app import helper_app
from lab.dataplane.placement import Place, Placement
from lab.dataplane.readable import ReadableAuthorities
from lab.dataplane.second import SecondServer, Served, is_of_second_server, served_listener
from lab.ports import LOOPBACK
from lab.serving import serve
from lab.settings import RefusalStyle
from lab.waiting import first_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lab.cloud import Cloud
    from lab.cloud.alb import Listener
    from lab.dataplane.routes import Route
    from lab.ports import PortPlan

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5
_RETRY_SECONDS = 1.0
# A connection that was taken just before a change has this long to bring its request.
_LINGER_SECONDS = 1.0
_POLL_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class _Look:
    """Everything that is served, and all that decides on it."""

    configs: tuple[ListenerConfig, ...]
    places: tuple[Place, ...]
    ports: tuple[int, ...]
    refusal: RefusalStyle
    backend_works: bool
    backend: str
    second: tuple[Served, ...]
    revisions: tuple[tuple[str, int], ...] = field(compare=False)


class DataPlane:
    """Two Caddy instances behind the listeners' fronts: one serves, the other takes the next configuration.

    Attributes:
        behaviour: what can be changed while it runs.
        instances: to be started before `run`, and ended after it, by whoever runs the lab.
        ready: set once listeners are served.
        albconfigs: name of the AlbConfig by load balancer id; only these load balancers are served.
    """

    def __init__(
        self,
        *,
        cloud: "Cloud",
        folder: "Path",
        server_ca: "Path",
        ports: "PortPlan",
        behaviour: DataPlaneBehaviour | None = None,
    ) -> None:
        """Make the server certificate; nothing listens yet."""
        self.behaviour = behaviour or DataPlaneBehaviour()
        self.ready = asyncio.Event()
        self.instances = tuple(CaddyInstance(name, folder=folder / name) for name in ("caddy-a", "caddy-b"))
        self._spare, self._active = self.instances
        self._cloud = cloud
        self._placement = Placement(ports)
        self._certificate = make_listener_certificate(folder / "server", ca=server_ca)
        self._authorities = Authorities(cloud, self.behaviour)
        self.albconfigs: dict[str, str] = {}
        self._routes: dict[str, Mapping[str, tuple[Route, ...]]] = {}
        self._served: _Look | None = None
        self._helper = helper_app(self._authorities.by_digest)
        self._readable = ReadableAuthorities()
        self._second = SecondServer(self._certificate, helper=self._helper)
        self._fronts = Fronts()
        self._openings: list[Opening] = []
        self._changed = asyncio.Event()
        self._resting: asyncio.Task[None] | None = None
        self._settling: dict[str, tuple[int, asyncio.Task[None]]] = {}
        cloud.alb.server_certificates[SERVER_CERTIFICATE_ID] = self._certificate.certificate
        cloud.alb.subscribe(self._changed.set)

    def set_routes(self, load_balancer_id: str, *, albconfig: str, routes: "Mapping[str, tuple[Route, ...]]") -> None:
        """Take the forwarding rules of a load balancer; only such load balancers are served."""
        self.albconfigs[load_balancer_id] = albconfig
        self._routes[load_balancer_id] = dict(routes)
        self._changed.set()

    def forget(self, load_balancer_id: str) -> None:
        """Serve a load balancer no more: its AlbConfig is gone."""
        self.albconfigs.pop(load_balancer_id, None)
        self._routes.pop(load_balancer_id, None)
        self._changed.set()

    def address(self, listener: "Listener") -> str | None:
        """Return where a listener is reached, `127.0.0.1:PORT`; None when the lab has no port left for it.

        Raises:
            KeyError: its load balancer belongs to no AlbConfig.
        """
        port = self._port(listener)
        return None if port is None else f"{LOOPBACK}:{port}"

    def is_current(self) -> bool:
        """Return whether listeners are served as they, the rules and the behaviour are now."""
        return self._look() == self._served

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set. The instances run already and are ended by whoever started them."""
        helper = await serve(self._helper, port=0)
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self._changed.clear()
                if await self._bring_up_to_date(helper.address):
                    await first_of(self._changed.wait(), stopping, seconds=_LOOK_SECONDS)
                else:
                    await first_of(stopping, seconds=_RETRY_SECONDS)
        finally:
            stopping.cancel()
            await self._end_tasks()
            await self._fronts.stop()
            await self._second.stop()
            await helper.stop()

    async def _bring_up_to_date(self, helper: str) -> bool:
        try:
            look = self._look()
            if look != self._served:
                # Until it is done, and also when it was done by halves, it is unknown what is served.
                self._served = None
                await self._reconfigure(look, helper)
                self._served = look
                self._placement.keep_only(look.places)
        except (CaddyError, LookupError, OSError, ValueError) as error:
            _log.error("listeners stay as they are: %s", error)
            return False
        self.ready.set()
        self._settle(look.revisions)
        return True

    def _look(self) -> _Look:
        placed = [
            (each, port)
            for name in self.albconfigs
            for each in self._cloud.alb.listeners(name)
            if (port := self._port(each)) is not None
        ]
        listeners = [each for each, _ in placed]
        configs = tuple(self._config(each) for each in listeners)
        return _Look(
            configs=configs,
            places=tuple(self._place(each) for each in listeners),
            ports=tuple(port for _, port in placed),
            refusal=self.behaviour.refusal,
            backend_works=self.behaviour.backend_works,
            backend=self.behaviour.backend,
            second=tuple(
                served_listener(listener, config, self.behaviour)
                for listener, config in zip(listeners, configs, strict=True)
                if is_of_second_server(self._place(listener), self.behaviour)
            ),
            revisions=tuple((each.listener_id, each.revision) for each in listeners),
        )

    def _config(self, listener: "Listener") -> ListenerConfig:
        return ListenerConfig(
            listener_id=listener.listener_id,
            protocol=listener.protocol,
            bind="",
            routes=self._routes[listener.load_balancer_id].get(listener.label, ()),
            client_ca=self._authorities.of(listener),
            headers=ClientCertificateHeaders.of(
                listener.x_forwarded_for, forged_pass=self.behaviour.forged_headers_pass
            ),
            http2=listener.http2_enabled,
            idle_seconds=listener.idle_timeout,
            quic_port=self._quic_port(listener),
        )

    def _quic_port(self, listener: "Listener") -> int | None:
        if not listener.quic.get("QuicUpgradeEnabled"):
            return None
        siblings = self._cloud.alb.listeners(listener.load_balancer_id)
        upgrade_id = listener.quic.get("QuicListenerId")
        return next((self._port(each) for each in siblings if each.listener_id == upgrade_id), None)

    async def _reconfigure(self, look: _Look, helper: str) -> None:
        if self._resting is not None:
            await self._resting
        spare = self._spare
        inner = [_free_udp_port() if each.protocol == "QUIC" else each.listener_id for each in look.configs]
        bound = [_bind(each, spare, name) for each, name in zip(look.configs, inner, strict=True)]
        around = self._surroundings(look, spare, helper)
        await self._readable.load(spare, bound, around)
        await self._second.show(look.second)
        left = self._openings
        seconds = {each.listener_id for each in look.second}
        self._openings = [
            Opening(port=port, inner=self._inner(name, spare, seconds))
            for port, name in zip(look.ports, inner, strict=True)
        ]
        try:
            await self._fronts.show(self._openings)
        finally:
            # Also when one port could not be opened: the other fronts have turned.
            self._spare, self._active = self._active, spare
            self._resting = asyncio.create_task(self._rest(self._spare, left))

    def _inner(self, name: str | int, instance: CaddyInstance, seconds: "set[str]") -> str | int:
        if name in seconds:
            return self._second.socket_name(str(name))
        return instance.socket_name(name) if isinstance(name, str) else name

    async def _rest(self, instance: CaddyInstance, openings: "list[Opening]") -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while self._fronts.pass_to(openings):  # noqa: ASYNC110  # fronts send no event
                    await asyncio.sleep(_POLL_SECONDS)
        try:
            await instance.rest()
        except CaddyError as error:
            _log.error("%s", error)

    def _surroundings(self, look: _Look, instance: CaddyInstance, helper: str) -> Surroundings:
        return Surroundings(
            admin=instance.admin,
            backend=instance.network_address("backend"),
            helper=helper,
            folder=instance.folder / "storage",
            certificate=self._certificate.certificate,
            key=self._certificate.key,
            server_name=SERVER_NAME,
            refusal=look.refusal,
            backend_works=look.backend_works,
            other_backend=look.backend,
        )

    def _settle(self, revisions: tuple[tuple[str, int], ...]) -> None:
        for listener_id, revision in revisions:
            pending = self._settling.get(listener_id)
            if pending is None or pending[0] != revision:
                task = asyncio.create_task(self._settle_later(listener_id, revision))
                self._settling[listener_id] = (revision, task)

    async def _settle_later(self, listener_id: str, revision: int) -> None:
        await asyncio.sleep(self._cloud.timings.configuring_seconds)
        while not self.behaviour.listeners_settle:  # noqa: ASYNC110  # the switch is a plain attribute
            await asyncio.sleep(_LOOK_SECONDS)
        self._cloud.alb.settle(listener_id, revision)

    async def _end_tasks(self) -> None:
        tasks = [task for _, task in self._settling.values()]
        if self._resting is not None:
            tasks.append(self._resting)
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)

    def _port(self, listener: "Listener") -> int | None:
        return self._placement.port(self._place(listener))

    def _place(self, listener: "Listener") -> Place:
        return self.albconfigs[listener.load_balancer_id], listener.label


def _bind(listener: ListenerConfig, instance: CaddyInstance, inner: str | int) -> ListenerConfig:
    address = instance.network_address(inner) if isinstance(inner, str) else f"{LOOPBACK}:{inner}"
    return replace(listener, bind=address)


def _free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
