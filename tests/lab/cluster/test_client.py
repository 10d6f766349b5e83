"""The Kubernetes client on a real kube-apiserver: what it reads, what it heals, and what it says when it cannot.

Faults are put in by the lab's proxy; its journal tells what really arrived.
"""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from alb_mtls.cluster import kube_client as client_module
from alb_mtls.cluster.errors import CrdMissing, Forbidden, NoSuchAlbConfig, ReplyLost, Unauthorized, Unreachable
from alb_mtls.cluster.guarded_patch import guarded_patch
from alb_mtls.cluster.kube_client import KubeAccess, KubeClient
from alb_mtls.cluster.listener import find_listener
from alb_mtls.cluster.patch import Patch
from lab.interception import FaultKind
from tests.helpers.albconfigs import LISTENER, Object, https
from tests.helpers.certificates import make_root
from tests.helpers.claims import claim_of
from tests.helpers.cluster_bench import Bench
from tests.helpers.patches import claim_patch, switch_patch

CLAIM = claim_of(owner="alb-mtls/dev", token="t", attempt="one", previous={})
PASSING = [
    FaultKind.THROTTLE,
    FaultKind.SERVER_ERROR,
    FaultKind.UNAVAILABLE,
    FaultKind.CLOSE_BEFORE,
    FaultKind.CLOSE_AFTER,
]


def connected(kubeconfig: str, request: pytest.FixtureRequest) -> KubeClient:
    """Return a client that is closed after the test."""
    made = KubeClient(KubeAccess(kubeconfig=kubeconfig, context=None))
    request.addfinalizer(made.close)
    return made


def test_everything_that_the_program_reads_is_allowed_to_its_user(bench: Bench) -> None:
    client = bench.proxied

    assert client.albconfig("alb")["metadata"]["name"] == "alb"
    assert "alb" in {item["metadata"]["name"] for item in client.albconfigs()}
    assert "https-ingress" in {item["metadata"]["name"] for item in client.ingresses()}
    assert "alb" in {item["metadata"]["name"] for item in client.ingress_classes()}
    assert "kubernetes" in {item["metadata"]["name"] for item in client.services()}
    assert client.crd()["spec"]["scope"] == "Cluster"
    namespace = bench.admin.get("/api/v1/namespaces/kube-system").json()
    assert client.kube_system_uid() == namespace["metadata"]["uid"]


