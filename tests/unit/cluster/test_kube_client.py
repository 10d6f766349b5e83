"""What the API server answers, and what becomes of it; with a real server: tests/lab/cluster."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import urllib3

from alb_mtls.cluster.errors import (
    ClusterError,
    CrdMissing,
    Forbidden,
    NoSuchAlbConfig,
    PatchConflict,
    ReplyLost,
    Unauthorized,
    UnexpectedReply,
)
from alb_mtls.cluster.gateways import GatewayApi
from alb_mtls.cluster.kube_client import KubeAccess, KubeClient

ALB = {"kind": "AlbConfig", "metadata": {"name": "alb"}}
Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]] | Exception


@dataclass
class Server:
    """Answers requests in the order of a script, and remembers them."""

    answers: list[Answer]
    urls: list[str] = field(default_factory=list)

    def request(self, _method: str, url: str, **_options: Any) -> urllib3.HTTPResponse:
        """Answer as a pool of connections does."""
        self.urls.append(url.removeprefix("https://server"))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body, *headers = answer
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return urllib3.HTTPResponse(data, status=status, headers=headers[0] if headers else {})


Connect = Callable[..., tuple[KubeClient, Server]]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Return a function that returns a client and the server that it reaches."""

    def connecting(*answers: Answer) -> tuple[KubeClient, Server]:
        server = Server(list(answers))
        client = SimpleNamespace(host="https://server", headers=dict, pool=server)
        monkeypatch.setattr("alb_mtls.cluster.transport.connect", lambda *_: client)
        monkeypatch.setattr("time.sleep", lambda _: None)
        return KubeClient(KubeAccess(kubeconfig=None, context=None)), server

    return connecting


def test_a_patch_that_is_applied_returns_the_albconfig_and_one_that_meets_a_change_is_a_conflict(
    connect: Connect,
) -> None:
    client, server = connect((200, ALB))
    assert client.patch_albconfig("alb", []) == ALB
    [url] = server.urls
    assert url.endswith("/albconfigs/alb?fieldManager=alb-mtls")
    for status in (409, 422):
        client, _ = connect((status, {"message": "test failed"}))
        with pytest.raises(PatchConflict, match=f"was rejected with HTTP {status}: test failed"):
            client.patch_albconfig("alb", [])
    client, _ = connect((400, {"message": "bad"}))
    with pytest.raises(UnexpectedReply, match="HTTP 400: bad"):
        client.patch_albconfig("alb", [])


def test_a_patch_whose_reply_is_lost_is_not_repeated_and_one_that_was_turned_away_is(connect: Connect) -> None:
    client, server = connect(urllib3.exceptions.ProtocolError("closed"), (200, {}))
    with pytest.raises(ReplyLost, match="whether it was applied is not known"):
        client.patch_albconfig("alb", [])
    assert len(server.urls) == 1
    client, _ = connect((503, {"message": "shutting down"}))
    with pytest.raises(ReplyLost, match="HTTP 503, shutting down; whether it was applied is not known"):
        client.patch_albconfig("alb", [])
    client, server = connect(urllib3.exceptions.ConnectTimeoutError("late"), (200, ALB))
    assert client.patch_albconfig("alb", []) == ALB
    assert len(server.urls) == 2
    client, server = connect((429, {}, {"Retry-After": "1"}), (200, ALB))
    assert client.patch_albconfig("alb", []) == ALB
    assert len(server.urls) == 2


def test_a_read_whose_reply_is_lost_is_repeated(connect: Connect) -> None:
    client, server = connect(urllib3.exceptions.ProtocolError("closed"), (503, {}), (200, ALB))
    assert client.albconfig("alb") == ALB
    assert len(server.urls) == 3


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((404, {"details": {"name": "alb"}}), NoSuchAlbConfig),
        ((404, {"details": {"name": "other"}}), CrdMissing),
        ((404, b"404 page not found"), CrdMissing),
        ((401, {}), Unauthorized),
        ((200, b"<html>"), UnexpectedReply),
        ((200, b"[]"), UnexpectedReply),
        ((302, {}), UnexpectedReply),
    ],
)
def test_an_albconfig_that_cannot_be_read_is_one_error_each(
    connect: Connect, answer: Answer, expected: type[ClusterError]
) -> None:
    client, _ = connect(answer)
    with pytest.raises(expected):
        client.albconfig("alb")


