"""What the state holds follows the world and the settings: addresses, deadlines, claims and AlbConfigs."""

from pathlib import Path

import pytest

from tests.helpers.bound_ca import bind, patch_listener, upload_ca
from tests.helpers.certificates import make_root
from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import HOST, WITHOUT_HANDSHAKES, ask, listener
from tests.helpers.world import World
from tests.stack.conftest import MakeStack


@pytest.fixture
def stack(quick_stack: Stack) -> Stack:
    return quick_stack


def test_another_address_of_cas_or_the_drawn_name_of_the_repository_leaves_the_ca_in_its_place(
    lab: LabHandle, stack: Stack
) -> None:
    before = World.of(lab)
    stack.up()
    held = World.of(lab)
    address = lab.status["endpoints"]["cas"]
    stack.set("cas", {"endpoint": f"HTTP://{address}/"})
    stack.preview("--expect-no-changes")
    local = {"endpoint": f"http://localhost:{address.rpartition(':')[2]}"}
    for cas in (local, {**local, "repository": held.repositories[0]}, local):
        stack.set("cas", cas)
        stack.up()
        assert World.of(lab) == held
    stack.preview("--expect-no-changes")
    stack.destroy()
    assert World.of(lab) == before


def test_settings_of_the_proof_reach_the_restore_and_change_no_listener(
    lab: LabHandle, stack: Stack, tmp_path: Path
) -> None:
    stack.up()
    held = World.of(lab)
    assert stack.outputs()["listeners"]["alb/443"]["proven"] is False
    assert ask(lab, folder=tmp_path) == "refused"
    stack.set("proof", {"host": HOST, "deadlineSeconds": 31, "connections": 50, "serverCa": str(lab.paths.server_ca)})
    preview = stack.preview()
    assert "dynamic/alb:ListenerClaim: (update)" in preview
    assert "1 to update" in preview
    assert "1 updated" in stack.up()
    assert World.of(lab) == held
    stack.preview("--expect-no-changes")
    stack.set("proof", {"mode": "off"})
    stack.up()
    stack.set("listeners", [{**listener(lab, "alb", 443), "connectTo": "127.0.0.1:9"}])
    stack.preview("--expect-no-changes")
    stack.destroy()


@pytest.mark.parametrize("up_again", [False, True], ids=["at once", "after an up"])
def test_a_destroy_whose_claim_was_pruned_restores_what_the_state_found_first(
    lab: LabHandle, stack: Stack, tmp_path: Path, up_again: bool
) -> None:
    before = World.of(lab)
    stack.up()
    standing = World.of(lab)
    lab.patch_albconfig("alb", [{"op": "remove", "path": "/metadata/annotations"}])
    if up_again:
        assert "lost the claim" in stack.preview()
        stack.up()
        claims = [one.albconfigs["alb"]["metadata"]["annotations"] for one in (standing, World.of(lab))]
        assert claims[1].keys() == claims[0].keys()
    stack.destroy()
    assert World.of(lab) == before
    assert ask(lab, folder=tmp_path) == "old"


def test_a_destroy_that_finds_another_ca_and_no_claim_stops_and_changes_nothing(lab: LabHandle, stack: Stack) -> None:
    before = World.of(lab)
    stack.up()
    ours = World.of(lab).element("alb", 443)["caCertificates"]
    lab.patch_albconfig("alb", [{"op": "remove", "path": "/metadata/annotations"}])
    theirs = upload_ca(lab, make_root().certificate)
    bind(lab, "alb", "443/HTTPS", [*(one["CertificateId"] for one in ours), theirs])
    standing = World.of(lab)
    said = stack.fails("destroy", "--yes", "--skip-preview", "--stack", stack.name)
    assert f"already has the CA {theirs}" in said
    assert "Traceback" not in said
    assert World.of(lab) == standing
    patch_listener(lab, "alb", "443/HTTPS", caCertificates=ours)
    stack.destroy()
    assert World.of(lab).albconfigs == before.albconfigs


def test_a_listener_that_was_removed_leaves_with_a_refresh(lab: LabHandle, make_stack: MakeStack) -> None:
    stack = make_stack(listeners=[listener(lab, "alb-two", 8443)], proof={**WITHOUT_HANDSHAKES, "host": HOST})
    stack.up()
    listeners = lab.albconfig("alb-two")["spec"]["listeners"]
    index = next(i for i, e in enumerate(listeners) if e["port"] == 8443)
    lab.patch_albconfig("alb-two", [{"op": "remove", "path": f"/spec/listeners/{index}"}])
    stack.succeeds("refresh", "--yes", "--skip-preview", "--stack", stack.name)
    stack.destroy()
    assert (World.of(lab).certificates, World.of(lab).repositories) == ([], [])
