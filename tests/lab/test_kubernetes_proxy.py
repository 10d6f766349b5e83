"""Calls through the proxy before a real kube-apiserver: what the client gets, and what the journal says."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from lab.control_plane import ADMIN, PROGRAM
from lab.interception import FaultKind, HoldStage
from tests.helpers.intercepted import REACHED_SECONDS, eventually
from tests.helpers.lab import LabHandle
from tests.helpers.proxied_cluster import ALBCONFIGS, Cluster, before_upstream, proxied

pytestmark = pytest.mark.anyio

JSON_PATCH = "application/json-patch+json"


@pytest.fixture(scope="module")
async def running(shared_lab: LabHandle) -> AsyncIterator[Cluster]:
    shared_lab.reset()
    async with proxied(shared_lab) as cluster:
        yield cluster


@pytest.fixture
async def cluster(running: Cluster, shared_lab: LabHandle) -> AsyncIterator[Cluster]:
    shared_lab.management.post("/controller/hold").raise_for_status()
    running.interceptor.journal.clear()
    yield running
    running.interceptor.reset()


def note(text: str) -> bytes:
    return json.dumps([{"op": "add", "path": "/metadata/annotations", "value": {"note": text}}]).encode()


async def patch(cluster: Cluster, text: str) -> httpx.Response:
    async with cluster.client() as client:
        return await client.patch(f"{ALBCONFIGS}/alb", content=note(text), headers={"Content-Type": JSON_PATCH})


async def test_the_official_client_reads_and_patches_as_the_programs_user(cluster: Cluster) -> None:
    api = cluster.official()
    albconfig = ("alibabacloud.com", "v1", "albconfigs", "alb")
    operation = {"op": "add", "path": "/spec/listeners/1/caEnabled", "value": False}

    def read_and_patch() -> tuple[dict[str, Any], dict[str, Any]]:
        read: Any = api.get_cluster_custom_object(*albconfig)
        patched: Any = api.patch_cluster_custom_object(*albconfig, [operation], _content_type=JSON_PATCH)
        return read, patched

    read, patched = await asyncio.to_thread(read_and_patch)
    assert [listener["port"] for listener in read["spec"]["listeners"]] == [80, 443]
    assert patched["spec"]["listeners"][1]["caEnabled"] is False
    got, written = cluster.entries()
    assert (got.api, got.caller, got.target, got.effect) == ("get albconfigs", PROGRAM, "alb", "")
    version = patched["metadata"]["resourceVersion"]
    assert (written.api, written.caller, written.status) == ("patch albconfigs", PROGRAM, 200)
    assert written.effect == (
        f"patch albconfigs alb -> resourceVersion {version}: add /spec/listeners/1/caEnabled = false"
    )


async def test_the_proxy_answers_as_kube_apiserver_does(cluster: Cluster) -> None:
    path = f"{ALBCONFIGS}/alb"
    async with cluster.client() as proxied, cluster.client(url=cluster.upstream) as direct:
        through, straight = await proxied.get(path), await direct.get(path)
    assert through.content == straight.content
    names = [sorted(name for name, _ in answer.headers.multi_items()) for answer in (through, straight)]
    assert names[0] == names[1]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (JSON_PATCH, note("json").decode()),
        ("application/merge-patch+json", '{"metadata": {"annotations": {"note": "merge"}}}'),
        (
            "application/apply-patch+yaml",
            "apiVersion: alibabacloud.com/v1\nkind: AlbConfig\nmetadata: {name: alb, annotations: {note: apply}}",
        ),
    ],
)
async def test_each_kind_of_patch_is_passed_on_untouched(cluster: Cluster, content_type: str, body: str) -> None:
    async with cluster.client() as client:
        response = await client.patch(
            f"{ALBCONFIGS}/alb?fieldManager=test&force=true" if "apply" in content_type else f"{ALBCONFIGS}/alb",
            content=body,
            headers={"Content-Type": content_type},
        )
    assert response.status_code == 200, response.text
    assert (await cluster.description()) in body
    assert (await cluster.description()) != ""


async def test_a_kind_of_patch_that_kube_apiserver_does_not_know_is_rejected_by_it(cluster: Cluster) -> None:
    async with cluster.client() as client:
        response = await client.patch(f"{ALBCONFIGS}/alb", content="{}", headers={"Content-Type": "application/other"})
    assert response.status_code == 415
    [entry] = cluster.entries()
    assert (entry.status, entry.code, entry.effect) == (415, "UnsupportedMediaType", "")


async def test_access_is_decided_by_kube_apiserver_alone(cluster: Cluster) -> None:
    async with cluster.client() as program, cluster.client("no-such-token") as stranger:
        forbidden = await program.delete(f"{ALBCONFIGS}/alb")
        unauthorized = await stranger.get(f"{ALBCONFIGS}/alb")
    assert (forbidden.status_code, unauthorized.status_code) == (403, 401)
    assert [(entry.caller, entry.code) for entry in cluster.entries()] == [
        (PROGRAM, "Forbidden"),
        ("unknown", "Unauthorized"),
    ]


async def test_a_review_of_access_is_named_by_its_question_and_changes_nothing(cluster: Cluster) -> None:
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"verb": "patch", "group": "alibabacloud.com", "resource": "albconfigs"}},
    }
    async with cluster.client() as client:
        answer = await client.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", json=review)
    assert answer.json()["status"]["allowed"] is True
    [entry] = cluster.entries()
    assert (entry.api, entry.target, entry.effect) == (
        "create selfsubjectaccessreviews",
        "patch albconfigs",
        "",
    )


async def test_an_injected_rejection_of_access_looks_like_a_real_one(cluster: Cluster) -> None:
    async with cluster.client() as client:
        real = (await client.delete(f"{ALBCONFIGS}/alb")).json()
        cluster.fault(FaultKind.ACCESS_DENIED)
        injected = (await client.delete(f"{ALBCONFIGS}/alb")).json()
    assert injected == real


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [
        (FaultKind.THROTTLE, 429, "TooManyRequests"),
        (FaultKind.SERVER_ERROR, 500, "InternalError"),
        (FaultKind.UNAVAILABLE, 503, "ServiceUnavailable"),
        (FaultKind.ACCESS_DENIED, 403, "Forbidden"),
    ],
)
async def test_an_injected_rejection_has_the_shape_of_kubernetes_and_no_effect(
    cluster: Cluster, kind: FaultKind, status: int, reason: str
) -> None:
    await patch(cluster, "before")
    cluster.fault(kind, api="patch albconfigs")
    response = await patch(cluster, "after")
    answer = response.json()
    assert response.status_code == status
    assert (answer["kind"], answer["code"], answer["reason"]) == ("Status", status, reason)
    assert ("retry-after" in response.headers) == (kind is FaultKind.THROTTLE)
    assert await cluster.description() == "before"


@pytest.mark.parametrize(("kind", "noted"), [(FaultKind.CLOSE_BEFORE, "before"), (FaultKind.CLOSE_AFTER, "after")])
async def test_a_patch_without_reply_has_its_effect_or_not_as_the_fault_defines(
    cluster: Cluster, kind: FaultKind, noted: str
) -> None:
    await patch(cluster, "before")
    cluster.fault(kind, api="patch albconfigs")
    with pytest.raises(httpx.RemoteProtocolError):
        await patch(cluster, "after")
    assert await cluster.description() == noted


async def test_a_patch_held_before_it_is_sent_on_is_dropped_with_its_client(cluster: Cluster) -> None:
    await patch(cluster, "before")
    cluster.fault(FaultKind.HOLD, api="patch *", stage=HoldStage.BEFORE)
    call = asyncio.create_task(patch(cluster, "after"))
    [hold] = await cluster.interceptor.holds.wait_for_one(REACHED_SECONDS)
    assert (hold.entry.api, hold.entry.target) == ("patch albconfigs", "alb")
    call.cancel()
    await eventually(lambda: cluster.entries("patch *")[-1].outcome == "client gone")
    assert await cluster.description() == "before"


async def test_a_watch_brings_each_event_when_it_happens(cluster: Cluster) -> None:
    async with (
        cluster.client(cluster.users.admin) as admin,
        admin.stream("GET", ALBCONFIGS, params={"watch": "true"}) as watch,
    ):
        lines = watch.aiter_lines()

        async def next_note(desired: str) -> bool:
            async for line in lines:
                annotations = json.loads(line)["object"]["metadata"].get("annotations", {})
                if annotations.get("note") == desired:
                    return True
            return False

        for text in ("first", "second"):
            await patch(cluster, text)
            assert await asyncio.wait_for(next_note(text), REACHED_SECONDS)
        [entry] = cluster.entries("watch albconfigs")
        assert (entry.caller, entry.status, entry.outcome) == (ADMIN, 200, "pending")
    await eventually(lambda: cluster.entries("watch albconfigs")[0].outcome == "client gone")


async def test_a_reply_is_passed_on_compressed_when_the_client_accepts_that(cluster: Cluster) -> None:
    async with (
        cluster.client(cluster.users.admin) as admin,
        admin.stream("GET", "/openapi/v2", headers={"Accept-Encoding": "gzip"}) as response,
    ):
        assert response.headers["content-encoding"] == "gzip"
        body = b"".join([chunk async for chunk in response.aiter_bytes()])
    assert json.loads(body)["swagger"] == "2.0"


async def broken_answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
    await writer.drain()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def no_answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def test_a_stream_that_breaks_is_reported_as_broken(cluster: Cluster) -> None:
    async with before_upstream(cluster, broken_answer) as client:
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            await client.get(ALBCONFIGS, params={"watch": "true"})
    [entry] = cluster.entries()
    assert (entry.outcome, entry.status) == ("broken", 200)


async def test_a_kube_apiserver_that_does_not_answer_is_reported_as_unavailable(cluster: Cluster) -> None:
    async with before_upstream(cluster, no_answer) as client:
        answer = (await client.get(f"{ALBCONFIGS}/alb")).json()
    assert (answer["code"], answer["reason"]) == (503, "ServiceUnavailable")
    assert "kube-apiserver of the lab does not answer" in answer["message"]