def _page(*names: str, more: str = "") -> dict[str, Any]:
    items = [{"metadata": {"name": name}} for name in names]
    return {"items": items, "metadata": {"continue": more} if more else {}}


def _names(objects: list[dict[str, Any]]) -> list[str]:
    return [one["metadata"]["name"] for one in objects]


def test_a_list_is_read_to_its_last_page(connect: Connect) -> None:
    client, server = connect((200, _page("a", "b", more="token")), (200, _page("c")))
    assert _names(client.services()) == ["a", "b", "c"]
    assert ["continue=token" in url for url in server.urls] == [False, True]


def test_a_list_that_went_stale_between_its_pages_is_read_again_at_once(connect: Connect) -> None:
    client, server = connect((200, _page("a", more="token")), (410, {}), (200, _page("a", "b")))
    assert _names(client.services()) == ["a", "b"]
    assert "limit=" not in server.urls[2]
    client, server = connect((200, _page("a", more="token")), (410, {}), (200, {"items": []}))
    assert client.events("alb", "uid") == []
    assert ["fieldSelector=" in url for url in server.urls] == [True] * 3
    client, _ = connect((410, {"message": "gone"}))
    with pytest.raises(UnexpectedReply, match="HTTP 410: gone"):
        client.services()


def test_a_list_of_a_kind_that_is_not_there_is_an_error_and_for_albconfigs_the_missing_crd(connect: Connect) -> None:
    client, _ = connect((404, {"message": "no such path"}))
    with pytest.raises(UnexpectedReply, match="no such path"):
        client.services()
    client, _ = connect((404, {}), (200, _page("a")))
    with pytest.raises(CrdMissing):
        client.albconfigs()
    assert _names(client.albconfigs()) == ["a"]


def test_the_albconfigs_beside_one_are_all_others(connect: Connect) -> None:
    client, _ = connect((200, _page("a", "b")))
    assert _names(client.albconfigs_beside("a")) == ["b"]


def test_the_gateway_api_is_empty_where_it_is_not_installed_and_nothing_more_is_listed(connect: Connect) -> None:
    client, server = connect((404, {"message": "the server could not find the requested resource"}))
    assert client.gateway_api() == GatewayApi()
    assert server.urls == ["/apis/gateway.networking.k8s.io/v1"]


def test_of_the_gateway_api_the_kinds_are_listed_that_the_server_has(connect: Connect) -> None:
    def items(name: str) -> Answer:
        return 200, {"items": [{"metadata": {"name": name}}]}

    served = {"resources": [{"name": name} for name in ("gatewayclasses", "gateways", "gateways/status", "httproutes")]}
    client, server = connect((200, served), items("class"), items("gateway"), items("route"))
    found = client.gateway_api()
    assert [one[0]["metadata"]["name"] for one in (found.classes, found.gateways, found.routes)] == [
        "class",
        "gateway",
        "route",
    ]
    client, server = connect((200, {"resources": [{"name": "gatewayclasses"}]}), items("class"))
    assert client.gateway_api().routes == []
    assert len(server.urls) == 2


def test_who_may_not_list_gateways_gets_an_error_of_its_own(connect: Connect) -> None:
    denied = 'httproutes is forbidden: User "ops" cannot list resource "httproutes" in API group "x"'
    client, _ = connect((200, {"resources": [{"name": "httproutes"}]}), (403, {"message": denied}))
    with pytest.raises(Forbidden, match="may not list httproutes"):
        client.gateway_api()
