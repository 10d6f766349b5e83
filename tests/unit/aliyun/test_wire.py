"""That requests are, to the byte, those of the clients that Alibaba Cloud generates for CAS and ALB."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from alibabacloud_alb20200616 import models as alb_models
from alibabacloud_alb20200616.client import Client as GeneratedAlb
from alibabacloud_cas20200407 import models as cas_models
from alibabacloud_cas20200407.client import Client as GeneratedCas
from alibabacloud_tea_openapi.utils import Utils
from alibabacloud_tea_openapi.utils_models import Config

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.cas import CasClient, Repository
from alb_mtls.aliyun.credentials import credential
from alb_mtls.aliyun.endpoints import Endpoint
from alb_mtls.version import USER_AGENT
from tests.helpers.documents import REPOSITORY
from tests.helpers.plain_certificate import self_signed
from tests.helpers.scripted_transport import ScriptedTransport

ENDPOINT = Endpoint(host="cloud.example", scheme="https")
ROOT = self_signed("root")
# With what a query has to escape.
NAME = "ours & theirs/Ünïcode +~*"
HERE = Repository(warehouse_id=7, instance_id="cas-wh-7", name=NAME, type="uploadCA")
LISTED = {"ListenerId": "lsn", "LoadBalancerId": "alb-1", "ListenerPort": 443, "ListenerProtocol": "HTTPS"}


@pytest.fixture
def cloud(transport: ScriptedTransport, monkeypatch: pytest.MonkeyPatch) -> ScriptedTransport:
    def repositories(_: Mapping[str, str]) -> Mapping[str, Any]:
        names = [NAME, "new"] if transport.count("CreateWarehouse") else [NAME]
        return {"CertWarehouseList": [{"WhId": 7, "Name": name} for name in names], "TotalCount": len(names)}

    def listeners(query: Mapping[str, str]) -> Mapping[str, Any]:
        return {"Listeners": [LISTED], "NextToken": "" if "NextToken" in query else "more"}

    for api in ("CreateWarehouse", "DeletePCACert", "DeleteWarehouse", "DescribeWarehouseCert", "ListCert"):
        transport.always(api, lambda _: {})
    for api in ("GetCertWarehouseQuota", "GetLoadBalancerAttribute"):
        transport.always(api, lambda _: {})
    transport.always("ListCertWarehouse", repositories)
    transport.always("UploadPCACert", lambda _: {"Identifier": "uploaded"})
    transport.always("ListListeners", listeners)
    transport.always("GetListenerAttribute", lambda _: LISTED)
    # Else no two requests are signed alike.
    monkeypatch.setattr(Utils, "get_nonce", lambda: "nonce")
    monkeypatch.setattr(Utils, "get_timestamp", lambda: "2026-11-28T08:00:00Z")
    return transport


def ours(key: Any) -> None:
    cas, alb = CasClient(endpoint=ENDPOINT, credential=key), AlbClient(endpoint=ENDPOINT, credential=key)
    cas.repositories()
    cas.repositories(NAME)
    cas.ensure_repository("new", is_new=True)
    cas.certificates_in(HERE)
    cas.find_certificates(ROOT)
    cas.upload_ca(pem=ROOT, repository=HERE, name=NAME)
    cas.describe("uploaded")
    cas.delete_certificate("uploaded")
    cas.delete_repository(HERE.instance_id)
    cas.quota()
    alb.load_balancer("alb-1")
    alb.details(alb.listeners("alb-1")[0])
    alb.bound_listeners("uploaded")


def theirs(key: Any) -> None:
    config = Config(credential=key, endpoint=ENDPOINT.host, protocol=ENDPOINT.scheme, user_agent=USER_AGENT)
    cas, alb = GeneratedCas(config), GeneratedAlb(config)
    for name in (None, NAME, "new"):
        cas.list_cert_warehouse(cas_models.ListCertWarehouseRequest(name=name, current_page=1, show_size=50))
    cas.create_warehouse(cas_models.CreateWarehouseRequest(name="new", type="uploadedAuthorityCertificate"))
    for number in (7, None):
        cas.list_cert(cas_models.ListCertRequest(warehouse_id=number, current_page=1, show_size=50))
    cas.upload_pcacert(cas_models.UploadPCACertRequest(cert=ROOT, name=NAME, warehouse_id=7))
    cas.describe_warehouse_cert(cas_models.DescribeWarehouseCertRequest(cert_identifier="uploaded"))
    cas.delete_pcacert(cas_models.DeletePCACertRequest(identifier="uploaded"))
    cas.delete_warehouse(cas_models.DeleteWarehouseRequest(warehouse_instance_id="cas-wh-7"))
    cas.get_cert_warehouse_quota()
    alb.get_load_balancer_attribute(alb_models.GetLoadBalancerAttributeRequest(load_balancer_id="alb-1"))
    for token in (None, "more"):
        page = {"max_results": 100, "next_token": token}
        alb.list_listeners(alb_models.ListListenersRequest(load_balancer_ids=["alb-1"], **page))
        alb.list_listeners(alb_models.ListListenersRequest(listener_protocol="HTTPS", **page))
    alb.get_listener_attribute(alb_models.GetListenerAttributeRequest(listener_id="lsn"))


def on_the_wire(cloud: ScriptedTransport, calls: Callable[[Any], None], key: Any) -> dict[str, set[str]]:
    """Return the requests of the calls by API, each with its method, URL, headers and body."""
    cloud.sent.clear()
    calls(key)
    found: dict[str, set[str]] = {}
    for one in cloud.sent:
        sent = one.prepared
        whole = json.dumps([sent.method, sent.url, sorted(sent.headers.items()), sent.body])
        found.setdefault(one.api, set()).add(whole)
    return found


@pytest.mark.parametrize("token", [None, "a-token"], ids=["a key", "a key with a security token"])
def test_every_request_is_the_one_that_the_generated_client_sends(cloud: ScriptedTransport, token: str | None) -> None:
    given = {"alicloud:accessKey": "LTAI-made-up", "alicloud:secretKey": "made-up", "alicloud:securityToken": token}
    key = credential(given.get)
    sent = on_the_wire(cloud, ours, key)
    assert sent == on_the_wire(cloud, theirs, key)
    assert all("Signature=" in one for several in sent.values() for one in several)


def test_every_api_that_the_program_may_call_is_compared(cloud: ScriptedTransport, key: Any) -> None:
    policy = json.loads((REPOSITORY / "rbac" / "ram-policy-up.json").read_text("utf-8"))
    allowed = {action.partition(":")[2] for statement in policy["Statement"] for action in statement["Action"]}
    assert set(on_the_wire(cloud, ours, key)) == allowed
