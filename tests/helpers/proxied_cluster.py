"""The kube-apiserver of a lab behind a proxy of the test's own."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import kubernetes

from lab.certificates import ServerCertificate
from lab.control_plane import Users
from lab.interception import Entry, Fault, FaultKind, Interceptor
from lab.kubernetes_proxy import kubernetes_proxy
from lab.serving import serve
from tests.helpers.intercepted import REACHED_SECONDS

if TYPE_CHECKING:
    from tests.helpers.lab import LabHandle

ALBCONFIGS = "/apis/alibabacloud.com/v1/albconfigs"


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A kube-apiserver with the proxy before it."""

    upstream: str
    certificates: ServerCertificate
    users: Users
    interceptor: Interceptor
    url: str

    def client(self, token: str | None = None, *, url: str = "") -> httpx.AsyncClient:
        """Return a client of the program's user, or of whoever the token names."""
        return httpx.AsyncClient(
            base_url=url or self.url,
            headers={"Authorization": f"Bearer {token or self.users.program}"},
            verify=ssl.create_default_context(cafile=self.certificates.ca),
            trust_env=False,
            timeout=REACHED_SECONDS,
        )

    def official(self) -> kubernetes.client.CustomObjectsApi:
        """Return the official client as the program's user."""
        configuration = kubernetes.client.Configuration(host=self.url)
        configuration.ssl_ca_cert = str(self.certificates.ca)
        configuration.api_key = {"authorization": self.users.program}
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
        async with self.client(self.users.admin, url=self.upstream) as direct:
            albconfig = (await direct.get(f"{ALBCONFIGS}/alb")).json()
        return str(albconfig["metadata"].get("annotations", {}).get("note", ""))


@contextlib.asynccontextmanager
async def proxied(lab: "LabHandle") -> AsyncIterator[Cluster]:
    """Put a proxy with an interceptor of its own before the kube-apiserver of a lab while the block runs.

    Whoever tests with it holds the lab's controller, which would work on the same objects.
    """
    admin, program = (
        json.loads(file.read_text()) for file in (lab.paths.admin_kubeconfig, lab.paths.program_kubeconfig)
    )
    users = Users(admin=admin["users"][0]["user"]["token"], program=program["users"][0]["user"]["token"])
    folder = lab.paths.control_plane
    certificates = ServerCertificate(
        ca=folder / "ca.pem", certificate=folder / "server.pem", key=folder / "server-key.pem"
    )
    upstream = admin["clusters"][0]["cluster"]["server"]
    interceptor = Interceptor()
    proxy = kubernetes_proxy(upstream=upstream, ca_file=certificates.ca, interceptor=interceptor, users=users.names())
    server = await serve(proxy, port=0, tls=(certificates.certificate, certificates.key))
    try:
        yield Cluster(
            upstream=upstream,
            certificates=certificates,
            users=users,
            interceptor=interceptor,
            url=f"https://{server.address}",
        )
    finally:
        await server.stop()


@contextlib.asynccontextmanager
async def before_upstream(cluster: Cluster, upstream: Callable[..., Any]) -> AsyncIterator[httpx.AsyncClient]:
    """Put a proxy before a server that misbehaves."""
    certificates = cluster.certificates
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
