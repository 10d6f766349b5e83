"""A real kube-apiserver behind the lab's proxy, without the rest of a lab."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import kubernetes

from lab.control_plane import ControlPlane
from lab.control_plane.seed import bring_up
from lab.interception import Entry, Fault, FaultKind, Interceptor
from lab.kubernetes_proxy import kubernetes_proxy
from lab.paths import LabPaths
from lab.ports import PortPlan
from lab.process_records import ProcessRecords
from lab.serving import serve
from lab.settings import PortMode
from tests.helpers.intercepted import REACHED_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

ALBCONFIGS = "/apis/alibabacloud.com/v1/albconfigs"


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A control plane with the proxy before it."""

    plane: ControlPlane
    interceptor: Interceptor
    url: str

    def client(self, token: str | None = None, *, url: str = "") -> httpx.AsyncClient:
        """Return a client of the program's user, or of whoever the token names."""
        return httpx.AsyncClient(
            base_url=url or self.url,
            headers={"Authorization": f"Bearer {token or self.plane.users.program}"},
            verify=ssl.create_default_context(cafile=self.plane.certificates.ca),
            trust_env=False,
            timeout=REACHED_SECONDS,
        )

    def official(self) -> kubernetes.client.CustomObjectsApi:
        """Return the official client as the program's user."""
        configuration = kubernetes.client.Configuration(host=self.url)
        configuration.ssl_ca_cert = str(self.plane.certificates.ca)
        configuration.api_key = {"authorization": self.plane.users.program}
        configuration.api_key_prefix = {"authorization": "Bearer"}
        return kubernetes.client.CustomObjectsApi(kubernetes.client.ApiClient(configuration))

    def fault(self, kind: FaultKind, **rule: Any) -> None:
        """Put a fault in force."""
        self.interceptor.faults.add(Fault(kind=kind, **rule))

    def entries(self, api: str = "*") -> list[Entry]:
        """Return the journal."""
        return list(self.interceptor.journal.entries(api=api))

    async def description(self) -> str:
        """Return what `alb` says now, read past the proxy."""
        async with self.client(self.plane.users.admin, url=self.plane.url) as direct:
            albconfig = (await direct.get(f"{ALBCONFIGS}/alb")).json()
        return str(albconfig["metadata"].get("annotations", {}).get("note", ""))


@contextlib.asynccontextmanager
async def running_cluster(project: "Path") -> AsyncIterator[Cluster]:
    """Run one while the block runs.

    Args:
        project: folder below which its files go.
    """
    paths = LabPaths.of("proxy", project=project)
    paths.logs.mkdir(parents=True, mode=0o700)
    ports = PortPlan(PortMode.EPHEMERAL)
    plane = ControlPlane(paths, ports, ProcessRecords(paths.processes))
    interceptor = Interceptor()
    try:
        await plane.spawn()
        await bring_up(plane)
        proxy = kubernetes_proxy(
            upstream=plane.url,
            ca_file=plane.certificates.ca,
            interceptor=interceptor,
            users=plane.users.names(),
        )
        server = await serve(proxy, port=0, tls=(plane.certificates.certificate, plane.certificates.key))
        yield Cluster(plane=plane, interceptor=interceptor, url=f"https://{server.address}")
        await server.stop()
    finally:
        await plane.stop()
        ports.release()


@contextlib.asynccontextmanager
async def before_upstream(cluster: Cluster, upstream: Callable[..., Any]) -> AsyncIterator[httpx.AsyncClient]:
    """Put a proxy before a server that misbehaves."""
    certificates = cluster.plane.certificates
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates.certificate, certificates.key)
    bad = await asyncio.start_server(upstream, "127.0.0.1", 0, ssl=context)
    proxy = kubernetes_proxy(
        upstream=f"https://127.0.0.1:{bad.sockets[0].getsockname()[1]}",
        ca_file=certificates.ca,
        interceptor=cluster.interceptor,
        users={},
    )
    server = await serve(proxy, port=0, tls=(certificates.certificate, certificates.key))
    async with cluster.client(url=f"https://{server.address}") as client:
        yield client
    await server.stop()
    bad.close()
    await bad.wait_closed()
