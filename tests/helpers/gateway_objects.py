"""GatewayClasses, Gateways and HTTPRoutes for tests, and a lab that knows these kinds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kubernetes import client as kubernetes_client

from lab.control_plane.manifests import OBJECTS, manifests
from tests.helpers.lab import LabHandle, wait_until

Object = dict[str, Any]

GATEWAY_GROUP, GATEWAY_VERSION = "gateway.networking.k8s.io", "v1"
ALB_GATEWAYS = "gateways.alibabacloud.com/alb/v1"
_PLURALS = {"GatewayClass": "gatewayclasses", "Gateway": "gateways", "HTTPRoute": "httproutes"}


def gateway_class(name: str = "alb", *, controller: str = ALB_GATEWAYS, albconfig: str | None = None) -> Object:
    spec: Object = {"controllerName": controller}
    if albconfig is not None:
        spec["parametersRef"] = {"group": "alibabacloud.com", "kind": "AlbConfig", "name": albconfig}
    return _object("GatewayClass", {"name": name}, spec)


def gateway_listener(name: str = "https", port: int = 443, protocol: str = "HTTPS", **fields: Any) -> Object:
    return {"name": name, "port": port, "protocol": protocol, **fields}


def gateway(*listeners: Object, name: str = "edge", namespace: str = "default", cls: str = "alb") -> Object:
    spec = {"gatewayClassName": cls, "listeners": list(listeners) or [gateway_listener()]}
    return _object("Gateway", {"name": name, "namespace": namespace}, spec)


def backend(name: str = "demo", **fields: Any) -> Object:
    return {"name": name, "port": 80, **fields}


def http_route(
    *backends: Object,
    name: str = "way",
    namespace: str = "default",
    hosts: list[str] | None = None,
    filters: list[Object] | None = None,
) -> Object:
    """Return an HTTPRoute with one rule, on Gateway `default/edge`."""
    spec: Object = {
        "parentRefs": [{"name": "edge", "namespace": "default"}],
        "rules": [{"backendRefs": list(backends) or [backend()], "filters": filters or []}],
    }
    if hosts is not None:
        spec["hostnames"] = hosts
    return _object("HTTPRoute", {"name": name, "namespace": namespace}, spec)


def _object(kind: str, metadata: Object, spec: Object) -> Object:
    return {"apiVersion": f"{GATEWAY_GROUP}/{GATEWAY_VERSION}", "kind": kind, "metadata": metadata, "spec": spec}


@contextmanager
def gateway_api_in(lab: LabHandle) -> Iterator[None]:
    """Let a lab know the Gateway API; afterwards kinds and objects are gone."""
    definitions: Any = kubernetes_client.ApiextensionsV1Api(lab.admin)
    crds = manifests(OBJECTS / "gateway-api.yaml")
    try:
        for each in crds:
            definitions.create_custom_resource_definition(each)
        for plural in _PLURALS.values():
            wait_until(lambda plural=plural: _is_served(lab, plural), f"{plural} are served")  # type: ignore[misc]  # a default
        yield
    finally:
        for each in crds:
            definitions.delete_custom_resource_definition(each["metadata"]["name"])
        wait_until(lambda: not any(_is_served(lab, each) for each in _PLURALS.values()), "no such kind is served")


def create(lab: LabHandle, *items: Object) -> None:
    """Create objects of the Gateway API."""
    objects = lab.custom_objects()
    for item in items:
        where: dict[str, Any] = {
            "group": GATEWAY_GROUP,
            "version": GATEWAY_VERSION,
            "plural": _PLURALS[item["kind"]],
            "body": item,
        }
        if "namespace" in item["metadata"]:
            objects.create_namespaced_custom_object(**where, namespace=item["metadata"]["namespace"])
        else:
            objects.create_cluster_custom_object(**where)


def _is_served(lab: LabHandle, plural: str) -> bool:
    try:
        lab.custom_objects().list_cluster_custom_object(GATEWAY_GROUP, GATEWAY_VERSION, plural)
    except kubernetes_client.ApiException:
        return False
    return True
