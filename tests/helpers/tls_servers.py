"""TLS servers that no one here wrote: Python's ssl, openssl s_server, nginx. All request client certificates."""

import contextlib
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from alb_mtls.pki.extensions import authority_key_identifier, key_usage, subject_key_identifier
from alb_mtls.pki.keys import private_key_pem
from tests.helpers.certificates import ClientCredential
from tests.helpers.nginx import ended, running_nginx

HOST = "demo.alb.ingress.top"
OLD = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nold\n"
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class ServerFiles:
    """What a server of the tests is started with.

    Attributes:
        folder: for the server's own files.
        certificate: of the server, for HOST, signed by `authority`.
        key: of the server.
        authority: whom clients must trust.
        client_authority: whose clients the server accepts; None when it requests no certificate.
    """

    folder: Path
    certificate: Path
    key: Path
    authority: Path
    client_authority: Path | None


StartServer = Callable[[ServerFiles], AbstractContextManager[int]]


def server_files(
    folder: Path, issuer: ClientCredential, client_ca: x509.Certificate | None, *, host: str = HOST
) -> ServerFiles:
    """Write the files of a server whose certificate `issuer` signs."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    ca = issuer.certificate
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ca.not_valid_before_utc)
        .not_valid_after(ca.not_valid_before_utc + _DAY)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(subject_key_identifier(key.public_key()), critical=False)
        .add_extension(authority_key_identifier(subject_key_identifier(issuer.key.public_key())), critical=False)
        .sign(issuer.key, hashes.SHA256())
    )
    files = ServerFiles(
        folder=folder,
        certificate=folder / "server.crt",
        key=folder / "server.key",
        authority=folder / "authority.crt",
        client_authority=None if client_ca is None else folder / "client-ca.crt",
    )
    files.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
    files.key.write_text(private_key_pem(key))
    files.authority.write_bytes(ca.public_bytes(Encoding.PEM))
    if client_ca is not None and files.client_authority is not None:
        files.client_authority.write_bytes(client_ca.public_bytes(Encoding.PEM))
    return files


class SwitchedServer:
    """Python's ssl with client authentication that can be switched on and off while it runs."""

    def __init__(self, files: ServerFiles, *, keeps_sessions: bool = False) -> None:
        """Prepare, open to everybody.

        Args:
            files: of the server.
            keeps_sessions: whether sessions outlive a switch, with the keys of their tickets.
        """
        self.authority = str(files.authority)
        self._files = files
        self._keeps_sessions = keeps_sessions
        self._context = self._new_context()

    def _new_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._files.certificate, self._files.key)
        assert self._files.client_authority is not None
        context.load_verify_locations(self._files.client_authority)
        return context

    def switch(self, mode: ssl.VerifyMode) -> None:
        """Ask every new connection for a certificate, or nobody."""
        context = self._context if self._keeps_sessions else self._new_context()
        context.verify_mode = mode
        self._context = context

    @contextmanager
    def serve(self, host: str = "127.0.0.1") -> Iterator[int]:
        """Serve on one address of loopback; yield the port."""

        def talk(connected: socket.socket) -> None:
            with contextlib.suppress(OSError), self._context.wrap_socket(connected, server_side=True) as secured:
                secured.recv(65536)
                secured.sendall(OLD)

        with plain_server(talk, host=host) as port:
            yield port


@contextmanager
def python_server(
    files: ServerFiles, *, answer: bytes = OLD, required: bool = True, only: ssl.TLSVersion | None = None
) -> Iterator[int]:
    """Serve with Python's ssl; yield the port.

    Args:
        files: of the server.
        answer: to every request.
        required: False accepts clients without a certificate, though it requests one.
        only: version of TLS to speak, None for all.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    if only is not None:
        context.minimum_version = context.maximum_version = only
    if files.client_authority is not None:
        context.load_verify_locations(files.client_authority)
        context.verify_mode = ssl.CERT_REQUIRED if required else ssl.CERT_OPTIONAL

    def talk(connected: socket.socket) -> None:
        with contextlib.suppress(OSError), connected, context.wrap_socket(connected, server_side=True) as secured:
            secured.recv(65536)
            secured.sendall(answer)

    with plain_server(talk) as port:
        yield port


@contextmanager
def plain_server(talk: Callable[[socket.socket], None], *, host: str = "127.0.0.1") -> Iterator[int]:
    """Serve TCP on an address of loopback, one thread for each connection; yield the port."""

    def talk_and_close(connected: socket.socket) -> None:
        with connected:
            talk(connected)

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listening:
        threads: list[threading.Thread] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connected, _ = listening.accept()
                    connected.settimeout(10)
                    threads.append(threading.Thread(target=talk_and_close, args=(connected,)))
                    threads[-1].start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join(10)
            for thread in threads:
                thread.join(10)


@contextmanager
def openssl_server(files: ServerFiles) -> Iterator[int]:
    """Serve with `openssl s_server -Verify`; yield the port."""
    assert files.client_authority is not None
    # Without -verify_return_error it reports bad certificates and goes on.
    verify = ["-Verify", "2", "-verify_return_error", "-CAfile", str(files.client_authority)]
    own = ["-cert", str(files.certificate), "-key", str(files.key)]
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-www", *own, *verify]
    with (files.folder / "openssl.log").open("w") as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True)
    with ended(process):
        assert process.stdout is not None
        for line in process.stdout:
            found = re.match(r"ACCEPT 127\.0\.0\.1:(\d+)", line)
            if found:
                break
        else:
            pytest.fail((files.folder / "openssl.log").read_text())
        # Nobody reads on, and a full pipe would stop the server.
        draining = threading.Thread(target=process.stdout.read)
        draining.start()
        try:
            yield int(found[1])
        finally:
            process.terminate()
            draining.join(10)


@contextmanager
def nginx_server(files: ServerFiles) -> Iterator[int]:
    """Serve with nginx from Debian's packages; yield the port. Skipped where it is missing, but not in CI."""
    verify = f"ssl_client_certificate {files.client_authority}; ssl_verify_client on;" if files.client_authority else ""

    def http(port: int) -> str:
        return f"""
  server {{
    listen 127.0.0.1:{port} ssl http2; server_name {HOST};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache builtin;
    ssl_certificate {files.certificate}; ssl_certificate_key {files.key};
    {verify}
    location / {{ return 200 "old\\n"; }}
  }}
"""

    with running_nginx(files.folder, http) as nginx:
        yield nginx.port
