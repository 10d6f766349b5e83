"""What `status` and `verify` say when the listener is right and something else is not, and after a refresh."""

from pathlib import Path

import yaml

from tests.helpers.bound_ca import unbind
from tests.helpers.lab import LabHandle
from tests.helpers.ops_command import ops
from tests.helpers.stack import Stack


def _reached_at(stack: Stack, folder: Path, address: str) -> str:
    """Return the path of a copy of the stack's configuration whose listener is reached elsewhere."""
    content = yaml.safe_load(stack.config_file.read_text("utf-8"))
    content["config"]["alb-mtls:listeners"][0]["connectTo"] = address
    path = folder / "elsewhere.yaml"
    path.write_text(yaml.safe_dump(content), "utf-8")
    return str(path)


def test_a_broken_backend_and_a_silent_address_are_no_finding_about_the_listener(
    lab: LabHandle, stack: Stack, tmp_path: Path
) -> None:
    # Its Ingress forwards on 80/HTTP too: the one finding that is there whatever the backend does.
    around = ["HTTP_FORWARDS"]
    stack.up()
    lab.management.patch("/behaviour", json={"data_plane": {"backend_works": False}}).raise_for_status()
    broken = ops(stack, "verify", "--json")
    assert broken.codes == around
    assert "HTTP 502: the backend fails" in broken.document["unknown"][0]
    shown = broken.document["listeners"]["alb/443"]
    assert shown["failed"]
    assert {check["result"] for check in shown["proof"]["checks"] if not check["passed"]} == {"accepted (HTTP 502)"}
    assert any(check["caNames"] for check in shown["proof"]["checks"])
    said = ops(stack, "verify").out
    assert "CAs that the listener names to its clients: " in said
    assert "accepted (HTTP 502)" in said
    lab.management.patch("/behaviour", json={"data_plane": {"backend_works": True}}).raise_for_status()
    # Port 9 on loopback: nobody listens there.
    silent = ops(stack, "verify", "--json", "--config-file", _reached_at(stack, tmp_path, "127.0.0.1:9"))
    assert silent.codes == around
    assert "does not answer" in silent.document["unknown"][0]
    assert ops(stack, "verify", "--json").document["unknown"] == []


def test_a_listener_opened_by_hand_is_found_after_a_refresh_too(lab: LabHandle, stack: Stack) -> None:
    stack.up()
    identifier = stack.outputs()["listeners"]["alb/443"]["caIdentifier"]
    unbind(lab, "alb", "443/HTTPS")
    stack.succeeds("refresh", "--yes", "--skip-preview", "--stack", stack.name)
    status = ops(stack, "status", "--json")
    assert status.code == 1
    assert "NOT_ENFORCED" in status.codes
    assert status.document["listeners"]["alb/443"]["enabled"] is True
    assert status.document["listeners"]["alb/443"]["caIdentifier"] == identifier
    verified = ops(stack, "verify", "--json")
    assert verified.code == 1
    evidence = [one["evidence"] for one in verified.document["findings"] if one["code"] == "NOT_ENFORCED"]
    assert any("accepted a client without a certificate" in each for each in evidence)
    stack.up()
    repaired = ops(stack, "verify", "--json")
    assert "NOT_ENFORCED" not in repaired.codes
    assert repaired.document["listeners"]["alb/443"]["proof"]["proven"]
