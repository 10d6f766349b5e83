"""Ways around a listener that `python -m ops verify` shows by requests of its own."""

import json

from tests.helpers.lab import LabHandle
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
    told = ops(stack, "verify", "--json", "--quic-connect-to", lab.address("alb-quic", "443/QUIC"))
    assert (told.code, told.codes) == (1, ["QUIC_LISTENER"])
    assert f"an HTTP/3 request for {HOST} without a certificate was let in (HTTP 200)" in json.dumps(told.document)
    # The listener itself is proven all the same: the finding is a way around it.
    assert told.document["listeners"]["alb-quic/443"]["proof"]["proven"]
