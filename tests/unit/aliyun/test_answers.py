"""That answers are read as the models read them that Alibaba Cloud generates for CAS and ALB.

An answer of which the models make nothing is tried again; of all others both name the same things.
"""

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from typing import Any

import pytest
from alibabacloud_alb20200616 import models as alb_models
from alibabacloud_cas20200407 import models as cas_models
from darabonba.core import DaraCore

from alb_mtls.aliyun.alb import AlbClient, ListenerSummary
from alb_mtls.aliyun.cas import CasClient, Repository
from alb_mtls.aliyun.endpoints import Endpoint
from alb_mtls.aliyun.errors import CloudError, RequestRejected, RetriesExhausted
from alb_mtls.aliyun.retry import RetryPolicy
from tests.helpers.plain_certificate import self_signed
from tests.helpers.scripted_transport import Answer, ScriptedTransport

MODELS = {**vars(cas_models), **vars(alb_models)}
ENDPOINT = Endpoint(host="cloud.example", scheme="https")
ROOT = self_signed("root")
HERE = Repository(warehouse_id=7, instance_id="cas-wh-7", name="ours", type="uploadCA")
SUMMARY = ListenerSummary(
    listener_id="lsn",
    load_balancer_id="alb-1",
    port=443,
    protocol="HTTPS",
    status="Running",
    security_policy_id="",
    quic_listener_id=None,
)


class _Every(dict[str, Any]):
    """An object that has every member, and keeps which were read."""

    def get(self, name: str, default: Any = None) -> Any:
        self[name] = default
        return True


def headers_known_to(model: Any) -> dict[str, Any]:
    """Return an object with every member of `XForwardedForConfig` that a model reads."""
    every = _Every(first=None)
    model.from_map(every)
    return {name: f"value {number}" for number, name in enumerate(every) if name != "first"}


HEADERS = headers_known_to(alb_models.GetListenerAttributeResponseBodyXForwardedForConfig())
LISTENER = {
    "ListenerId": "lsn",
    "LoadBalancerId": "alb-1",
    "ListenerPort": 443,
    "ListenerProtocol": "HTTPS",
    "ListenerStatus": "Running",
    "ListenerDescription": "shop",
    "IdleTimeout": 15,
    "RequestTimeout": 60,
    "GzipEnabled": True,
    "Http2Enabled": True,
    "SecurityPolicyId": "tls_cipher_policy_1_2",
    "QuicConfig": {"QuicListenerId": "quic", "QuicUpgradeEnabled": True},
    "XForwardedForConfig": {**HEADERS, "XForwardedForClientNewsEnabled": True},
}
ATTRIBUTE = {
    **LISTENER,
    "CaEnabled": True,
    "CaCertificates": [{"CertificateId": "1ed6", "IsDefault": True}],
    "Certificates": [{"CertificateId": "2-cn-hangzhou"}],
}
REPOSITORY = {"WhId": 7, "InstanceId": "cas-wh-7", "Name": "ours", "Type": "uploadCA", "Qps": 1}
CERTIFICATE = {"Identifier": "1ed6", "SerialNo": "4711"}

Read = Callable[[CasClient, AlbClient], Any]
READING: dict[str, tuple[Read, dict[str, Any]]] = {
    "ListCertWarehouse": (
        lambda cas, _: cas.repositories(),
        {"CertWarehouseList": [REPOSITORY], "TotalCount": 1},
    ),
    "ListCert": (lambda cas, _: cas.certificates_in(HERE), {"CertList": [CERTIFICATE], "TotalCount": 1}),
    "DescribeWarehouseCert": (lambda cas, _: cas.describe("1ed6"), {"Content": ROOT, "CommonName": "root"}),
    "GetCertWarehouseQuota": (lambda cas, _: cas.quota(), {"AppTotalQuota": 20, "AppUseCount": 3, "TotalQuota": 9}),
    "UploadPCACert": (lambda cas, _: cas.upload_copy(pem=ROOT, repository=HERE, name="ca"), {"Identifier": "1ed6"}),
    "DeletePCACert": (lambda cas, _: cas.delete_certificate("1ed6"), {}),
    "DeleteWarehouse": (lambda cas, _: cas.delete_repository("cas-wh-7"), {}),
    "GetLoadBalancerAttribute": (
        lambda _, alb: alb.load_balancer("alb-1"),
        {
            "LoadBalancerId": "alb-1",
            "LoadBalancerName": "shop",
            "LoadBalancerEdition": "Standard",
            "LoadBalancerStatus": "Active",
            "DNSName": "alb-1.example",
        },
    ),
    "ListListeners": (lambda _, alb: alb.listeners("alb-1"), {"Listeners": [LISTENER]}),
    "GetListenerAttribute": (lambda _, alb: alb.details(SUMMARY), ATTRIBUTE),
}
NESTED = {
    "ListCertWarehouse": ["CertWarehouseList", "CertWarehouseList 0"],
    "ListCert": ["CertList", "CertList 0"],
    "ListListeners": ["Listeners", "Listeners 0", "Listeners 0 QuicConfig", "Listeners 0 XForwardedForConfig"],
    "GetListenerAttribute": [
        "CaCertificates",
        "CaCertificates 0",
        "Certificates",
        "Certificates 0",
        "QuicConfig",
        "XForwardedForConfig",
    ],
}
# Of an upload the models take an answer that names no certificate, and here it counts as lost (test_cas.py).
PLACES = [(api, "") for api in READING if api != "UploadPCACert"] + [
    (api, place) for api, places in NESTED.items() for place in places
]
SHAPES: list[object] = [
    None,
    {},
    [],
    "",
    "text",
    0,
    7,
    True,
    False,
    [None],
    [{}],
    [[]],
    [""],
    ["text"],
    [7],
    {"Other": 1},
]


