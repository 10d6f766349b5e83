"""Bypasses of a listener that `python -m ops verify` shows by requests of its own."""

import json
from typing import Any

from kubernetes import client as kubernetes_client

from alb_mtls.cluster.listener import find_listener
from alb_mtls.cluster.listener_key import ListenerKey
from tests.helpers.bound_ca import patch_listener
from tests.helpers.gateway_objects import backend, create, gateway, gateway_api_in, gateway_class, http_route
from tests.helpers.lab import LabHandle, wait_until
from tests.helpers.ops_command import ops
from tests.helpers.stack import Stack
from tests.helpers.stack_config import listener
from tests.stack.conftest import MakeStack

HOST = "quic.alb.ingress.top"


def test_a_quic_listener_is_found_with_a_real_request_as_evidence(lab: LabHandle, make_stack: MakeStack) -> None:
    stack = make_stack(
        listeners=[listener(lab, "alb-quic", 443)],
        proof={"host": HOST, "deadlineSeconds": 20, "serverCa": str(lab.paths.server_ca)},
    )
    stack.up()
    printed = ops(stack, "verify", "--json", "--quic-connect-to", lab.address("alb-quic", "443/QUIC"))
    assert (printed.code, printed.codes) == (1, ["QUIC_LISTENER"])
    assert f"an HTTP/3 request for {HOST} without a certificate was accepted (HTTP 200)" in json.dumps(printed.document)
    # The listener itself is proven all the same: the finding is a bypass of it.
    assert printed.document["listeners"]["alb-quic/443"]["proof"]["proven"]


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


def test_the_alb_decides_whether_another_listener_requests_certificates_of_the_same_ca(
    lab: LabHandle, make_stack: MakeStack
) -> None:
    stack = make_stack(listeners=[listener(lab, "alb-two", 443)])
    stack.up()
    assert ops(stack, "status", "--json").codes == ["HTTPS_WITHOUT_CLIENT_AUTH"]
    ours = lab.albconfig("alb-two")["spec"]["listeners"][0]["caCertificates"]
    # A build that ignores caEnabled makes the AlbConfig say more than is true.
    lab.management.patch("/controller", json={"mode": "open-source"}).raise_for_status()
    patch_listener(lab, "alb-two", "8443/HTTPS", caEnabled=True, caCertificates=ours)
    assert "HTTPS_WITHOUT_CLIENT_AUTH" in ops(stack, "status", "--json").codes
    lab.management.patch("/controller", json={"mode": "managed"}).raise_for_status()
    # Another build looks again only at what was changed: its hash label says that the AlbConfig is done.
    lab.patch_albconfig("alb-two", [{"op": "add", "path": "/metadata/annotations/edited", "value": "again"}])
    wait_until(
        lambda: (seen := lab.listener("alb-two", "8443/HTTPS")).ca_enabled and seen.listener_status == "Running",
        "the ALB requests certificates on 8443 too",
    )
    assert "HTTPS_WITHOUT_CLIENT_AUTH" not in ops(stack, "status", "--json").codes


def test_a_route_through_another_albconfig_and_drift_are_found_and_gone_when_put_right(
    lab: LabHandle, make_stack: MakeStack
) -> None:
    stack = make_stack(listeners=[listener(lab, "alb-two", 443), listener(lab, "alb-two", 8443)])
    stack.up()
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


def _everywhere(stack: Stack, code: str) -> None:
    """Check that a bypass is found by status, verify and preview, and that onBypass: fail stops for it."""
    for command in ("status", "verify"):
        printed = ops(stack, command, "--json")
        assert (printed.code, code in printed.codes) == (1, True), command
    assert f"({code})" in stack.preview()
    stack.set("onBypass", "fail")
    assert f"({code})" in stack.fails("preview")
    stack.set("onBypass", "warn")


