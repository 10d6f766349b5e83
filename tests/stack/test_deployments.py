"""Two deployments of one project and stack name; a state that moves, is lost, or whose listener is taken over."""

import json
from pathlib import Path

import pytest

from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import WITHOUT_HANDSHAKES, listener, stack_config, stack_environment
from tests.helpers.world import World

CLAIM = "alb-mtls/claim.443.https"


@pytest.fixture
def stack(quick_stack: Stack) -> Stack:
    return quick_stack


def _deployment(lab: LabHandle) -> str:
    return str(json.loads(lab.albconfig("alb")["metadata"]["annotations"][CLAIM])["deployment"])


def _of_another_backend(lab: LabHandle, folder: Path) -> Stack:
    """Return a stack of the same project and name whose state lies elsewhere."""
    stack = Stack(name="test", folder=folder / "test", environment=stack_environment(lab, folder))
    stack.configure(stack_config(lab, proof=WITHOUT_HANDSHAKES))
    return stack


def test_a_second_deployment_of_the_same_name_is_refused_in_the_preview_and_takes_only_what_it_names(
    lab: LabHandle, stack: Stack, tmp_path: Path
) -> None:
    before = World.of(lab)
    stack.up()
    held, first = World.of(lab), _deployment(lab)
    other = _of_another_backend(lab, tmp_path / "elsewhere")
    refusal = f"is claimed by stack alb-mtls/test (deployment {first}), and not by this deployment"
    for command in (("preview",), ("up", "--yes", "--skip-preview")):
        said = other.fails(*command, "--stack", "test")
        assert refusal in said
        assert f"takeOver: {first}" in said
        assert "Traceback" not in said
    assert World.of(lab) == held

    other.set("listeners", [listener(lab, "alb", 443, takeOver=first)])
    other.up()
    assert _deployment(lab) != first
    # The value that was left standing steals nothing back.
    stack.set("listeners", [listener(lab, "alb", 443, takeOver=first)])
    taken = World.of(lab)
    assert f"deployment {_deployment(lab)}" in stack.fails("preview", "--stack", "test")
    assert World.of(lab) == taken
    other.destroy()
    stack.destroy()
    assert World.of(lab) == before


def test_a_state_that_was_exported_and_imported_elsewhere_is_the_same_deployment(
    lab: LabHandle, stack: Stack, tmp_path: Path
) -> None:
    before = World.of(lab)
    stack.up()
    file = tmp_path / "state.json"
    file.write_text(stack.exported())
    moved = _of_another_backend(lab, tmp_path / "elsewhere")
    # The same passphrase and salt, as the stack file that moves along has them.
    moved.config_file.write_text(stack.config_file.read_text("utf-8"), "utf-8")
    moved.succeeds("stack", "import", "--file", str(file), "--stack", "test")
    moved.preview("--expect-no-changes")
    moved.destroy()
    assert World.of(lab) == before


def test_an_anchor_that_is_replaced_by_hand_is_refused_with_a_way_out_and_a_target_goes_on(
    lab: LabHandle, stack: Stack
) -> None:
    stack.up()
    held = World.of(lab)
    urns = {each["urn"].rpartition("::")[2]: each["urn"] for each in stack.resources()}
    said = stack.fails("up", "--yes", "--skip-preview", "--stack", "test", "--replace", urns["deployment"])
    assert f"takeOver: {_deployment(lab)}" in said
    assert "Traceback" not in said
    assert World.of(lab) == held
    stack.up("--target", urns["alb-443-https-switch"])
    stack.preview("--expect-no-changes")
    assert World.of(lab) == held


def test_a_destroy_that_meets_the_claim_of_another_deployment_stops_and_deletes_nothing_in_cas(
    lab: LabHandle, stack: Stack, tmp_path: Path
) -> None:
    before = World.of(lab)
    stack.up()
    other = _of_another_backend(lab, tmp_path / "elsewhere")
    other.set("listeners", [listener(lab, "alb", 443, takeOver=_deployment(lab))])
    other.up()
    taken = World.of(lab)
    said = stack.fails("destroy", "--yes", "--skip-preview", "--stack", "test")
    assert f"deployment {_deployment(lab)}" in said
    assert "Traceback" not in said
    assert World.of(lab) == taken
    other.destroy()
    stack.destroy()
    assert World.of(lab) == before


def test_a_claim_that_is_replaced_by_hand_opens_nothing_and_has_a_way_out(lab: LabHandle, stack: Stack) -> None:
    before = World.of(lab)
    stack.up()
    held = World.of(lab)
    [urn] = [each["urn"] for each in stack.resources() if each["urn"].endswith("::alb-443-https-claim")]
    said = stack.fails("up", "--yes", "--skip-preview", "--stack", "test", "--target-replace", urn)
    assert f"takeOver: {_deployment(lab)}" in said
    assert World.of(lab) == held
    stack.set("listeners", [listener(lab, "alb", 443, takeOver=_deployment(lab))])
    stack.up("--replace", urn)
    assert World.of(lab).element("alb", 443) == held.element("alb", 443)
    stack.destroy()
    assert World.of(lab) == before
