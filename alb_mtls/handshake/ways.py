"""The ways in that a request may take beside the ordinary one: each has been a bypass of client authentication."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alb_mtls.addresses import is_dns_name, is_ip_address
from alb_mtls.handshake.http_exchange import USER_AGENT
from alb_mtls.handshake.target import Target

_BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
_OTHER_PATH = "/alb-mtls-probe"


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a request differs from the ordinary one.

    Attributes:
        name: for people.
        server_name: of the TLS handshake (SNI): empty for none; None for the target's host.
        host: of the request; None for the target's.
        path: of the request; None for the target's.
        alpn: whether an application protocol is offered.
        verified: whether the server's certificate must be for the target's host.
        each_version: whether it is tried in every version of TLS, or in one.
    """

    name: str = ""
    server_name: str | None = None
    host: str | None = None
    path: str | None = None
    method: str = "GET"
    user_agent: str = USER_AGENT
    alpn: bool = True
    verified: bool = True
    each_version: bool = True


ORDINARY = Way()
UNVERIFIED = Way(verified=False)


def ways_to(target: Target, other_host: str | None) -> Iterator[Way]:
    """Yield every way but the ordinary one.

    Which listener a handshake belongs to may hang on its server name, and is decided in TLS; whether a page rejects may
    hang on the request.

    Args:
        target: that is reached.
        other_host: another host of the listener, if it has one.
    """
    yield Way(name="without SNI", server_name="", verified=False)
    address = target.endpoint[0]
    if is_ip_address(address):
        yield Way(name="for its IP address", server_name="", host=address, verified=False)
    if other_host is not None:
        yield Way(name=f"with SNI {other_host}", server_name=other_host, verified=False)
        yield Way(name=f"with Host {other_host}", host=other_host)
        yield Way(name=f"for {other_host}", server_name=other_host, host=other_host, verified=False)
    yield Way(name="without ALPN", alpn=False)
    yield Way(name="HEAD", method="HEAD", each_version=False)
    yield Way(name=f"path {_OTHER_PATH}", path=_OTHER_PATH, each_version=False)
    yield Way(name="as a browser", user_agent=_BROWSER, each_version=False)


def another_host(hosts: Sequence[str], target: Target) -> str | None:
    """Return a host of the listener that is not the target's and that a request can name; a wildcard is none."""
    return next((host for host in hosts if host != target.host and is_dns_name(host)), None)
