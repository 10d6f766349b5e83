"""A renamed stack goes on: its id is in its state, and its name in the claim is for people."""

import json

from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.world import World

CLAIM = "alb-mtls/claim.443.https"


def _claim(lab: LabHandle) -> dict[str, str]:
    claim: dict[str, str] = json.loads(lab.albconfig("alb")["metadata"]["annotations"][CLAIM])
    return claim


def test_a_renamed_stack_keeps_its_root_ca_and_its_listener_and_is_destroyed_under_its_new_name(
    lab: LabHandle, quick_stack: Stack
) -> None:
    before, stack = World.of(lab), quick_stack
    # Named after the stack, as a root CA is that is given no commonName.
    root_ca = stack.config()["alb-mtls:rootCa"]
    stack.set("rootCa", {**root_ca, "subject": {**root_ca["subject"], "commonName": ""}})
    stack.up()
    during, held = World.of(lab), _claim(lab)
    stack.succeeds("stack", "rename", "renamed", "--stack", "test")
    stack.name = "renamed"
    assert "error" not in stack.preview()
    stack.up()
    assert _claim(lab) == {**held, "owner": "alb-mtls/renamed", "attempt": _claim(lab)["attempt"]}
    assert World.of(lab).element("alb", 443) == during.element("alb", 443)
    assert (World.of(lab).repositories, World.of(lab).certificates) == (during.repositories, during.certificates)
    stack.preview("--expect-no-changes")
    stack.destroy()
    assert World.of(lab) == before
