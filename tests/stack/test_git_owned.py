"""An AlbConfig that Git owns, on the real engine: a whole life as who may only read it, and a hand-over."""

from pathlib import Path
from typing import Any

import yaml

from tests.helpers.albconfigs import LISTENER
from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import WITHOUT_HANDSHAKES, ask, listener
from tests.helpers.world import World
from tests.stack.conftest import MakeStack


def _commit(lab: LabHandle, element: dict[str, Any]) -> None:
    """Sync the listener as Argo CD would: as a whole, by somebody who may write."""
    listeners = lab.albconfig("alb")["spec"]["listeners"]
    place = next(at for at, one in enumerate(listeners) if one["port"] == 443)
    replaced = [{"op": "replace", "path": f"/spec/listeners/{place}", "value": element}]
    lab.patch_albconfig("alb", replaced, api=lab.admin)
    lab.settle()


def _patches(lab: LabHandle) -> list[str]:
    return [each["api"] for each in lab.management.get("/journal").json() if "patch albconfigs" in each["api"]]


def _listener(stack: Stack) -> dict[str, Any]:
    found: dict[str, Any] = stack.outputs()["listeners"]["alb/443"]
    return found


def test_a_life_whose_every_write_is_a_commit_needs_no_permission_to_patch(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    before = World.of(lab)
    stack = make_stack(listeners=[listener(lab, "alb", 443, write="none")])
    stack.configure({**stack.config(), "kubernetes:kubeconfig": lab.status["kubeconfig"]["preview"]})

    printed = stack.up()
    awaiting = _listener(stack)
    assert (awaiting["write"], awaiting["awaiting"], awaiting["proven"]) == ("none", "Git", False)
    assert "Git is awaited" in printed
    assert all(line in printed for line in awaiting["fragment"].splitlines())
    assert World.of(lab).albconfigs == before.albconfigs
    assert ask(lab, folder=tmp_path) == "old"

    [element] = yaml.safe_load(awaiting["fragment"])
    _commit(lab, element)
    assert "none accepted without a certificate" in stack.up()
    assert (_listener(stack)["awaiting"], _listener(stack)["proven"]) == (None, True)
    assert ask(lab, folder=tmp_path) == "refused"
    assert ask(lab, client=stack.clients()["alice"], folder=tmp_path) == "old"

    refused = stack.fails("destroy", "--yes", "--skip-preview", "--stack", stack.name)
    assert "Two commits are missing in Git: first caEnabled: false" in refused
    assert World.of(lab).certificates == [awaiting["caIdentifier"]]
    _commit(lab, {**element, "caEnabled": False})
    _commit(lab, {**element, "caEnabled": False, "caCertificates": []})
    stack.destroy()
    assert World.of(lab).certificates == before.certificates
    assert stack.resources() == []
    assert _patches(lab) == []


def test_a_hand_over_removes_the_claim_and_leaves_the_listener_enforced(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    stack = make_stack(proof=WITHOUT_HANDSHAKES)
    stack.up()
    assert _patches(lab)
    fields = World.of(lab).element("alb", 443)
    stack.set("listeners", [listener(lab, "alb", 443, write="none")])
    stack.up()
    assert LISTENER.claim_annotation not in lab.albconfig("alb")["metadata"].get("annotations", {})
    assert World.of(lab).element("alb", 443) == fields
    assert _listener(stack)["awaiting"] is None
    assert ask(lab, folder=tmp_path) == "refused"
