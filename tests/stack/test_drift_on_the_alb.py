"""What somebody changes at the ALB API alone is found, named and healed, although no event leads the controller there.

The lab's controller drops events about an AlbConfig that it has reconciled, and reconciles nothing by itself.
"""

from pathlib import Path
from typing import Any

import pytest
from alibabacloud_alb20200616 import models as alb_models
from prometheus_client.parser import text_string_to_metric_families

from tests.helpers.bound_ca import upload_ca
from tests.helpers.client_identities import authority
from tests.helpers.lab import LabHandle, wait_until
from tests.helpers.ops_command import ops
from tests.helpers.stack import Stack
from tests.helpers.stack_config import WITHOUT_HANDSHAKES, ask
from tests.helpers.world import World
from tests.stack.conftest import MakeStack

HTTPS = "443/HTTPS"
NOT_THERE = "is as it must be in the AlbConfig, but not on the ALB: "


@pytest.fixture(autouse=True)
def without_resync(lab: LabHandle) -> None:
    """Let the ALB be edited, and the controller find that by no event of its own."""
    switches = {
        "cloud": {"listener_edits_rejected": False},
        "controller": {"hash_label": True, "resync_seconds": 0},
    }
    lab.management.patch("/behaviour", json=switches).raise_for_status()


def _edit_at_the_alb(lab: LabHandle, *, enabled: bool, identifier: str | None = None) -> None:
    """Change the listener as a person does at the ALB API, and see that the controller leaves it so."""
    lab.settle()
    given: dict[str, Any] = {"ca_enabled": enabled}
    if identifier is not None:
        given["ca_certificates"] = [alb_models.UpdateListenerAttributeRequestCaCertificates(certificate_id=identifier)]
    listener_id = lab.listener("alb", HTTPS).listener_id
    lab.alb.update_listener_attribute(alb_models.UpdateListenerAttributeRequest(listener_id=listener_id, **given))
    wait_until(lambda: lab.listener("alb", HTTPS).listener_status == "Running", "the edit is served")
    lab.settle()
    assert lab.listener("alb", HTTPS).ca_enabled is enabled


def _measured(stack: Stack, folder: Path) -> dict[str, float]:
    """Return what a scrape of the listener finds; the bypass over port 80 of the lab is a finding in each."""
    out = folder / "alb-mtls.prom"
    assert ops(stack, "metrics", "--out", str(out)).code == 1
    families = {one.name: one for one in text_string_to_metric_families(out.read_text("utf-8"))}
    assert families["alb_mtls_look_success"].samples[0].value == 1
    findings = families["alb_mtls_findings"].samples
    return {
        **{name: families[f"alb_mtls_listener_{name}"].samples[0].value for name in ("enforced", "proven")},
        "found": sum(one.value for one in findings if one.labels["code"] == "NOT_ENFORCED"),
    }


def _is_healed(lab: LabHandle, stack: Stack, *, writes: int) -> None:
    lab.management.delete("/journal").raise_for_status()
    fields = World.of(lab).element("alb", 443)
    stack.up()
    journal = lab.management.get("/journal").json()
    assert sum(one["api"] == "patch albconfigs" for one in journal) == writes, "a write that the controller sees"
    assert World.of(lab).element("alb", 443) == fields
    stack.preview("--expect-no-changes")


@pytest.mark.long
def test_a_listener_that_was_opened_at_the_alb_alone_is_named_and_enforced_again(
    lab: LabHandle, stack: Stack, tmp_path: Path
) -> None:
    stack.up()
    assert _measured(stack, tmp_path) == {"enforced": 1, "proven": 1, "found": 0}
    _edit_at_the_alb(lab, enabled=False)
    assert ask(lab, folder=tmp_path) == "old"
    assert _measured(stack, tmp_path) == {"enforced": 0, "proven": 0, "found": 1}

    assert f"{NOT_THERE}caEnabled is false there, and true here; an up sets it again" in stack.preview()
    assert "NOT_ENFORCED" in ops(stack, "status", "--json").codes
    assert "NOT_ENFORCED" in ops(stack, "verify", "--json").codes
    _is_healed(lab, stack, writes=1)
    assert stack.outputs()["listeners"]["alb/443"]["proven"] is True
    assert ask(lab, folder=tmp_path) == "refused"


def test_a_ca_that_was_swapped_at_the_alb_alone_is_named_and_swapped_back(
    lab: LabHandle, quick_stack: Stack, tmp_path: Path
) -> None:
    stack = quick_stack
    stack.up()
    ours, theirs = (
        stack.outputs()["listeners"]["alb/443"]["caIdentifier"],
        upload_ca(lab, authority("root").certificate),
    )
    _edit_at_the_alb(lab, enabled=True, identifier=theirs)
    assert ask(lab, client=stack.clients()["alice"], folder=tmp_path) == "refused"

    assert f"{NOT_THERE}it checks clients with CA {theirs} there, and with {ours} here" in stack.preview()
    assert "UNEXPECTED_CA" in ops(stack, "status", "--json").codes
    _is_healed(lab, stack, writes=1)
    assert ask(lab, client=stack.clients()["alice"], folder=tmp_path) == "old"


def test_a_listener_that_was_switched_on_at_the_alb_alone_is_switched_off_again_and_a_destroy_ends(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    before = World.of(lab).albconfigs
    stack = make_stack(enabled=False, proof=WITHOUT_HANDSHAKES)
    stack.up()
    ours = stack.outputs()["listeners"]["alb/443"]["caIdentifier"]
    _edit_at_the_alb(lab, enabled=True, identifier=ours)
    assert ask(lab, folder=tmp_path) == "refused"

    assert f"{NOT_THERE}caEnabled is true there, and false here" in stack.preview()
    assert "DRIFT" in ops(stack, "status", "--json").codes
    _is_healed(lab, stack, writes=1)
    assert ask(lab, folder=tmp_path) == "old"

    _edit_at_the_alb(lab, enabled=True, identifier=ours)
    stack.destroy()
    assert ask(lab, folder=tmp_path) == "old"
    assert World.of(lab).albconfigs == before
    assert World.of(lab).certificates == []


def test_a_heal_that_the_controller_does_not_do_is_put_back_and_the_next_one_writes_again(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    stack = make_stack(proof={**WITHOUT_HANDSHAKES, "deadlineSeconds": 8})
    stack.up()
    fields = World.of(lab).element("alb", 443)
    _edit_at_the_alb(lab, enabled=False)
    lab.management.patch("/controller", json={"mode": "open-source"}).raise_for_status()
    text = stack.fails("up", "--yes", "--skip-preview", "--stack", stack.name)
    assert "a build that ignores caEnabled behaves like this" in text
    assert "The AlbConfig is as before, but the ALB does not follow" in text
    assert World.of(lab).element("alb", 443) == fields

    lab.management.patch("/controller", json={"mode": "managed"}).raise_for_status()
    lab.settle()
    assert not lab.listener("alb", HTTPS).ca_enabled, "without a write nothing changes"
    _is_healed(lab, stack, writes=1)
    assert ask(lab, folder=tmp_path) == "refused"
