"""Each bypass of a listener, made on a lab and found with the rights of the program's user, and not found before.

What follows from objects alone is in tests/unit/cluster, case by case; here the objects are a real cluster's.
"""

from collections.abc import Callable
from typing import Any

import pytest
from kubernetes import client as kubernetes_client

from alb_mtls.cluster.hosts import bypasses
from alb_mtls.cluster.kube_client import KubeAccess, KubeClient
from alb_mtls.cluster.listener_key import ListenerKey
from tests.helpers.gateway_objects import backend, create, gateway, gateway_api_in, gateway_class, http_route
from tests.helpers.lab import LabHandle

Find = Callable[[], set[str]]
SSL_REDIRECT = {"alb.ingress.kubernetes.io/ssl-redirect": "true"}


def _finder(lab: LabHandle, albconfig: str, **options: Any) -> set[str]:
    kube = KubeClient(KubeAccess(kubeconfig=str(lab.paths.program_kubeconfig), context="lab"))
    try:
        found = bypasses(
            kube.albconfig(albconfig),
            ListenerKey(alb_config=albconfig, port=443, protocol="HTTPS"),
            albconfigs=kube.albconfigs(),
            ingresses=kube.ingresses(),
            ingress_classes=kube.ingress_classes(),
            services=kube.services(),
            gateway_api=kube.gateway_api(),
            **options,
        )
    finally:
        kube.close()
    return {str(finding.code) for finding in found}


@pytest.fixture
def find(lab: LabHandle) -> Find:
    """Return the bypasses of listener 443 of AlbConfig alb, which redirects on port 80 and has none."""
    _networking(lab).patch_namespaced_ingress("https-ingress", "default", {"metadata": {"annotations": SSL_REDIRECT}})
    assert _finder(lab, "alb") == set()
    return lambda: _finder(lab, "alb")


def _networking(lab: LabHandle) -> kubernetes_client.NetworkingV1Api:
    return kubernetes_client.NetworkingV1Api(lab.admin)


def test_http_that_forwards_is_found_and_http_that_redirects_is_not(lab: LabHandle, find: Find) -> None:
    annotations = dict.fromkeys(SSL_REDIRECT)
    _networking(lab).patch_namespaced_ingress("https-ingress", "default", {"metadata": {"annotations": annotations}})
    assert find() == {"HTTP_FORWARDS"}


def test_another_https_port_without_client_authentication_is_found_unless_it_enforces_too(
    lab: LabHandle, find: Find
) -> None:
    assert _finder(lab, "alb-two") == {"HTTPS_WITHOUT_CLIENT_AUTH"}
    assert (
        _finder(lab, "alb-two", also_protected=[ListenerKey(alb_config="alb-two", port=8443, protocol="HTTPS")])
        == set()
    )
    assert find() == set()


def test_the_same_service_behind_another_class_is_found(lab: LabHandle, find: Find) -> None:
    networking = _networking(lab)
    ingress: Any = networking.read_namespaced_ingress("https-ingress", "default", _preload_content=False).json()
    ingress["metadata"] = {"name": "other-route", "annotations": ingress["metadata"]["annotations"]}
    ingress["spec"]["ingressClassName"] = "nginx"
    networking.create_namespaced_ingress("default", ingress)
    assert find() == {"OTHER_ROUTE"}
    networking.delete_namespaced_ingress("other-route", "default")
    assert find() == set()


def test_a_service_that_is_reachable_from_outside_is_found(lab: LabHandle, find: Find) -> None:
    core = kubernetes_client.CoreV1Api(lab.admin)
    core.patch_namespaced_service("https-service", "default", {"spec": {"type": "NodePort"}})
    assert find() == {"SERVICE_EXPOSED"}
    core.patch_namespaced_service("https-service", "default", {"spec": {"type": "ClusterIP"}})
    assert find() == set()


def test_a_tls_policy_that_allows_old_versions_is_found(lab: LabHandle, find: Find) -> None:
    listeners = lab.albconfig("alb")["spec"]["listeners"]
    index = next(i for i, each in enumerate(listeners) if each["port"] == 443)
    path = f"/spec/listeners/{index}/securityPolicyId"
    lab.patch_albconfig("alb", [{"op": "add", "path": path, "value": "tls_cipher_policy_1_0"}])
    assert find() == {"WEAK_TLS_POLICY"}


def test_a_route_over_a_gateway_is_found_as_soon_as_the_cluster_has_the_gateway_api(lab: LabHandle, find: Find) -> None:
    with gateway_api_in(lab):
        create(lab, gateway_class(), gateway(), http_route(backend("two-service")))
        assert find() == set()
        create(lab, http_route(backend("https-service"), name="other-way"))
        assert find() == {"GATEWAY_ROUTE"}
    assert find() == set()
