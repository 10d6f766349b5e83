"""The lab's second TLS server by itself, on a port: one listener whose machines follow when they do. No process.

Everything runs in one thread of its own, so that hundreds of connections a second are possible:

    with running_second_server(folder, client_ca=None, lag=Lag(machines=20, share=0.05, never=True)) as server:
        server.serve(client_ca=authority)      # 19 of 20 machines request a certificate from now on
        server.address, server.server_ca
"""

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lab.certificates import make_listener_certificate
from lab.dataplane.caddy_config import ListenerConfig
from lab.dataplane.helper_app import helper_app
from lab.dataplane.routes import Route
from lab.dataplane.second import Lag, SecondServer, Served, Terms
from lab.dataplane.tcp_front import TcpFront
from lab.ports import LOOPBACK

HOST = "demo.alb.ingress.top"
_ID = "lsn-1"


class RunningSecondServer:
    """A listener on the second server.

    Attributes:
        address: `127.0.0.1:PORT`.
        server_ca: file of the CA that signed the server certificate.
    """

    def __init__(self, folder: Path, portal: BlockingPortal, served: Served) -> None:
        """Use `running_second_server` instead."""
        self.server_ca = folder / "server-ca.pem"
        self._port = _free_port()
        self.address = f"{LOOPBACK}:{self._port}"
        self._portal = portal
        self._served = served
        self._folder = folder

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve until the block ends."""
        certificate = make_listener_certificate(self._folder / "server", ca=self.server_ca)
        self._server = SecondServer(certificate, helper=helper_app(lambda _: None))
        await self._server.show([self._served])
        front = TcpFront(port=self._port, inner=self._server.socket_name(_ID))
        await front.open()
        try:
            yield
        finally:
            await front.stop()
            await self._server.stop()

    def serve(self, *, client_ca: x509.Certificate | None, **terms: Any) -> None:
        """Change the listener; each machine follows in its time."""
        config = replace(self._served.terms.config, client_ca=_der(client_ca))
        self.change(terms=replace(self._served.terms, config=config, **terms))

    def change(self, **changes: Any) -> None:
        """Change how the listener is served: `lag`, `connection_loss`, `terms`."""
        self._served = replace(self._served, **changes)
        self._portal.call(self._server.show, [self._served])


@contextmanager
def running_second_server(
    folder: Path,
    *,
    client_ca: x509.Certificate | None,
    lag: Lag | None = None,
    connection_loss: float = 0.0,
    **terms: Any,
) -> Iterator[RunningSecondServer]:
    """Run the server until the block ends.

    Args:
        folder: for its files.
        client_ca: whose clients are accepted; None when no certificate is requested.
        lag: how its machines follow a change; one machine, at once, by default.
        connection_loss: share of fresh connections that are cut.
        terms: of `Terms`, such as `refusal`.
    """
    config = ListenerConfig(
        listener_id=_ID, protocol="HTTPS", bind="", routes=(Route(host=HOST),), client_ca=_der(client_ca)
    )
    served = Served(
        listener_id=_ID,
        terms=Terms(config=config, load_balancer_id="alb-1", **terms),
        lag=lag or Lag(),
        connection_loss=connection_loss,
    )
    with start_blocking_portal() as portal:
        server = RunningSecondServer(folder, portal, served)
        with portal.wrap_async_context_manager(server.running()):
            yield server


def _der(certificate: x509.Certificate | None) -> bytes | None:
    return None if certificate is None else certificate.public_bytes(Encoding.DER)


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
