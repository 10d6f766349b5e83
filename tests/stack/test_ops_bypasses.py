"""Bypasses of a listener that `python -m ops verify` shows by requests of its own."""

import json

from alb_mtls.cluster.listener import find_listener
from alb_mtls.cluster.listener_key import ListenerKey
from tests.helpers.bound_ca import patch_listener
from tests.helpers.gateway_objects import create, gateway, gateway_api_in, gateway_class
from tests.helpers.lab import LabHandle, wait_until
from tests.helpers.ops_command import found_everywhere, ops
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


def test_a_listener_that_only_the_alb_has_is_found_until_it_is_gone(lab: LabHandle, make_stack: MakeStack) -> None:
    stack = make_stack(listeners=[listener(lab, "alb-two", 443)])
    stack.up()
    # The controller fails to remove what is taken out of the AlbConfig.
    lab.management.post("/controller/hold").raise_for_status()
    index = find_listener(
        lab.albconfig("alb-two"), ListenerKey(alb_config="alb-two", port=8443, protocol="HTTPS")
    ).index
    lab.patch_albconfig("alb-two", [{"op": "remove", "path": f"/spec/listeners/{index}"}], api=lab.admin)
    found_everywhere(stack, "UNMANAGED_LISTENER")
    lab.management.post("/controller/release").raise_for_status()
    lab.settle()
    assert "UNMANAGED_LISTENER" not in ops(stack, "status", "--json").codes


def test_a_preview_of_an_albconfig_of_a_gateway_names_the_gateway(lab: LabHandle, make_stack: MakeStack) -> None:
    stack = make_stack()
    with gateway_api_in(lab):
        create(lab, gateway_class("edge-class", albconfig="alb"), gateway(cls="edge-class"))
        lab.patch_albconfig("alb", [{"op": "remove", "path": "/spec/listeners"}], api=lab.admin)
        printed = stack.fails("preview")
        assert "it belongs to GatewayClass edge-class (Gateway default/edge)" in " ".join(printed.split())
        assert "edge-class (Gateway default/edge)" in json.dumps(ops(stack, "doctor", "--json").document)
