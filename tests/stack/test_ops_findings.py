"""Findings of `python -m ops` that come and go while the stack stays: one for the module, put back after each test."""

import json
from typing import Any

from kubernetes import client as kubernetes_client

from tests.helpers.gateway_objects import backend, create, gateway, gateway_api_in, gateway_class, http_route
from tests.helpers.lab import LabHandle
from tests.helpers.ops_command import found_everywhere, ops
from tests.helpers.stack import Stack


def _ingress(host: str, service: str) -> Any:
    """Return an Ingress of AlbConfig alb that leads to a Service of another one."""
    backend = {"service": {"name": service, "port": {"number": 80}}}
    return {
        "metadata": {
            "name": "other-route",
            "annotations": {"alb.ingress.kubernetes.io/listen-ports": '[{"HTTPS": 443}]'},
        },
        "spec": {
            "ingressClassName": "alb",
            "rules": [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}],
        },
    }


def test_a_route_through_another_albconfig_and_drift_are_found_and_gone_when_put_right(
    deployed: Stack, shared_lab: LabHandle
) -> None:
    stack, lab = deployed, shared_lab
    assert ops(stack, "status", "--json").codes == []
    networking = kubernetes_client.NetworkingV1Api(lab.admin)
    networking.create_namespaced_ingress("default", _ingress("back.alb.ingress.top", "two-service"))
    printed = ops(stack, "status", "--json")
    assert (printed.code, printed.codes) == (1, ["OTHER_ROUTE"])
    assert printed.document["findings"][0]["subject"] == "listener 443/HTTPS of AlbConfig alb"
    networking.delete_namespaced_ingress("other-route", "default")
    lab.patch_albconfig("alb-two", [{"op": "remove", "path": "/metadata/annotations"}])
    printed = ops(stack, "status", "--json")
    assert (printed.code, set(printed.codes)) == (1, {"DRIFT"})
    stack.up()
    assert ops(stack, "status", "--json").codes == []


def test_a_second_service_with_the_same_pods_is_found_until_its_way_in_is_closed(
    deployed: Stack, shared_lab: LabHandle
) -> None:
    stack, lab = deployed, shared_lab
    core = kubernetes_client.CoreV1Api(lab.admin)
    core.patch_namespaced_service("two-service", "default", {"spec": {"selector": {"app": "two", "tier": "web"}}})
    two: Any = core.read_namespaced_service("two-service", "default")
    second: Any = {
        "metadata": {"name": "second"},
        "spec": {
            "type": "NodePort",
            "selector": {"app": "two"},
            "ports": [{"port": 30, "targetPort": port.target_port or port.port} for port in two.spec.ports],
        },
    }
    core.create_namespaced_service("default", second)
    try:
        found_everywhere(stack, "SERVICE_EXPOSED")
        core.patch_namespaced_service("second", "default", {"spec": {"type": "ClusterIP"}})
        assert ops(stack, "status", "--json").codes == []
    finally:
        core.delete_namespaced_service("second", "default")
        core.patch_namespaced_service("two-service", "default", {"spec": {"selector": {"app": "two", "tier": None}}})


def test_a_held_listener_is_shown_and_released_from_the_command_line(deployed: Stack, shared_lab: LabHandle) -> None:
    stack, lab = deployed, shared_lab
    held = ops(stack, "hold", "alb-two/443", "--open", "--reason", "ticket 4711", "--yes")
    assert held.code == 0, held.err
    lab.settle()
    assert not lab.listener("alb-two", "443/HTTPS").ca_enabled
    for command in ("status", "verify"):
        printed = ops(stack, command, "--json")
        assert printed.code == 1
        assert {"LISTENER_HELD", "NOT_ENFORCED"} <= set(printed.codes)
    assert "ticket 4711" in stack.preview()
    assert "ticket 4711" in json.dumps(ops(stack, "doctor", "--json").document)
    assert ops(stack, "release", "alb-two/443", "--yes").code == 2
    resumed = ops(stack, "resume", "alb-two/443", "--yes")
    assert resumed.code == 0, resumed.err
    assert ops(stack, "release", "alb-two/443", "--yes").code == 1
    stack.up()
    assert ops(stack, "status", "--json").codes == []


def test_a_route_over_a_gateway_is_found_and_gone_with_the_gateway_api(deployed: Stack, shared_lab: LabHandle) -> None:
    stack, lab = deployed, shared_lab
    with gateway_api_in(lab):
        create(lab, gateway_class(), gateway(), http_route(backend("two-service"), hosts=["two.alb.ingress.top"]))
        assert "(GATEWAY_ROUTE)" in stack.up()
        found_everywhere(stack, "GATEWAY_ROUTE")
        doctor = ops(stack, "doctor", "--json")
        assert "for two.alb.ingress.top to Service default/two-service (GATEWAY_ROUTE)" in json.dumps(doctor.document)
    assert ops(stack, "status", "--json").codes == []
