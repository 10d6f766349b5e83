"""The lab's Kubernetes API: what is in it, who may do what, and what it lets happen to an AlbConfig."""

import base64
import json
import ssl
import stat
from typing import Any

import httpx
import pytest
from kubernetes import client as kubernetes_client
from kubernetes.client.exceptions import ApiException

from lab.principal_name import PrincipalName
from tests.helpers.lab import GROUP, PLURAL, VERSION, LabHandle

ALBCONFIGS = {"group": GROUP, "resource": PLURAL}
NETWORKING = "networking.k8s.io"
GATEWAY = "gateway.networking.k8s.io"
DEFINITIONS = {"group": "apiextensions.k8s.io", "resource": "customresourcedefinitions"}

ALLOWED = [
    *({"verb": verb, **ALBCONFIGS} for verb in ("get", "list", "patch")),
    {"verb": "list", "group": NETWORKING, "resource": "ingresses"},
    {"verb": "list", "group": NETWORKING, "resource": "ingressclasses"},
    *({"verb": "list", "group": GATEWAY, "resource": each} for each in ("gatewayclasses", "gateways", "httproutes")),
    {"verb": "list", "resource": "services"},
    {"verb": "list", "resource": "events"},
    {"verb": "get", "resource": "namespaces", "name": "kube-system"},
    {"verb": "get", **DEFINITIONS, "name": "albconfigs.alibabacloud.com"},
]
REFUSED = [
    *({"verb": verb, **ALBCONFIGS} for verb in ("create", "update", "delete", "deletecollection", "watch")),
    {"verb": "patch", **ALBCONFIGS, "subresource": "status"},
    {"verb": "patch", "group": NETWORKING, "resource": "ingresses"},
    {"verb": "get", "group": NETWORKING, "resource": "ingresses"},
    {"verb": "get", "group": GATEWAY, "resource": "httproutes"},
    {"verb": "get", "resource": "services"},
    {"verb": "create", "resource": "events"},
    {"verb": "get", "resource": "namespaces", "name": "default"},
    {"verb": "list", "resource": "namespaces"},
    {"verb": "get", **DEFINITIONS, "name": "others.example.com"},
    {"verb": "list", **DEFINITIONS},
    *({"verb": verb, "resource": "secrets"} for verb in ("get", "list", "create", "patch", "delete")),
]


def _name(attributes: dict[str, str]) -> str:
    return " ".join(attributes[key] for key in ("verb", "resource", "subresource", "name") if key in attributes)


def _may(api: Any, attributes: dict[str, str]) -> bool:
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"namespace": "default", **attributes}},
    }
    authorization: Any = kubernetes_client.AuthorizationV1Api(api)
    return bool(authorization.create_self_subject_access_review(review).status.allowed)


@pytest.mark.parametrize("attributes", ALLOWED, ids=_name)
def test_the_program_s_user_may(attributes: dict[str, str], shared_lab: LabHandle) -> None:
    assert _may(shared_lab.program, attributes)


@pytest.mark.parametrize("attributes", REFUSED, ids=_name)
def test_the_program_s_user_may_not_but_the_administrator_may(
    attributes: dict[str, str], shared_lab: LabHandle
) -> None:
    assert not _may(shared_lab.program, attributes)
    assert _may(shared_lab.admin, attributes)


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        (PrincipalName.PREVIEW, [each for each in ALLOWED[:-1] if each["verb"] != "patch"]),
        (PrincipalName.OPERATIONS, [each for each in ALLOWED if each["verb"] != "patch"]),
        (PrincipalName.ON_CALL, [{"verb": verb, **ALBCONFIGS} for verb in ("get", "patch")]),
    ],
)
def test_every_other_user_may_what_the_cluster_role_of_its_name_says_and_no_more(
    name: PrincipalName, allowed: list[dict[str, str]], shared_lab: LabHandle
) -> None:
    api = shared_lab.kubernetes_client(name)
    assert [each for each in ALLOWED + REFUSED if _may(api, each)] == allowed


def test_what_a_review_allows_is_really_done(lab: LabHandle) -> None:
    assert lab.custom_objects(lab.program).get_cluster_custom_object(GROUP, VERSION, PLURAL, "alb")
    networking: Any = kubernetes_client.NetworkingV1Api(lab.program)
    names = {each.metadata.name for each in networking.list_ingress_for_all_namespaces().items}
    assert names == {"https-ingress", "quic-ingress", "two-ingress", "basic-ingress"}
    core: Any = kubernetes_client.CoreV1Api(lab.program)
    assert core.read_namespace("kube-system").metadata.uid


