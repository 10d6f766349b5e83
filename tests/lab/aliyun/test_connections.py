"""What real sockets do to the cloud clients: connections refused, cut, silent, or speaking something else."""

import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from alb_mtls.aliyun import sdk
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.aliyun.credentials import credential
from alb_mtls.aliyun.endpoints import cas_endpoint
from alb_mtls.aliyun.errors import CloudError, RetriesExhausted, Unreachable
from alb_mtls.aliyun.retry import RetryPolicy
from tests.helpers.fake_clock import FakeClock
from tests.helpers.serving import serving

Behaviour = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def server(*behaviours: Behaviour) -> Iterator[str]:
    """Serve one behaviour per request, the last one for all that follow; yield host and port."""
    left = list(behaviours)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            behaviour = left.pop(0) if len(left) > 1 else left[0]
            behaviour(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the base class
            """Say nothing."""

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as httpd:
        yield f"127.0.0.1:{httpd.server_address[1]}"


def answer(handler: BaseHTTPRequestHandler) -> None:
    body = json.dumps({"CertWarehouseList": [], "TotalCount": 0}).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def answer_and_close(handler: BaseHTTPRequestHandler) -> None:
    answer(handler)
    # Without announcing it, as a server does whose idle timeout has passed.
    handler.close_connection = True


def cut(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def cut_in_the_body(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"CertWarehouseList"')
    cut(handler)


def stay_silent(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.recv(1)


def gateway_page(handler: BaseHTTPRequestHandler) -> None:
    body = b"<html>Bad Gateway</html>"
    handler.send_response(502)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def client(url: str, clock: FakeClock) -> CasClient:
    key = credential({"alicloud:accessKey": "LTAI-made-up", "alicloud:secretKey": "made-up-secret"}.get)
    policy = RetryPolicy(deadline_seconds=30, clock=clock, sleep=clock.sleep)
    return CasClient(endpoint=cas_endpoint(url), credential=key, policy=policy)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdk, "_READ_TIMEOUT_MILLISECONDS", 200)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("trouble", [cut, cut_in_the_body, stay_silent, gateway_page], ids=lambda one: one.__name__)
def test_one_lost_reply_is_healed(clock: FakeClock, trouble: Behaviour) -> None:
    with server(trouble, answer) as host:
        assert client(f"http://{host}", clock).repositories() == []


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (cut, "the connection ended before an answer came"),
        (cut_in_the_body, "the connection ended before an answer came"),
        (stay_silent, "the connection ended before an answer came"),
        (gateway_page, "the answer was not JSON"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_replies_that_never_come_are_named_as_such(clock: FakeClock, trouble: Behaviour, reason: str) -> None:
    with server(trouble) as host, pytest.raises(RetriesExhausted, match=reason):
        client(f"http://{host}", clock).repositories()


def test_a_connection_that_was_closed_while_idle_is_replaced(clock: FakeClock) -> None:
    with server(answer_and_close) as host:
        cas = client(f"http://{host}", clock)
        assert [cas.repositories() for _ in range(5)] == [[]] * 5


def test_a_port_where_nothing_listens_is_unreachable(clock: FakeClock) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        with pytest.raises(Unreachable, match=rf"127\.0\.0\.1:{port}.*no connection"):
            client(f"http://127.0.0.1:{port}", clock).repositories()


@pytest.fixture
def dead_proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A proxy of the environment at which nothing listens."""
    for name in ("http_proxy", "no_proxy", "NO_PROXY", "HTTP_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{reserved.getsockname()[1]}")
        yield


@pytest.mark.usefixtures("dead_proxy")
def test_a_proxy_that_does_not_answer_is_named(clock: FakeClock) -> None:
    with pytest.raises(Unreachable, match="HTTPS_PROXY is set: hosts that NO_PROXY does not name are reached through"):
        client("https://cas.invalid", clock).repositories()


@pytest.mark.usefixtures("dead_proxy")
def test_a_host_that_no_proxy_names_is_reached_without_the_proxy(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(answer) as host:
        port = host.rpartition(":")[2]
        # A name of this machine that is not known for one: nobody but NO_PROXY keeps it from the proxy.
        monkeypatch.setattr("alb_mtls.aliyun.http_session.goes_to_this_machine", lambda _: False)
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        with pytest.raises(Unreachable):
            client(f"http://127.0.0.1:{port}", clock).repositories()
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert client(f"http://127.0.0.1:{port}", clock).repositories() == []


def test_https_to_a_port_that_answers_http_is_reported_as_a_tls_failure(clock: FakeClock) -> None:
    with server(answer) as host, pytest.raises(Unreachable, match="TLS handshake"):
        client(f"https://{host}", clock).repositories()


def test_no_error_of_a_socket_is_chained(clock: FakeClock) -> None:
    with server(cut) as host, pytest.raises(CloudError) as caught:
        client(f"http://{host}", clock).repositories()
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_one_client_serves_many_threads(clock: FakeClock) -> None:
    with server(answer) as host, ThreadPoolExecutor(max_workers=8) as pool:
        cas = client(f"http://{host}", clock)
        assert list(pool.map(lambda _: cas.repositories(), range(40))) == [[]] * 40
