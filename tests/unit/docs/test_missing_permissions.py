"""Whatever a file of rbac/ grants and somebody lacks is named by one sentence: the thing, and the file that grants it.

The Role for Secrets is left out: pulumi-kubernetes makes those calls, and words its own errors.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
import urllib3
import yaml

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.alb_models import ListenerSummary
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.aliyun.cas_models import Repository
from alb_mtls.aliyun.credentials import credential
from alb_mtls.aliyun.endpoints import Endpoint
from alb_mtls.aliyun.errors import AccessDenied
from alb_mtls.cluster.errors import Forbidden
from alb_mtls.cluster.kube_client import KubeAccess, KubeClient
from ops.doctor.permissions import Permission, required_permissions
from tests.helpers.documents import REPOSITORY
from tests.helpers.scripted_transport import ACCESS_KEY_SECRET, ScriptedTransport, error

RBAC = REPOSITORY / "rbac"
POLICIES = sorted(RBAC.glob("ram-policy-*.json"))
ROLES = [*sorted(RBAC.glob("cluster-role-[!b]*.yaml")), RBAC / "controller-version-role.yaml"]
ENDPOINT = Endpoint(host="cloud.example", scheme="https")
OURS = Repository(warehouse_id=7, instance_id="instance-7", name="alb-mtls-1", type="uploadCA")
LISTENER = ListenerSummary(
    listener_id="lsn-7",
    load_balancer_id="alb-7",
    port=443,
    protocol="HTTPS",
    status="Running",
    quic_listener_id=None,
    security_policy_id="tls_cipher_policy_1_2",
    fields={},
)


class Thing(NamedTuple):
    """A call, and how its sentence names what it was about."""

    name: str
    call: Callable[[Any], object]


CLOUD = {
    "yundun-cert:ListCertWarehouse": Thing("repository alb-mtls-1", lambda cas: cas.find_repository("alb-mtls-1")),
    "yundun-cert:ListCert": Thing("repository alb-mtls-1", lambda cas: cas.certificates_in(OURS)),
    "yundun-cert:DescribeWarehouseCert": Thing("certificate ca-7", lambda cas: cas.describe("ca-7")),
    "yundun-cert:GetCertWarehouseQuota": Thing("the account", lambda cas: cas.quota()),
    "yundun-cert:CreateWarehouse": Thing(
        "repository alb-mtls-1", lambda cas: cas.ensure_repository("alb-mtls-1", is_new=True)
    ),
    "yundun-cert:UploadPCACert": Thing(
        "repository alb-mtls-1", lambda cas: cas.upload_copy(pem="", repository=OURS, name="root-ca-1")
    ),
    "yundun-cert:DeletePCACert": Thing("certificate ca-7", lambda cas: cas.delete_certificate("ca-7")),
    "yundun-cert:DeleteWarehouse": Thing("repository instance-7", lambda cas: cas.delete_repository("instance-7")),
    "alb:GetLoadBalancerAttribute": Thing("load balancer alb-7", lambda alb: alb.load_balancer("alb-7")),
    "alb:ListListeners": Thing("load balancer alb-7", lambda alb: alb.listeners("alb-7")),
    "alb:GetListenerAttribute": Thing("listener 443/HTTPS", lambda alb: alb.details(LISTENER)),
}
CLUSTER: dict[tuple[str, str], Callable[[KubeClient], object]] = {
    ("get", "albconfigs"): lambda kube: kube.albconfig("alb"),
    ("list", "albconfigs"): lambda kube: kube.albconfigs(),
    ("patch", "albconfigs"): lambda kube: kube.patch_albconfig("alb", []),
    ("list", "ingresses"): lambda kube: kube.ingresses(),
    ("list", "ingressclasses"): lambda kube: kube.ingress_classes(),
    ("list", "services"): lambda kube: kube.services(),
    ("list", "events"): lambda kube: kube.events("alb", "uid-7"),
    ("get", "namespaces"): lambda kube: kube.kube_system_uid(),
    ("get", "customresourcedefinitions"): lambda kube: kube.crd(),
    ("list", "deployments"): lambda kube: kube.deployments("kube-system"),
    **{("list", kind): lambda kube: kube.gateway_api() for kind in ("gatewayclasses", "gateways", "httproutes")},
}


def _actions(policy: Path) -> list[str]:
    return [action for one in json.loads(policy.read_text("utf-8"))["Statement"] for action in one["Action"]]


def _permissions(role: Path) -> list[Permission]:
    [rules] = [text for text in role.read_text("utf-8").split("\n---\n") if "\nrules:" in text]
    return required_permissions(rules)


def _granting(sentence: str) -> Path:
    [file] = re.findall(r", as (rbac/\S+) does", sentence)
    return REPOSITORY / str(file)


@pytest.mark.parametrize(
    ("policy", "action"),
    [(policy, action) for policy in POLICIES for action in _actions(policy)],
    ids=lambda one: one.stem if isinstance(one, Path) else one,
)
def test_a_missing_action_is_one_sentence_with_its_thing_and_the_file_that_grants_it(
    policy: Path, action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = ScriptedTransport()
    transport.install(monkeypatch)
    key = credential({"alicloud:accessKey": "LTAI-made-up", "alicloud:secretKey": ACCESS_KEY_SECRET}.get)
    service, _, api = action.partition(":")
    client = (CasClient if service == "yundun-cert" else AlbClient)(endpoint=ENDPOINT, credential=key)
    transport.queue("ListCertWarehouse", *([] if api == "ListCertWarehouse" else [{"CertWarehouseList": []}]))
    transport.queue(api, error(403, "NoPermission", AccessDeniedDetail={"AuthAction": action}))
    thing = CLOUD[action]
    with pytest.raises(AccessDenied) as caught:
        thing.call(client)
    sentence = str(caught.value)
    assert sentence.count(f"{api} on {thing.name} ") == sentence.count(f"Allow the RAM action {action} ") == 1
    assert action in _actions(_granting(sentence))
    assert len(_actions(_granting(sentence))) <= len(_actions(policy))


def test_an_action_that_the_cloud_names_and_no_file_grants_is_named_without_a_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transport = ScriptedTransport()
    transport.install(monkeypatch)
    key = credential({"alicloud:accessKey": "LTAI-made-up", "alicloud:secretKey": ACCESS_KEY_SECRET}.get)
    transport.queue("ListListeners", error(403, "Forbidden", AccessDeniedDetail={"AuthAction": "slb:ListListeners"}))
    with pytest.raises(AccessDenied, match=r"Allow the RAM action slb:ListListeners on resource \*\. \(request"):
        AlbClient(endpoint=ENDPOINT, credential=key).listeners("alb-7")


class Server:
    """A kube-apiserver that denies one verb on one kind, in its own words."""

    def __init__(self, verb: str, kind: str) -> None:
        """Deny nothing else."""
        self._verb, self._kind = verb, kind

    def request(self, method: str, url: str, **_options: Any) -> urllib3.HTTPResponse:
        """Answer as a pool of connections does."""
        kind = next((part for part in url.partition("?")[0].split("/") if part == self._kind), None)
        if method == "GET" and url.endswith("gateway.networking.k8s.io/v1"):
            served = [{"name": each} for each in ("gatewayclasses", "gateways", "httproutes")]
            return _answer(200, {"resources": served})
        if kind is None:
            return _answer(200, {"items": [], "metadata": {}})
        words = f'{kind}.x is forbidden: User "somebody" cannot {self._verb} resource "{kind}" in API group "x"'
        return _answer(403, {"kind": "Status", "message": words})


def _answer(status: int, body: dict[str, Any]) -> urllib3.HTTPResponse:
    return urllib3.HTTPResponse(json.dumps(body).encode(), status=status)


@pytest.fixture
def reaching(monkeypatch: pytest.MonkeyPatch) -> Callable[[Server], KubeClient]:
    """Return a function that returns a client of a server."""

    def connect(server: Server) -> KubeClient:
        made = SimpleNamespace(host="https://server", headers=dict, pool=server)
        monkeypatch.setattr("alb_mtls.cluster.transport.connect", lambda *_: made)
        return KubeClient(KubeAccess(kubeconfig=None, context=None))

    return connect


@pytest.mark.parametrize(
    ("role", "permission"),
    [(role, permission) for role in ROLES for permission in _permissions(role)],
    ids=lambda one: one.stem if isinstance(one, Path) else one.text,
)
def test_a_missing_verb_is_one_sentence_with_its_kind_and_the_file_that_grants_it(
    role: Path, permission: Permission, reaching: Callable[[Server], KubeClient]
) -> None:
    client = reaching(Server(permission.verb, permission.resource))
    with pytest.raises(Forbidden) as caught:
        CLUSTER[permission.verb, permission.resource](client)
    sentence = str(caught.value)
    assert sentence.count(f"user somebody may not {permission.verb} {permission.resource} in the cluster") == 1
    assert permission in _permissions(_granting(sentence))
    assert role.exists()


def test_the_files_that_are_compared_are_all_but_the_bindings_and_the_role_for_secrets() -> None:
    compared = {path.name for path in (*POLICIES, *ROLES)}
    others = {path.name for path in RBAC.iterdir()} - compared
    assert others == {"cluster-role-binding.yaml", "secrets-role.yaml"}
    kinds = [document["kind"] for document in yaml.safe_load_all((RBAC / "cluster-role-binding.yaml").read_text())]
    assert set(kinds) == {"ClusterRoleBinding"}