def test_what_a_review_rejects_is_really_rejected_with_403_and_the_user_s_name(shared_lab: LabHandle) -> None:
    with pytest.raises(ApiException) as caught:
        kubernetes_client.CoreV1Api(shared_lab.program).list_namespaced_secret("default")
    assert caught.value.status == 403
    body: Any = caught.value.body
    assert 'User "alb-mtls-up" cannot list resource "secrets"' in json.loads(body)["message"]


@pytest.mark.parametrize("file", ["admin_kubeconfig", "program_kubeconfig", "program_curl", "status", "folder"])
def test_what_holds_a_token_is_readable_by_its_owner_alone(file: str, shared_lab: LabHandle) -> None:
    assert stat.S_IMODE(getattr(shared_lab.paths, file).stat().st_mode) == (0o700 if file == "folder" else 0o600)


def test_a_wrong_token_gets_401_behind_the_proxy_and_before_it(shared_lab: LabHandle) -> None:
    for file in (shared_lab.paths.admin_kubeconfig, shared_lab.paths.program_kubeconfig):
        cluster = json.loads(file.read_text())["clusters"][0]["cluster"]
        authority = shared_lab.paths.control_plane / "ca.pem"
        assert base64.b64decode(cluster["certificate-authority-data"]) == authority.read_bytes()
        headers = {"Authorization": "Bearer wrong"}
        url = f"{cluster['server']}/apis/{GROUP}/{VERSION}/{PLURAL}"
        context = ssl.create_default_context(cafile=str(authority))
        assert httpx.get(url, headers=headers, verify=context, trust_env=False).status_code == 401


def test_a_new_albconfig_carries_nothing_of_server_side_apply_or_kubectl(lab: LabHandle) -> None:
    for name in ("alb", "alb-quic", "alb-two", "alb-basic"):
        metadata = lab.albconfig(name)["metadata"]
        assert "annotations" not in metadata
        assert "finalizers" not in metadata
        writers = [each for each in metadata.get("managedFields", []) if "f:spec" in each["fieldsV1"]]
        assert "Apply" not in [each["operation"] for each in writers]


def test_status_cannot_be_written_through_the_object_itself(lab: LabHandle) -> None:
    before = lab.albconfig("alb")["status"]["loadBalancer"]["id"]
    operation = {"op": "replace", "path": "/status/loadBalancer/id", "value": "alb-forged"}
    lab.patch_albconfig("alb", [operation], api=lab.admin)
    assert lab.albconfig("alb")["status"]["loadBalancer"]["id"] == before


def _switch_on(element: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"op": "test", "path": "/spec/listeners/1", "value": element},
        {"op": "add", "path": "/spec/listeners/1/caEnabled", "value": True},
        {"op": "add", "path": "/spec/listeners/1/caCertificates", "value": [{"CertificateId": "x"}]},
    ]


def test_a_guarded_json_patch_changes_two_fields_and_no_more(lab: LabHandle) -> None:
    before = lab.albconfig("alb")["spec"]
    after = lab.patch_albconfig("alb", _switch_on(before["listeners"][1]))["spec"]
    assert after["listeners"][1].pop("caEnabled") is True
    assert after["listeners"][1].pop("caCertificates") == [{"CertificateId": "x"}]
    assert after == before


def test_the_same_guarded_patch_a_second_time_is_rejected_with_422(lab: LabHandle) -> None:
    operations = _switch_on(lab.albconfig("alb")["spec"]["listeners"][1])
    lab.patch_albconfig("alb", operations)
    with pytest.raises(ApiException) as caught:
        lab.patch_albconfig("alb", operations)
    assert caught.value.status == 422


def test_the_table_of_ingresses_that_kubectl_requests_has_class_host_address_and_both_ports(lab: LabHandle) -> None:
    kubeconfig = json.loads(lab.paths.program_kubeconfig.read_text())
    reply = httpx.get(
        f"{kubeconfig['clusters'][0]['cluster']['server']}/apis/{NETWORKING}/v1/ingresses",
        headers={
            "Authorization": f"Bearer {kubeconfig['users'][0]['user']['token']}",
            "Accept": "application/json;as=Table;v=v1;g=meta.k8s.io",
        },
        verify=ssl.create_default_context(cafile=str(lab.paths.control_plane / "ca.pem")),
        trust_env=False,
    )
    table = reply.raise_for_status().json()
    names = [column["name"] for column in table["columnDefinitions"]]
    rows = [dict(zip(names, row["cells"], strict=True)) for row in table["rows"]]
    [shown] = [row for row in rows if row["Name"] == "https-ingress"]
    assert (shown["Class"], shown["Hosts"], shown["Ports"]) == ("alb", "demo.alb.ingress.top", "80, 443")
    assert shown["Address"].startswith("alb-")
    assert shown["Address"].endswith(".alb.aliyuncsslbintl.com")