def test_a_long_list_is_read_page_by_page(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [item["metadata"]["name"] for item in bench.proxied.albconfigs()]
    bench.cluster.interceptor.journal.clear()
    monkeypatch.setattr(client_module, "_PAGE", "1")

    assert [item["metadata"]["name"] for item in bench.proxied.albconfigs()] == whole
    assert len(bench.cluster.entries("list albconfigs")) == len(whole) > 1


def test_events_are_those_about_the_albconfig_with_the_newest_last(bench: Bench) -> None:
    spoofed = {"namespace": "kube-system"}
    reported: list[tuple[str, str, str, dict[str, str]]] = [
        ("bench-x", "uid-x", "New", {}),
        ("bench-x", "uid-x", "Old", {}),
        ("bench-y", "uid-x", "Other name", {}),
        ("bench-x", "uid-before", "Object of that name before", {}),
        ("bench-x", "uid-x", "Written by who may not write in default", spoofed),
    ]
    for number, (name, uid, reason, where) in enumerate(reported):
        event = {
            "metadata": {"name": f"event-{number}"},
            "involvedObject": {"kind": "AlbConfig", "name": name, "uid": uid, **where},
            "type": "Warning",
            "reason": reason,
            "lastTimestamp": f"2026-11-23T10:00:0{9 - number}Z",
        }
        namespace = where.get("namespace", "default")
        bench.admin.post(f"/api/v1/namespaces/{namespace}/events", json=event).raise_for_status()

    assert [event["reason"] for event in bench.proxied.events("bench-x", "uid-x")] == ["Old", "New"]


def test_an_albconfig_that_is_not_there_is_named(bench: Bench) -> None:
    with pytest.raises(NoSuchAlbConfig, match="AlbConfig absent does not exist in the cluster"):
        bench.proxied.albconfig("absent")
    with pytest.raises(NoSuchAlbConfig, match="AlbConfig absent does not exist"):
        bench.proxied.patch_albconfig("absent", [{"op": "test", "path": "/kind", "value": "AlbConfig"}])


def test_a_cluster_without_the_kind_is_distinguished_from_one_without_the_object(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    client = connected(bench.kubeconfig(token=bench.cluster.users.admin), request)
    monkeypatch.setattr(client_module, "_ALBCONFIGS", "/apis/alibabacloud.example/v1/albconfigs")

    with pytest.raises(CrdMissing):
        client.albconfig("alb")
    with pytest.raises(CrdMissing, match="install the add-on alb-ingress-controller"):
        client.albconfigs()


def test_a_missing_permission_is_named_with_verb_resource_and_user(bench: Bench) -> None:
    bench.cluster.fault(FaultKind.ACCESS_DENIED, api="patch albconfigs")

    with pytest.raises(Forbidden, match="user alb-mtls-up may not patch albconfigs") as caught:
        bench.proxied.patch_albconfig("alb", [{"op": "test", "path": "/kind", "value": "AlbConfig"}])
    assert (caught.value.verb, caught.value.resource, caught.value.user) == ("patch", "albconfigs", "alb-mtls-up")


def test_a_token_that_is_not_known_is_reported_and_not_shown(bench: Bench, request: pytest.FixtureRequest) -> None:
    client = connected(bench.kubeconfig(token="invented-token"), request)

    with pytest.raises(Unauthorized, match="does not accept the credentials") as caught:
        client.albconfig("alb")
    assert "invented-token" not in str(caught.value)


def test_a_server_certificate_that_is_not_trusted_is_reported_at_once(
    bench: Bench, request: pytest.FixtureRequest
) -> None:
    another_ca = make_root().certificate.public_bytes(Encoding.PEM)
    client = connected(bench.kubeconfig(ca=another_ca), request)

    with pytest.raises(Unreachable, match="shows a certificate that the kubeconfig does not trust"):
        client.albconfig("alb")


def test_where_nobody_listens_it_is_reported_within_five_seconds(bench: Bench, request: pytest.FixtureRequest) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        client = connected(bench.kubeconfig(server=f"https://127.0.0.1:{reserved.getsockname()[1]}"), request)
        started = time.monotonic()

        with pytest.raises(
            Unreachable, match=r"nothing accepts connections at https://127.0.0.1:.*check kubernetes:context"
        ):
            client.albconfig("alb")
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("kind", PASSING)
def test_a_read_is_repeated_until_it_is_answered(bench: Bench, kind: FaultKind) -> None:
    bench.cluster.fault(kind, api="get albconfigs", times=2)

    assert bench.proxied.albconfig("alb")["metadata"]["name"] == "alb"
    assert len(bench.cluster.entries("get albconfigs")) == 3


@pytest.mark.parametrize("kind", PASSING)
def test_a_patch_gets_through_whatever_happens_to_it_twice_and_has_its_effect_once(
    bench: Bench, kind: FaultKind
) -> None:
    with bench.albconfig(https()) as name:
        bench.write_claim(name, CLAIM)
        bench.cluster.fault(kind, api="patch albconfigs", times=2)

        def build(item: Object) -> Patch:
            return switch_patch(item, CLAIM, on=True, ids=["ca-a"])

        after = guarded_patch(bench.proxied, name, build, deadline_seconds=20)

        assert find_listener(after, LISTENER).element["caEnabled"] is True
        effects = [entry.effect for entry in bench.cluster.entries("patch albconfigs") if entry.effect]
        assert len(effects) == 1


def test_a_patch_whose_reply_was_lost_is_not_repeated_blindly(bench: Bench) -> None:
    with bench.albconfig(https()) as name:
        item = bench.proxied.albconfig(name)
        bench.cluster.interceptor.journal.clear()
        bench.cluster.fault(FaultKind.CLOSE_AFTER, api="patch albconfigs")

        with pytest.raises(ReplyLost):
            bench.proxied.patch_albconfig(name, claim_patch(item, CLAIM).operations)
        assert len(bench.cluster.entries("patch albconfigs")) == 1


def test_threads_share_one_client(bench: Bench, request: pytest.FixtureRequest) -> None:
    client = connected(bench.kubeconfig(), request)

    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda _: client.albconfig("alb")["metadata"]["name"], range(40)))

    assert names == ["alb"] * 40