def test_a_listener_that_only_the_alb_has_is_found_until_it_is_gone(lab: LabHandle, make_stack: MakeStack) -> None:
    stack = make_stack(listeners=[listener(lab, "alb-two", 443)])
    stack.up()
    # The controller fails to remove what is taken out of the AlbConfig.
    lab.management.post("/controller/hold").raise_for_status()
    index = find_listener(
        lab.albconfig("alb-two"), ListenerKey(alb_config="alb-two", port=8443, protocol="HTTPS")
    ).index
    lab.patch_albconfig("alb-two", [{"op": "remove", "path": f"/spec/listeners/{index}"}], api=lab.admin)
    _everywhere(stack, "UNMANAGED_LISTENER")
    lab.management.post("/controller/release").raise_for_status()
    lab.settle()
    assert "UNMANAGED_LISTENER" not in ops(stack, "status", "--json").codes


def test_a_second_service_with_the_same_pods_is_found_until_its_way_in_is_closed(
    lab: LabHandle, make_stack: MakeStack
) -> None:
    stack = make_stack(listeners=[listener(lab, "alb-two", 443), listener(lab, "alb-two", 8443)])
    stack.up()
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
        _everywhere(stack, "SERVICE_EXPOSED")
        core.patch_namespaced_service("second", "default", {"spec": {"type": "ClusterIP"}})
        assert ops(stack, "status", "--json").codes == []
    finally:
        core.delete_namespaced_service("second", "default")


def test_a_held_listener_is_shown_and_released_from_the_command_line(lab: LabHandle, make_stack: MakeStack) -> None:
    stack = make_stack(listeners=[listener(lab, "alb-two", 443), listener(lab, "alb-two", 8443)])
    stack.up()
    held = ops(stack, "hold", "alb-two/443", "--open", "--reason", "ticket 4711", "--yes")
    assert held.code == 0, held.err
    lab.settle()
    assert not lab.listener("alb-two", "443/HTTPS").ca_enabled
    for command in ("status", "verify"):
        printed = ops(stack, command, "--json")
        assert printed.code == 1
        assert {"LISTENER_HELD", "NOT_ENFORCED"} <= set(printed.codes)
    assert "ticket 4711" in stack.preview()
    assert "ticket 4711" in ops(stack, "doctor").out
    assert ops(stack, "release", "alb-two/443", "--yes").code == 2
    resumed = ops(stack, "resume", "alb-two/443", "--yes")
    assert resumed.code == 0, resumed.err
    assert ops(stack, "release", "alb-two/443", "--yes").code == 1
    stack.up()
    assert ops(stack, "status", "--json").codes == []


def test_a_route_over_a_gateway_is_found_and_gone_with_the_gateway_api(lab: LabHandle, make_stack: MakeStack) -> None:
    stack = make_stack(listeners=[listener(lab, "alb-two", 443), listener(lab, "alb-two", 8443)])
    with gateway_api_in(lab):
        create(lab, gateway_class(), gateway(), http_route(backend("two-service"), hosts=["two.alb.ingress.top"]))
        assert "(GATEWAY_ROUTE)" in stack.up()
        _everywhere(stack, "GATEWAY_ROUTE")
        doctor = ops(stack, "doctor", "--json")
        assert "for two.alb.ingress.top to Service default/two-service (GATEWAY_ROUTE)" in json.dumps(doctor.document)
    assert ops(stack, "status", "--json").codes == []


def test_a_preview_of_an_albconfig_of_a_gateway_names_the_gateway(lab: LabHandle, make_stack: MakeStack) -> None:
    stack = make_stack()
    with gateway_api_in(lab):
        create(lab, gateway_class("edge-class", albconfig="alb"), gateway(cls="edge-class"))
        lab.patch_albconfig("alb", [{"op": "remove", "path": "/spec/listeners"}], api=lab.admin)
        printed = stack.fails("preview")
        assert "it belongs to GatewayClass edge-class (Gateway default/edge)" in " ".join(printed.split())
        assert "edge-class (Gateway default/edge)" in json.dumps(ops(stack, "doctor", "--json").document)
