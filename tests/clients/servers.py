"""The listeners that clients are tried against: three that no one here wrote, and the lab's in both styles."""

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lab.dataplane import Route
from lab.settings import RefusalStyle
from tests.helpers.certificates import ClientCredential
from tests.helpers.data_plane import running_data_plane
from tests.helpers.tls_servers import (
    HOST,
    StartServer,
    nginx_server,
    openssl_server,
    plain_server,
    python_server,
    server_files,
)


class Style(StrEnum):
    """How a listener refuses; what the tables are headed by."""

    OPENSSL = "alert of OpenSSL"
    GO = "alert of Go"
    PAGE = "page"
    CUT = "connection cut off"


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running listener.

    Attributes:
        address: `host:port`; the name to ask for is HOST.
        server_ca: file of the CA of its certificate.
        names_cas: whether it tells clients which CAs it takes, by which some choose a certificate or none.
    """

    name: str
    address: str
    server_ca: Path
    style: Style
    names_cas: bool = True


Start = Callable[[Path, ClientCredential, ClientCredential], Iterator[Server]]


def _started(name: str, start: StartServer, *, style: Style, names_cas: bool = True) -> Start:
    def run(folder: Path, client_ca: ClientCredential, server_ca: ClientCredential) -> Iterator[Server]:
        files = server_files(folder, server_ca, client_ca.certificate)
        with start(files) as port:
            yield Server(
                name=name,
                address=f"127.0.0.1:{port}",
                server_ca=files.authority,
                style=style,
                names_cas=names_cas,
            )

    return run


def _lab(refusal: RefusalStyle, *, style: Style) -> Start:
    def run(folder: Path, client_ca: ClientCredential, _: ClientCredential) -> Iterator[Server]:
        with running_data_plane(folder) as plane:
            plane.route(Route(host=HOST), listeners=("443/HTTPS",))
            address = plane.listener("HTTPS", ca_enabled=True, ca_certificate_ids=[plane.trust(client_ca)])
            plane.refuse_by(refusal)
            yield Server(name=f"lab, {refusal}", address=address, server_ca=plane.server_ca, style=style)

    return run


def _cutting(folder: Path, client_ca: ClientCredential, server_ca: ClientCredential) -> Iterator[Server]:
    files = server_files(folder, server_ca, client_ca.certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)

    def talk(connected: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(connected, server_side=True) as secured:
            secured.recv(65536)
            # Closed with a linger time of zero, TCP sends a reset.
            secured.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with plain_server(talk) as port:
        yield Server(name=CUTTING, address=f"127.0.0.1:{port}", server_ca=files.authority, style=Style.CUT)


SERVERS: dict[str, Start] = {
    "openssl": _started("openssl s_server", openssl_server, style=Style.OPENSSL),
    "python": _started("Python ssl", python_server, style=Style.OPENSSL, names_cas=False),
    "nginx": _started("nginx", nginx_server, style=Style.PAGE),
    "lab-alert": _lab(RefusalStyle.ALERT, style=Style.GO),
    "lab-page": _lab(RefusalStyle.PAGE, style=Style.PAGE),
}
"""Listeners that refuse."""
CUTTING = "cutting"
"""A listener that cuts off every client after its request, as when the reset overtakes the alert."""


@contextmanager
def running(name: str, folder: Path, *, client_ca: ClientCredential, server_ca: ClientCredential) -> Iterator[Server]:
    """Run one of SERVERS, or CUTTING, until the block ends.

    Args:
        name: of it.
        folder: for its files.
        client_ca: whose clients it accepts.
        server_ca: signs its certificate; the lab's listener has a CA of its own.
    """
    start = _cutting if name == CUTTING else SERVERS[name]
    yield from start(folder, client_ca, server_ca)
