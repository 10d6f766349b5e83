"""What is no rejection: servers that are silent, break off, have no TLS, or are not who they should be.

Each of them would look like a rejection to who only tries to connect.
"""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from alb_mtls.handshake.credentials import ClientCredential as ClientIdentity
from alb_mtls.handshake.errors import HandshakeError
from alb_mtls.handshake.http_exchange import HttpVersion
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.probe import probe
from alb_mtls.handshake.probe_clients import ProbeClients
from alb_mtls.handshake.target import Target
from alb_mtls.handshake.tls import TlsVersion
from tests.helpers.certificates import ClientCredential
from tests.helpers.tls_servers import HOST, ServerFiles, plain_server, python_server, server_files


def look(port: int, *, server_ca: str = "insecure", tls: TlsVersion | None = None, seconds: float = 10) -> Observation:
    target = Target(address="127.0.0.1", port=port, host=HOST, server_ca=server_ca)
    return probe(target, credential=None, tls=tls, deadline_seconds=seconds)


def wait_for_the_end(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while connected.recv(65536):
            pass


def close_at_once(connected: socket.socket) -> None:
    connected.close()


def reset_after_hello(connected: socket.socket) -> None:
    connected.recv(65536)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connected.close()


def saying(answer: bytes) -> Callable[[socket.socket], None]:
    def talk(connected: socket.socket) -> None:
        connected.recv(65536)
        connected.sendall(answer)
        wait_for_the_end(connected)

    return talk


def after_a_handshake(files: ServerFiles, then: Callable[[ssl.SSLSocket], None]) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)

    def talk(connected: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(connected, server_side=True) as secured:
            secured.recv(65536)
            then(secured)

    return talk


def test_a_port_that_nobody_listens_on_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    result = look(port)
    assert (result.verdict, result.reason) == (Verdict.UNREACHABLE, "Connection refused")


# A ServerHello of TLS 1.1.
_HELLO = b"\x02\x00\x00\x26\x03\x02" + bytes(32) + b"\x00\xc0\x13\x00"
OLDER = b"\x16\x03\x02" + len(_HELLO).to_bytes(2, "big") + _HELLO


@pytest.mark.parametrize(
    ("talk", "verdict", "reason"),
    [
        (close_at_once, Verdict.UNREACHABLE, "during the TLS handshake"),
        (reset_after_hello, Verdict.UNREACHABLE, "during the TLS handshake"),
        (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Verdict.NOT_TLS, ""),
        # Alert close_notify.
        (saying(b"\x15\x03\x03\x00\x02\x01\x00"), Verdict.UNREACHABLE, "during the TLS handshake"),
        # Alerts handshake_failure and protocol_version, then a ServerHello that breaks off, and one of TLS 1.1.
        (saying(b"\x15\x03\x03\x00\x02\x02\x28"), Verdict.UNSUPPORTED_VERSION, ""),
        (saying(b"\x15\x03\x03\x00\x02\x02\x46"), Verdict.UNSUPPORTED_VERSION, ""),
        (saying(b"\x16\x03\x03\x00\x04\x02\x00\x00\x00"), Verdict.UNREACHABLE, ""),
        (saying(OLDER), Verdict.UNSUPPORTED_VERSION, "unsupported protocol"),
    ],
)
def test_a_handshake_that_breaks_before_any_question_is_no_rejection(
    talk: Callable[[socket.socket], None], verdict: Verdict, reason: str
) -> None:
    with plain_server(talk) as port:
        result = look(port, tls="1.2")
    assert result.verdict is verdict
    assert reason in result.reason


def test_a_server_that_says_nothing_is_unreachable_within_the_deadline() -> None:
    with plain_server(wait_for_the_end) as port:
        started = time.monotonic()
        result = look(port, seconds=0.5)
        assert time.monotonic() - started < 5
    assert (result.verdict, result.reason) == (Verdict.UNREACHABLE, "no TLS handshake within 0.5 s")


def test_a_server_that_takes_the_request_and_says_nothing_is_unreachable(files: ServerFiles) -> None:
    def wait(secured: ssl.SSLSocket) -> None:
        secured.recv(65536)

    with plain_server(after_a_handshake(files, wait)) as port:
        result = look(port, seconds=0.5)
    assert (result.verdict, result.reason) == (Verdict.UNREACHABLE, "no answer within 0.5 s")


def test_a_connection_that_is_cut_instead_of_an_answer_had_no_certificate_requested(files: ServerFiles) -> None:
    with plain_server(after_a_handshake(files, lambda secured: secured.close())) as port:
        result = look(port)
    assert (result.verdict, result.requested) == (Verdict.REJECTED_BY_RESET, False)


def test_an_answer_that_is_no_http_is_no_answer(files: ServerFiles) -> None:
    with python_server(files, answer=b"220 mail\r\n\r\n", required=False) as port:
        result = look(port)
    assert (result.verdict, result.reason) == (Verdict.UNREACHABLE, "what came back is not HTTP/1.1")


OTHER_CA = "the server's certificate is signed by a CA that is not trusted"


@pytest.mark.parametrize(
    ("host", "server_ca", "reason"),
    [
        (HOST, "its own", None),
        (HOST, "another", OTHER_CA),
        (HOST, "system", OTHER_CA),
        ("other.example", "its own", f"the server's certificate is not for {HOST}"),
        ("other.example", "insecure", None),
    ],
)
def test_a_server_is_trusted_by_its_ca_and_for_its_host_unless_anybody_s_certificate_will_do(
    root: ClientCredential,
    server_authority: ClientCredential,
    tmp_path: Path,
    host: str,
    server_ca: str,
    reason: str | None,
) -> None:
    files = server_files(tmp_path / "server", server_authority, root.certificate, host=host)
    other = server_files(tmp_path / "other", root, None)
    named = {"its own": str(files.authority), "another": str(other.authority)}
    with python_server(files, required=False) as port:
        result = look(port, server_ca=named.get(server_ca, server_ca))
    expected = (Verdict.ACCEPTED, "") if reason is None else (Verdict.SERVER_NOT_TRUSTED, reason)
    assert (result.verdict, result.reason) == expected


def test_a_file_without_a_ca_is_rejected_by_name(files: ServerFiles) -> None:
    with (
        python_server(files) as port,
        pytest.raises(HandshakeError, match=r"no CA certificates .*server\.key; correct proof\.serverCa"),
    ):
        look(port, server_ca=str(files.key))


def test_a_certificate_with_the_key_of_another_is_rejected_by_name(files: ServerFiles, probes: ProbeClients) -> None:
    assert probes.valid is not None
    mixed = ClientIdentity(chain=probes.valid.chain, key=probes.other_ca.key)
    with python_server(files) as port, pytest.raises(HandshakeError, match=r"CN=alb-mtls probe .* key values mismatch"):
        probe(Target(address="127.0.0.1", port=port, host=HOST), credential=mixed, deadline_seconds=10)


def test_a_session_is_offered_only_with_the_credential_that_it_was_opened_with(
    files: ServerFiles, probes: ProbeClients
) -> None:
    with python_server(files) as port:
        target = Target(address="127.0.0.1", port=port, host=HOST, server_ca="insecure")
        opened = probe(target, credential=probes.valid, deadline_seconds=10)
        assert opened.session is not None
        with pytest.raises(ValueError, match="only with the credential that it was opened with"):
            probe(target, credential=None, session=opened.session, deadline_seconds=10)


@pytest.mark.parametrize(("supported", "other"), [("1.2", "1.3"), ("1.3", "1.2")])
def test_a_version_that_is_not_supported_is_no_rejection(
    files: ServerFiles, supported: TlsVersion, other: TlsVersion
) -> None:
    versions = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
    with python_server(files, required=False, only=versions[supported]) as port:
        assert look(port, tls=supported).accepted
        assert look(port, tls=other).verdict is Verdict.UNSUPPORTED_VERSION


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("required", [True, False])
def test_http_2_that_is_not_supported_is_no_rejection_even_where_the_client_is_rejected(
    files: ServerFiles, tls: TlsVersion, *, required: bool
) -> None:
    with python_server(files, required=required) as port:
        target = Target(address="127.0.0.1", port=port, host=HOST, server_ca="insecure")
        versions: tuple[HttpVersion, ...] = ("1.1", "2")
        result = {http: probe(target, credential=None, tls=tls, http=http, deadline_seconds=10) for http in versions}
    assert result["1.1"].rejected is required
    assert (result["2"].verdict, result["2"].reason) == (Verdict.UNSUPPORTED_VERSION, "HTTP/2 is not supported")
