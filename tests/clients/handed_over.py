"""What a client receives before and in a rollover, and the listeners that it is for, as the pages have it."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12Certificate, serialize_java_truststore

from alb_mtls.pki.subject import Subject
from ops.export import export_client
from ops.state import parse_state
from tests.helpers import stack_state
from tests.helpers.certificates import ClientCredential, make_client, make_root
from tests.helpers.client_identities import cross_certificate
from tests.helpers.tls_servers import HOST, OLD, ServerFiles, plain_server, server_files

NAME = "alice"
_STORE_PASSWORD = "password"
_OLDER = Subject(country="SG", organization="example", common_name="root")
_NEWER = Subject(country="SG", organization="example", common_name="root G2")


@dataclass(frozen=True, kw_only=True)
class Listeners:
    """Two listeners that reject at once, by an alert of OpenSSL.

    Attributes:
        before: what a page has for its host, while the listener trusts generation 1, and what stands for it here.
        after: the same, once it trusts generation 2.
        environment: lets programs trust the servers.
    """

    before: dict[str, str]
    after: dict[str, str]
    environment: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Roots:
    """The root CAs of two generations."""

    older: ClientCredential
    newer: ClientCredential


def make_roots() -> Roots:
    now = datetime.now(UTC)
    return Roots(older=make_root(subject=_OLDER, now=now), newer=make_root(subject=_NEWER, now=now))


def hand_over(folder: Path, roots: Roots, *, with_cross: bool = True) -> None:
    """Write `alice`, of generation 1, and `alice.new`, of generation 2, as `python -m ops export` does."""
    now = datetime.now(UTC)
    cross = (cross_certificate(roots.newer, roots.older),) if with_cross else ()
    for name, root, chain in ((NAME, roots.older, ()), (f"{NAME}.new", roots.newer, cross)):
        credential = make_client(root, now=now)
        state = stack_state.exported(stack_state.root_ca(root), stack_state.client(credential, name=NAME, chain=chain))
        export_client(parse_state(state, "stack test"), NAME, out=folder / name, password_file=None, legacy=False)


@contextmanager
def running_listeners(folder: Path, roots: Roots) -> Iterator[Listeners]:
    """Run a listener that trusts generation 1, and one that trusts generation 2."""
    server_ca = make_root(now=datetime.now(UTC))
    older = server_files(folder / "older", server_ca, roots.older.certificate, host="localhost")
    newer = server_files(folder / "newer", server_ca, roots.newer.certificate, host="localhost")
    authority = str(older.authority)
    environment = dict.fromkeys(
        ("CURL_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"), authority
    )
    store = folder / "trusted.p12"
    trusted = [PKCS12Certificate(server_ca.certificate, b"listeners")]
    store.write_bytes(serialize_java_truststore(trusted, BestAvailableEncryption(_STORE_PASSWORD.encode())))
    options = f"-Djavax.net.ssl.trustStore={store} -Djavax.net.ssl.trustStorePassword={_STORE_PASSWORD}"
    with _listener(older) as before, _listener(newer) as after:
        yield Listeners(
            before=_standing_for_it(before),
            after=_standing_for_it(after),
            environment={**environment, "JDK_JAVA_OPTIONS": options},
        )


@contextmanager
def _listener(files: ServerFiles) -> Iterator[int]:
    """Serve so that no alert is lost: what a rejected client has sent is read before the connection is closed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    assert files.client_authority is not None
    context.load_verify_locations(files.client_authority)
    context.verify_mode = ssl.CERT_REQUIRED

    def talk(connected: socket.socket) -> None:
        with contextlib.suppress(OSError), connected.dup() as kept:
            try:
                with context.wrap_socket(connected, server_side=True) as secured:
                    secured.recv(65536)
                    secured.sendall(OLD)
            except ssl.SSLError:
                while kept.recv(65536):
                    pass

    with plain_server(talk) as port:
        yield port


def _standing_for_it(port: int) -> dict[str, str]:
    # tstclnt tries no other address after ::1.
    tstclnt = {f"-h {HOST} -p 443": f"-4 -h localhost -p {port}"}
    return {**tstclnt, f"{HOST}:443": f"localhost:{port}", HOST: f"localhost:{port}"}
