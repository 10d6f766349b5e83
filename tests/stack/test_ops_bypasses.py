"""Bypasses of a listener that `python -m ops verify` shows by requests of its own."""

import json
from typing import Any

from kubernetes import client as kubernetes_client

from tests.helpers.bound_ca import patch_listener
from tests.helpers.lab import LabHandle, wait_until
from tests.helpers.ops_command import ops
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
