"""Whatever stands in an AlbConfig, an Ingress, an IngressClass or a Service, only sentences come out, no traceback.

The AlbConfig CRD has no schema, so all of this can be written with kubectl; kube-apiserver itself keeps the metadata in
shape, and the shape of Ingresses, IngressClasses and Services.
"""

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alb_mtls.aliyun.endpoints import region_in
from alb_mtls.cluster.claim import read_claim
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.gateways import GatewayApi
from alb_mtls.cluster.hosts import bypasses, hosts_on_listener, other_field_managers
from alb_mtls.cluster.listener import find_listener, load_balancer_id, state_of
from alb_mtls.cluster.listener_problems import listener_problems
from alb_mtls.errors import OperationFailed
from ops.init.candidates import candidates_in
from ops.init.cluster import ClusterFound
from tests.helpers.albconfigs import LISTENER, albconfig, http, https
from tests.helpers.claims import claim_of
from tests.helpers.examples import examples
from tests.helpers.gateway_objects import gateway, gateway_class, http_route
from tests.helpers.ingresses import ingress, ingress_class, service

CLAIM = LISTENER.claim_annotation
WORDS = (
    "alb", "443", "443/HTTPS", "HTTPS", "HTTP", "QUIC", "true", "", "demo.alb.ingress.top", "use-annotation", "demo",
    "default", '[{"HTTPS": 443}]', '[{"HTTP": 80}, {"HTTPS": 443}]', "[", "[1]", '{"HTTPS": 443}', '[{"HTTPS": {}}]',
    "null", "ingress.k8s.alibabacloud/alb", "NodePort", "tls_cipher_policy_1_0", claim_of().to_text(),
)  # fmt: skip
KEYS = ("caenabled", "certificateId", "Port", "listeners", "id")
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 80, 443, -1, 443.0, 10**30, 1e300]),
    st.sampled_from(WORDS),
    st.text(max_size=12),
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=8)), inner, max_size=3),
    ),
    max_leaves=6,
)

ELEMENT = https(
    caEnabled=True,
    caCertificates=[{"CertificateId": "ca"}],
    defaultCertificate={"certificateId": "server"},
    securityPolicyId="tls_cipher_policy_1_0",
    quicConfig={"quicUpgradeEnabled": True, "quicListenerId": "lsn-1"},
    requestTimeout=60,
)
STATUS = {"loadBalancer": {"id": "alb-1", "listeners": [{"portAndProtocol": "443/HTTPS", "certificates": [{}]}]}}
SOUND = albconfig(http(), ELEMENT, {"port": 443, "protocol": "QUIC"}) | {"status": STATUS}
# kube-apiserver keeps these in shape, whatever is written.
KEPT = {("metadata",), ("apiVersion",), ("kind",)}