def modelled(api: str, answer: object) -> Any:
    """Return the body that the generated client makes of an answer; None where it makes nothing of it."""
    return DaraCore.from_map(MODELS[f"{api}Response"](), {"statusCode": 200, "headers": {}, "body": answer}).body


def put(answer: Mapping[str, Any], place: str, value: object) -> Any:
    """Return the answer with another value at a place."""
    if not place:
        return value
    changed: Any = copy.deepcopy(answer)
    *path, last = (int(step) if step.isdecimal() else step for step in place.split())
    inside = changed
    for step in path:
        inside = inside[step]
    inside[last] = value
    return changed


@pytest.fixture
def read(transport: ScriptedTransport, key: Any) -> Callable[[str, object], Any]:
    once = RetryPolicy(deadline_seconds=0)
    cas = CasClient(endpoint=ENDPOINT, credential=key, policy=once)
    alb = AlbClient(endpoint=ENDPOINT, credential=key, policy=once)

    def reading(api: str, answer: object) -> Any:
        transport.always(api, lambda _: Answer(body=json.dumps(answer)))
        try:
            return READING[api][0](cas, alb)
        except CloudError as error:
            return type(error)

    return reading


@pytest.mark.parametrize(("api", "place"), PLACES, ids=lambda text: text or "the answer")
def test_an_answer_is_tried_again_where_the_models_make_nothing_of_it_and_nowhere_else(
    read: Callable[[str, object], Any], api: str, place: str
) -> None:
    for value in SHAPES:
        answer = put(READING[api][1], place, value)
        assert (read(api, answer) is RetriesExhausted) == (modelled(api, answer) is None), value


@pytest.mark.parametrize(("api", "place"), PLACES, ids=lambda text: text or "the answer")
def test_what_the_models_make_something_of_is_read_alike(
    read: Callable[[str, object], Any], api: str, place: str
) -> None:
    answers = [put(READING[api][1], place, value) for value in SHAPES]
    readable = [(answer, body) for answer in answers if (body := modelled(api, answer)) is not None]
    for answer, body in readable:
        assert read(api, answer) == read(api, body.to_map()), answer
    assert readable


@pytest.mark.parametrize("api", [api for api, (_, answer) in READING.items() if answer])
def test_every_member_that_is_used_has_its_name_in_the_models(read: Callable[[str, object], Any], api: str) -> None:
    answer = READING[api][1]
    found = read(api, answer)
    assert found == read(api, modelled(api, answer).to_map())
    for record in found if isinstance(found, list) else [found]:
        assert all(vars(record).values() if is_dataclass(record) else [record])


def test_of_the_headers_of_a_listener_those_are_named_that_the_models_know(
    read: Callable[[str, object], Any],
) -> None:
    [listed] = read("ListListeners", {"Listeners": [LISTENER]})
    whole = read("GetListenerAttribute", ATTRIBUTE)
    assert listed.fields["xForwardedForConfig"] == whole.fields["xForwardedForConfig"] == HEADERS
    assert headers_known_to(alb_models.ListListenersResponseBodyListenersXForwardedForConfig()) == HEADERS
    assert read("ListListeners", {"Listeners": ["text"]}) is RetriesExhausted
    assert read("ListListeners", {"Listeners": [None]}) is RequestRejected
