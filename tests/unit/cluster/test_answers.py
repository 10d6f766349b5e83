"""What an API server answers that no client expects: one sentence each, and never a grant that helps nobody."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from alb_mtls.cluster import kube_client as client_module
from alb_mtls.cluster.errors import (
    BadKubeconfig,
    CrdMissing,
    DeadlinePassed,
    Forbidden,
    NoSuchAlbConfig,
    PatchRejected,
    Unauthorized,
    UnexpectedReply,
)
from alb_mtls.cluster.kube_client import KubeAccess, KubeClient
from tests.helpers.answering_server import Reply, answering, json_reply


def _called(answer: Callable[[str], Reply], call: Callable[[KubeClient], Any], **user: str) -> Any:
    with answering(answer) as server:
        kubeconfig = json.dumps(
            {
                "current-context": "c",
                "clusters": [{"name": "c", "cluster": {"server": f"http://{server.address}"}}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
                "users": [{"name": "u", "user": user}],
            }
        )
        client = KubeClient(KubeAccess(kubeconfig=kubeconfig, context=None))
        try:
            return call(client)
        finally:
            client.close()


def _denied(user: str) -> Reply:
    message = f'albconfigs.alibabacloud.com "alb" is forbidden: User "{user}" cannot get resource "albconfigs"'
    return json_reply({"kind": "Status", "message": message}, 403)


def test_a_request_that_was_taken_as_anonymous_lacks_a_credential_and_no_grant() -> None:
    with pytest.raises(Unauthorized, match="no credential was sent with it") as caught:
        _called(lambda _: _denied("system:anonymous"), lambda client: client.albconfig("alb"))
    assert "grant" not in str(caught.value)


def test_a_user_who_may_not_is_answered_with_the_grant() -> None:
    with pytest.raises(Forbidden, match=r"user deployer may not get albconfigs .* grant it"):
        _called(lambda _: _denied("deployer"), lambda client: client.albconfig("alb"), token="t" * 20)


@pytest.mark.parametrize(
    "said",
    [
        'users "jane" is forbidden: User "deployer" cannot impersonate resource "users" in API group ""',
        'albconfigs "alb" is forbidden: User "deployer" cannot impersonate-on:user-info:get resource "albconfigs"',
    ],
)
def test_a_user_who_may_not_act_as_another_is_answered_with_that_and_not_with_our_role(said: str) -> None:
    def denied(_: str) -> Reply:
        return json_reply({"kind": "Status", "message": said}, 403)

    with pytest.raises(Forbidden, match="user deployer may not act as another user, as the key `as` of") as caught:
        _called(denied, lambda client: client.albconfig("alb"), token="t" * 20)
    assert "rbac" not in str(caught.value)


def test_a_denial_by_something_that_is_no_webhook_names_what_to_look_for_and_no_grant() -> None:
    def denied(_: str) -> Reply:
        return json_reply({"kind": "Status", "message": "denied by the gateway: frozen on Fridays"}, 403)

    with pytest.raises(PatchRejected, match=r"frozen.*; look for an admission webhook or policy") as caught:
        _called(denied, lambda client: client.patch_albconfig("alb", [{"op": "test"}]), token="t" * 20)
    assert "grant" not in str(caught.value)


def test_a_list_whose_pages_go_on_is_read_to_its_end() -> None:
    pages = itertools.count()

    def answer(_: str) -> Reply:
        page = next(pages)
        more = {} if page == 2 else {"continue": f"page-{page}"}
        return json_reply({"items": [{"metadata": {"name": str(page)}}], "metadata": more})

    found = _called(answer, lambda client: client.services())
    assert [one["metadata"]["name"] for one in found] == ["0", "1", "2"]


def test_a_list_that_gives_the_same_page_again_and_again_is_left() -> None:
    with pytest.raises(UnexpectedReply, match="does not come to an end"):
        _called(lambda _: json_reply({"items": [], "metadata": {"continue": "same"}}), lambda client: client.services())


def test_a_list_without_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_MOST_ITEMS", 10)
    pages = itertools.count()

    def answer(_: str) -> Reply:
        return json_reply({"items": [{"metadata": {}}] * 4, "metadata": {"continue": f"page-{next(pages)}"}})

    with pytest.raises(UnexpectedReply, match="does not come to an end after 12 items"):
        _called(answer, lambda client: client.services())


@pytest.mark.parametrize("metadata", [None, {}, [1], "text"], ids=["null", "empty", "a list", "a text"])
def test_the_metadata_of_a_list_may_be_null_empty_or_no_object(metadata: object) -> None:
    assert _called(lambda _: json_reply({"items": None, "metadata": metadata}), lambda client: client.services()) == []


@pytest.mark.parametrize(
    ("details", "error"), [({"name": "alb"}, NoSuchAlbConfig), (None, CrdMissing), ([1], CrdMissing), ("x", CrdMissing)]
)
def test_details_of_any_form_distinguish_an_object_that_is_not_there_from_a_kind_that_is_not(
    details: object, error: type[Exception]
) -> None:
    with pytest.raises(error):
        _called(
            lambda _: json_reply({"kind": "Status", "details": details}, 404), lambda client: client.albconfig("alb")
        )


@pytest.mark.parametrize("item", [{"metadata": None}, {}, "text", None], ids=["null", "none", "text", "nothing"])
def test_an_object_without_metadata_is_one_sentence(item: object) -> None:
    with pytest.raises(UnexpectedReply, match="have no metadata"):
        _called(lambda _: json_reply({"items": [item]}), lambda client: client.ingresses())


@pytest.mark.parametrize("read", [lambda client: client.albconfig("alb"), lambda client: client.kube_system_uid()])
def test_an_answer_without_metadata_is_one_sentence(read: Callable[[KubeClient], Any]) -> None:
    with pytest.raises(UnexpectedReply, match="has no metadata"):
        _called(lambda _: json_reply({"metadata": None}), read)


def test_json_that_is_nested_too_deep_is_one_sentence() -> None:
    deep = b'{"a":' * 100_000
    with pytest.raises(UnexpectedReply, match="and no JSON"):
        _called(lambda _: (200, {}, deep), lambda client: client.albconfig("alb"))


@pytest.mark.parametrize("header", ["soon", "Fri, 27 Nov 2026 10:00:00 GMT", "-5", "1.5", "9" * 400])
def test_a_retry_after_that_is_no_usable_number_does_not_stop_the_next_try(
    monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    monkeypatch.setattr(client_module, "_LONGEST_HINT_SECONDS", 0.1)
    replies = iter([json_reply({}, 429, Retry_After=header), json_reply({"items": []})])
    assert _called(lambda _: next(replies), lambda client: client.services()) == []


def test_a_server_that_goes_on_failing_is_named_with_its_last_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_FAILING_SECONDS", 0.3)
    with pytest.raises(DeadlinePassed, match="HTTP 503, overloaded"):
        _called(lambda _: json_reply({"message": "overloaded"}, 503), lambda client: client.services())


def test_a_redirect_is_not_followed_with_the_token() -> None:
    with answering(lambda _: json_reply({"items": []})) as other:
        target = f"http://{other.address}/"
        with pytest.raises(UnexpectedReply, match="HTTP 302"):
            _called(lambda _: (302, {"Location": target}, b"{}"), lambda client: client.services(), token="t" * 20)
        assert other.requests == []


def test_what_no_header_can_hold_is_never_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "invented-secret"
    monkeypatch.setattr("alb_mtls.cluster.connection.USER_AGENT", f"{secret}\n{secret}")
    with pytest.raises(BadKubeconfig, match="no request can be sent") as caught:
        _called(lambda _: json_reply({}), lambda client: client.services())
    assert secret not in str(caught.value)
    assert caught.value.__cause__ is None
