"""One request of a client to a listener, and what comes of it."""

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from tests.clients.servers import Server
from tests.helpers.tls_servers import HOST


@dataclass(frozen=True, kw_only=True)
class ClientRequest:
    """What a client is to do: one request.

    Attributes:
        tls: the only version that it may speak, `1.2` or `1.3`.
        bundle: path of the client's files without their endings; None for a client without certificate.
    """

    server: Server
    tls: str
    bundle: Path | None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of it.

    Attributes:
        status: of HTTP, 0 when there was no answer.
        body: of the answer.
        printed: what the client printed instead of an answer.
    """

    status: int = 0
    body: str = ""
    printed: str = ""

    @property
    def accepted(self) -> bool:
        """Say whether the listener accepted the request."""
        return self.status == HTTPStatus.OK


def positional(request: ClientRequest) -> list[str]:
    """Return the arguments that all programs in `sources` take: ADDRESS HOST SERVER_CA 1.2|1.3 [FOLDER/NAME]."""
    server = request.server
    bundle = [] if request.bundle is None else [str(request.bundle)]
    return [server.address, HOST, str(server.server_ca), request.tls, *bundle]


def positional_with_pfx(request: ClientRequest) -> list[str]:
    """Return the arguments with which a program takes the PKCS#12 file in place of key and chain."""
    return [*positional(request), *([] if request.bundle is None else ["pfx"])]


def curl_options(request: ClientRequest) -> list[str]:
    """Return the arguments of curl."""
    server = request.server
    options = ["--silent", "--show-error", "--max-time", "10", "--write-out", "\n%{http_code}"]
    options += [f"--tlsv{request.tls}", "--tls-max", request.tls, "--cacert", str(server.server_ca)]
    if request.bundle is not None:
        options += ["--cert", f"{request.bundle}.chain.pem", "--key", f"{request.bundle}.key"]
    return [*options, "--connect-to", f"::{server.address}", f"https://{HOST}/"]
