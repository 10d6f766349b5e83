"""What the SDKs do on the wire: a token goes to the endpoint and nowhere else, and this machine is asked directly."""

import json
from typing import Any

import pytest

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.endpoints import Endpoint
from alb_mtls.aliyun.errors import RequestRejected, Unreachable
from alb_mtls.aliyun.http_session import goes_to_this_machine
from alb_mtls.aliyun.retry import RetryPolicy
from alb_mtls.version import VERSION
from tests.helpers.answering_server import AnsweringServer, answering, json_reply

ALB_ID = "alb-1"
FOUND = {"LoadBalancerId": ALB_ID, "LoadBalancerEdition": "Standard", "DNSName": "alb.example"}
QUICK = RetryPolicy(deadline_seconds=2.0, unreachable_seconds=0.2)


@pytest.fixture(autouse=True)
def no_proxy_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def _client(server: AnsweringServer, key: Any) -> AlbClient:
    return AlbClient(endpoint=Endpoint(host=server.address, scheme="http"), credential=key, policy=QUICK)


def test_an_answer_is_taken_from_the_endpoint(key: Any) -> None:
    with answering(lambda _: json_reply(FOUND)) as server:
        assert _client(server, key).load_balancer(ALB_ID).load_balancer_id == ALB_ID


def test_the_audit_log_of_the_cloud_shows_which_version_has_called(key: Any) -> None:
    with answering(lambda _: json_reply(FOUND)) as server:
        _client(server, key).load_balancer(ALB_ID)
    ((_, headers),) = server.requests
    assert headers["user-agent"].endswith(f" alb-mtls/{VERSION}")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_named_and_never_followed(key: Any, status: int) -> None:
    with answering(lambda _: json_reply(FOUND)) as other:
        target = f"http://{other.address}/"
        with answering(lambda _: (status, {"Location": target}, b"")) as server:
            with pytest.raises(RequestRejected, match="answers with a redirect, which is not followed"):
                _client(server, key).load_balancer(ALB_ID)
            assert len(server.requests) == 1
        assert other.requests == []


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY"])
def test_no_request_to_this_machine_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch, key: Any, name: str) -> None:
    with answering(lambda _: json_reply({}, 502)) as proxy, answering(lambda _: json_reply(FOUND)) as server:
        monkeypatch.setenv(name, f"http://{proxy.address}")
        assert _client(server, key).load_balancer(ALB_ID).load_balancer_id == ALB_ID
        assert proxy.requests == []


def test_a_request_to_another_machine_goes_through_the_proxy(monkeypatch: pytest.MonkeyPatch, key: Any) -> None:
    with answering(lambda _: json_reply(FOUND)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
        endpoint = Endpoint(host="alb.invalid", scheme="http")
        client = AlbClient(endpoint=endpoint, credential=key, policy=QUICK)
        assert client.load_balancer(ALB_ID).load_balancer_id == ALB_ID
        assert len(proxy.requests) == 1


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "http://[bad"])
def test_a_proxy_that_cannot_be_used_is_named_at_once(monkeypatch: pytest.MonkeyPatch, key: Any, proxy: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    client = AlbClient(endpoint=Endpoint(host="alb.invalid", scheme="http"), credential=key, policy=QUICK)
    with pytest.raises(RequestRejected, match="proxy in HTTPS_PROXY or HTTP_PROXY cannot be used"):
        client.load_balancer(ALB_ID)


def test_a_proxy_that_does_not_answer_is_no_connection(monkeypatch: pytest.MonkeyPatch, key: Any) -> None:
    monkeypatch.setenv("HTTP_PROXY", "127.0.0.1:9")
    client = AlbClient(endpoint=Endpoint(host="alb.invalid", scheme="http"), credential=key, policy=QUICK)
    with pytest.raises(Unreachable):
        client.load_balancer(ALB_ID)


def test_json_that_is_nested_too_deep_is_one_sentence(key: Any) -> None:
    deep = b'{"a":' * 100_000
    with (
        answering(lambda _: (200, {"Content-Type": "application/json"}, deep)) as server,
        pytest.raises(RequestRejected, match="nested too deep"),
    ):
        _client(server, key).load_balancer(ALB_ID)


@pytest.mark.parametrize("header", ["soon", "-1", "9" * 400])
def test_a_time_to_wait_that_is_no_number_does_not_stop_the_next_try(key: Any, header: str) -> None:
    throttled = json.dumps({"Code": "Throttling.User", "Message": "slow down"}).encode()
    replies = iter(
        [(400, {"x-ratelimit-user-api": f"TimeLeft:{header}", "Retry-After": header}, throttled), json_reply(FOUND)]
    )
    with answering(lambda _: next(replies)) as server:
        assert _client(server, key).load_balancer(ALB_ID).load_balancer_id == ALB_ID


@pytest.mark.parametrize("entry", [None, {}, {"ListenerId": "l", "ListenerPort": "x", "ListenerProtocol": "HTTPS"}])
def test_a_listing_with_an_entry_of_no_shape_is_one_sentence(key: Any, entry: object) -> None:
    body = {"Listeners": [entry], "TotalCount": 1}
    with (
        answering(lambda _: json_reply(body)) as server,
        pytest.raises(RequestRejected, match="ListListeners was answered with an entry of an unknown shape"),
    ):
        _client(server, key).listeners(ALB_ID)


def test_a_listing_whose_entries_have_their_shape_is_read(key: Any) -> None:
    entry = {"ListenerId": "l", "ListenerPort": 443, "ListenerProtocol": "HTTPS"}
    with answering(lambda _: json_reply({"Listeners": [entry], "TotalCount": 1})) as server:
        [found] = _client(server, key).listeners(ALB_ID)
        assert (found.port, found.protocol) == (443, "HTTPS")


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:1/", True),
        ("http://localhost/", True),
        ("http://[::1]:1/", True),
        ("https://alb.cn-hangzhou.aliyuncs.com/", False),
        ("http://127.0.0.1.example/", False),
        ("http://192.0.2.1/", False),
    ],
)
def test_only_addresses_of_this_machine_are_loopback(url: str, loopback: bool) -> None:
    assert goes_to_this_machine(url) == loopback