def places(item: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything in an object that somebody could have written otherwise."""
    if path in KEPT:
        return
    if path:
        yield path
    members = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
    for key, member in members:
        yield from places(member, (*path, key))


PLACES = sorted(places(SOUND), key=str)
annotations = st.dictionaries(st.one_of(st.just(CLAIM), st.text(max_size=10)), st.sampled_from(WORDS) | st.text())
managers = st.lists(
    st.fixed_dictionaries(
        {},
        optional={"manager": st.text(max_size=9), "operation": st.just("Apply"), "fieldsV1": st.just({"f:spec": {}})},
    ),
    max_size=2,
)


@st.composite
def albconfigs(draw: st.DrawFn, name: str = "alb") -> dict[str, Any]:
    """Return an AlbConfig in which up to three places hold something else, or nothing."""
    item: dict[str, Any] = copy.deepcopy(SOUND)
    item["metadata"]["name"] = name
    item["metadata"] |= draw(
        st.fixed_dictionaries({}, optional={"annotations": annotations, "managedFields": managers})
    )
    for path in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3)):
        put(item, path, draw(st.one_of(st.just(GONE), anything)))
    return item


DIGITS = pytest.param("9" * 5000, id="more digits than Python reads")
GONE = "(nothing at all)"  # a text, for the sake of test ids that are the same in every process


def put(item: Any, path: tuple[Any, ...], value: object) -> None:
    """Write a value, or take it away, unless an earlier change has taken away where it belongs."""
    *parents, last = path
    with suppress(KeyError, IndexError, TypeError):
        for parent in parents:
            item = item[parent]
        if value is GONE:
            del item[last]
        else:
            item[last] = value


texts = st.one_of(st.sampled_from(WORDS), st.text(max_size=12))
ALB = "alb.ingress.kubernetes.io/"
ingresses = st.builds(
    ingress,
    host=st.one_of(st.none(), texts),
    service=texts,
    ports=st.one_of(st.none(), texts, anything.map(json.dumps)),
    cls=st.one_of(st.none(), st.sampled_from(["alb", "other", ""])),
    tls=st.one_of(st.none(), st.lists(texts, max_size=2)),
    port=st.sampled_from([None, {"name": "use-annotation"}, {"number": 80}]),
    annotations=st.dictionaries(
        st.one_of(
            st.sampled_from([f"{ALB}ssl-redirect", f"{ALB}actions.demo", f"{ALB}albconfig.name", f"{ALB}actions."]),
            st.just("kubernetes.io/ingress.class"),
            st.just("nginx.ingress.kubernetes.io/ssl-redirect"),
        ),
        st.one_of(texts, anything.map(json.dumps)),
        max_size=3,
    ),
)
classes = st.lists(
    st.builds(
        lambda name, target, controller: ingress_class(name, albconfig=target, controller=controller),
        st.sampled_from(["alb", "other"]),
        st.one_of(st.none(), texts),
        st.sampled_from(["ingress.k8s.alibabacloud/alb", "k8s.io/ingress-nginx", None, ""]),
    ),
    max_size=2,
)
services = st.lists(
    st.builds(
        lambda kind, addresses: service(type=kind, externalIPs=addresses),
        st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]),
        st.one_of(st.none(), st.lists(texts, max_size=2)),
    ),
    max_size=2,
)
gateways = st.builds(
    lambda classes, at, routes: GatewayApi(
        classes=[{**gateway_class(), "spec": one} for one in classes],
        gateways=[{**gateway(), "spec": one} for one in at],
        routes=[{**http_route(), "spec": one} for one in routes],
    ),
    *(st.lists(anything, max_size=2) for _ in range(3)),
)
scenes = st.fixed_dictionaries(
    {
        "albconfigs": st.lists(albconfigs("other"), max_size=1),
        "ingresses": st.lists(ingresses, max_size=3),
        "ingress_classes": classes,
        "services": services,
        "gateway_api": gateways,
    }
)


def answers_or_refuses(call: Callable[[], Any]) -> None:
    """Make a call; a refusal in a sentence that can be printed is an answer, everything else is let through."""
    try:
        call()
    except (ClusterError, OperationFailed) as refusal:
        str(refusal).encode()


def _as_init_lists(item: dict[str, Any], scene: dict[str, Any]) -> ClusterFound:
    ingresses, classes = tuple(scene["ingresses"]), tuple(scene["ingress_classes"])
    return ClusterFound(albconfigs=(item, *scene["albconfigs"]), ingresses=ingresses, ingress_classes=classes)


def read_all(item: dict[str, Any], scene: dict[str, Any]) -> None:
    """Read everything that a preview, or `init`, reads of an AlbConfig."""
    answers_or_refuses(lambda: read_claim(item, LISTENER))
    answers_or_refuses(lambda: load_balancer_id(item))
    answers_or_refuses(lambda: other_field_managers(item))
    answers_or_refuses(lambda: hosts_on_listener(LISTENER, **{k: scene[k] for k in ("ingresses", "ingress_classes")}))
    answers_or_refuses(lambda: bypasses(item, LISTENER, **scene))
    for one in candidates_in(_as_init_lists(item, scene)):
        f"{one.name} {one.refused} {one.host_names} {region_in(one.dns_name)}".encode()
    with suppress(ClusterError):
        ref = find_listener(item, LISTENER)
        state_of(ref.element)
        for problem in listener_problems(item, ref):
            problem.encode()


@pytest.mark.parametrize("path", PLACES, ids=str)
@pytest.mark.parametrize(
    "value", [None, True, 7, 1.5, "text", DIGITS, [], [None], ["text"], {}, {"a": 1}, GONE], ids=str
)
def test_anything_in_any_one_place_is_reported_in_a_sentence(path: tuple[Any, ...], value: object) -> None:
    item = copy.deepcopy(SOUND)
    put(item, path, value)
    scene = {"albconfigs": [], "ingresses": [ingress()], "ingress_classes": [ingress_class()], "services": []}
    read_all(item, {**scene, "gateway_api": GatewayApi()})


@settings(max_examples=examples(400), deadline=None)
@given(albconfigs(), scenes)
def test_anything_in_several_places_is_reported_in_a_sentence(item: dict[str, Any], scene: dict[str, Any]) -> None:
    read_all(item, scene)


@settings(max_examples=examples(150), deadline=None)
@given(scenes)
def test_a_sound_albconfig_among_any_others_is_read_without_a_refusal(scene: dict[str, Any]) -> None:
    item = albconfig(https())
    assert listener_problems(item, find_listener(item, LISTENER)) == []
    for finding in bypasses(item, LISTENER, **scene):
        f"{finding.subject}: {finding.evidence}. {finding.remedy}".encode()


@settings(max_examples=examples(200), deadline=None)
@given(st.one_of(st.text(), anything.map(json.dumps), st.sampled_from(['"', "[" * 100_000, '{"owner":' * 50_000])))
def test_any_claim_is_read_or_refused_in_a_sentence(text: str) -> None:
    item = albconfig(https(), annotations={CLAIM: text})
    answers_or_refuses(lambda: read_claim(item, LISTENER))
