"""What others do to a listener while it is switched, put back or given back is theirs: it stands, and is named."""

import json
import os
from pathlib import Path

import pytest

from alb_mtls.cluster.errors import ReplyLost
from alb_mtls.cluster.field_managers import FIELD_MANAGER
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.look import look_of
from alb_mtls.report_file import VARIABLE, begin_report
from components.providers.listener_switch import ListenerSwitchProvider
from tests.helpers import provider_world
from tests.helpers.albconfigs import LISTENER, Object
from tests.helpers.edits_of_others import THEIRS, edit, emergency, follows_only_going_back, held, hold, once_written
from tests.helpers.provider_world import Deployed, World, switch_inputs


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """One whose listener asks nobody for a certificate."""
    return provider_world.world(monkeypatch)


def test_an_up_writes_claim_and_fields_in_one_patch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[list[Object]] = []
    real = world.cluster.patch_albconfig

    def patch(name: str, operations: list[Object]) -> Object:
        sent.append(operations)
        return real(name, operations)

    monkeypatch.setattr(world.cluster, "patch_albconfig", patch)
    Deployed.up()
    assert len(sent) == 1


def test_an_emergency_while_an_up_runs_stands_and_fails_it_and_the_next_up_stops_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed()
    once_written(world, monkeypatch, emergency)
    with pytest.raises(OperationFailed, match=r"was not put back: what stands there is left as it is$") as failed:
        deployed.up_again()
    assert str(failed.value).count("last by field manager kubectl-edit at") == 1
    assert (world.cluster.element["caEnabled"], held(world) is not None) == (False, True)
    with pytest.raises(
        OperationFailed, match=r"was edited, last by field manager kubectl-edit at 2026-11-27T08:01:00Z"
    ):
        deployed.up_again()
    assert world.cluster.element["caEnabled"] is False
    edit(world, caEnabled=True)
    deployed.up_again()
    assert world.cluster.element["caEnabled"] is True


@pytest.mark.parametrize(("enabled", "stops"), [(True, False), (False, True)])
def test_a_preview_of_a_change_says_what_its_up_stops_at_and_nothing_else(
    world: World,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    enabled: bool,
    stops: bool,
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "report.json"))
    begin_report(os.environ)
    deployed = Deployed.up(enabled=enabled)
    if stops:
        edit(world, **THEIRS)
    news = switch_inputs(deployed.claim, enabled=not enabled)
    assert ListenerSwitchProvider().diff("id", deployed.switch, news).changes
    assert ("an up stops here: " in capsys.readouterr().out) is stops
    reported = json.loads((tmp_path / "report.json").read_text("utf-8"))["stops"]
    assert [one["listener"] for one in reported] == ["alb/443"] * stops
    assert all(one["message"].startswith("listener 443/HTTPS of AlbConfig alb ") for one in reported)


def test_a_preview_promises_to_set_back_an_edit_and_names_the_hold_unless_there_is_one(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed = Deployed.up()
    emergency(world)
    news = switch_inputs(deployed.claim)
    assert ListenerSwitchProvider().diff("id", deployed.switch, news).changes
    assert "  an up sets it back\n  to keep what stands there: python -m ops hold alb/443 --reason TEXT\n" in (
        capsys.readouterr().out
    )
    hold(world)
    assert ListenerSwitchProvider().diff("id", deployed.switch, news).changes
    printed = capsys.readouterr().out
    assert printed.endswith("  while it is held, no up sets it back\n")


def test_after_an_emergency_the_stack_may_be_set_to_off_and_then_on_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed()
    once_written(world, monkeypatch, emergency)
    with pytest.raises(OperationFailed, match="were changed while this run waited"):
        deployed.up_again()
    with pytest.raises(
        OperationFailed, match=r"speak with whoever did that; then .* set enabled: false, which leaves it"
    ):
        deployed.up_again()
    deployed.up_again(enabled=False)
    assert world.cluster.element["caEnabled"] is False
    deployed.up_again()
    assert world.cluster.element["caEnabled"] is True


def test_an_edit_that_nothing_waited_for_fails_an_up_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    once_written(world, monkeypatch, emergency)
    with pytest.raises(OperationFailed, match=r"was edited, last by field manager kubectl-edit .* left as it is"):
        Deployed.up(mode="off")
    assert world.cluster.element["caEnabled"] is False


def test_what_is_switched_off_between_two_ups_is_drift_and_repaired(world: World) -> None:
    deployed = Deployed.up()
    emergency(world)
    found = ListenerSwitchProvider().diff("id", deployed.switch, switch_inputs(deployed.claim))
    assert found.changes
    deployed.up_again()
    assert world.cluster.element["caEnabled"] is True


def test_an_edit_after_a_lost_reply_is_not_undone_by_the_repetition(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = world.cluster.patch_albconfig
    lost: list[bool] = []

    def patch(name: str, operations: list[Object]) -> Object:
        patched = real(name, operations)
        if not lost:
            lost.append(True)
            emergency(world)
            message = "the connection ended before an answer came"
            raise ReplyLost(message)
        return patched

    monkeypatch.setattr(world.cluster, "patch_albconfig", patch)
    with pytest.raises(OperationFailed, match="were changed while this run waited for the ALB"):
        Deployed.up()
    assert world.cluster.element["caEnabled"] is False


@pytest.mark.parametrize("deployed_before", [True, False])
def test_an_edit_between_look_and_patch_stops_an_up_and_without_one_it_goes_on(
    world: World, *, deployed_before: bool
) -> None:
    deployed = Deployed()
    if deployed_before:
        deployed.up_again()
    observed = look_of(world.cluster.albconfig("alb"), LISTENER)
    edit(world, caEnabled=False, caCertificates=[])
    standing = world.cluster.element
    if deployed_before:
        with pytest.raises(
            OperationFailed, match=r"was edited, last by field manager kubectl-edit at .*`pulumi preview`"
        ):
            deployed.up_again(observed=observed)
        assert world.cluster.element == standing
    else:
        # Absent or false: it means the same.
        deployed.up_again(observed=observed)
    deployed.up_again(observed=look_of(world.cluster.albconfig("alb"), LISTENER))
    assert world.cluster.element["caEnabled"] is True


def test_an_albconfig_that_was_made_again_since_the_look_stops_an_up(world: World) -> None:
    observed = look_of(world.cluster.albconfig("alb"), LISTENER)
    world.cluster.recreate()
    standing = world.cluster.element
    with pytest.raises(OperationFailed, match="look at the listener again"):
        Deployed.up(observed=observed)
    assert world.cluster.element == standing


def test_what_a_look_showed_is_no_change_of_the_listener_and_not_kept(world: World) -> None:
    deployed = Deployed.up(observed=look_of(world.cluster.albconfig("alb"), LISTENER))
    assert "observed" not in deployed.switch
    news = switch_inputs(deployed.claim, observed=look_of(world.cluster.albconfig("alb"), LISTENER))
    assert not ListenerSwitchProvider().diff("id", deployed.switch, news).changes


def test_who_made_an_edit_is_named_after_roll_backs_that_put_it_back(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    by = "field manager kubectl-edit at 2026-11-27T08:01:00Z"
    deployed = Deployed.up()
    emergency(world)
    follows_only_going_back(world, monkeypatch)
    for _ in range(2):
        with pytest.raises(OperationFailed, match="was put back as it was"):
            deployed.up_again()
        _managed_by_us(world)
        assert held(world).editor == by
        assert ListenerSwitchProvider().diff("id", deployed.switch, switch_inputs(deployed.claim)).changes
        assert f"was changed outside this stack\n  last by {by}\n" in capsys.readouterr().out
    # Whoever comes after them is named instead.
    edit(world, caEnabled=False, caCertificates=[])
    assert world.cluster.item is not None
    world.cluster.item["metadata"]["managedFields"][1].update(manager="kubectl-patch", time="2026-11-27T09:00:00Z")
    assert ListenerSwitchProvider().diff("id", deployed.switch, switch_inputs(deployed.claim)).changes
    assert "last by field manager kubectl-patch at 2026-11-27T09:00:00Z: " in capsys.readouterr().out


def test_nobody_is_named_in_a_claim_for_what_this_program_had_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed.up()
    edit(world)
    follows_only_going_back(world, monkeypatch)
    with pytest.raises(OperationFailed, match="was put back as it was"):
        deployed.up_again(caIdentifier="ca-of-next")
    assert (held(world).editor, held(world).edit) == (None, None)


def _managed_by_us(world: World) -> None:
    """Let managedFields be as after a patch of this program, which takes the listeners over from whoever wrote them."""
    assert world.cluster.item is not None
    managed = world.cluster.item["metadata"]["managedFields"]
    world.cluster.item["metadata"]["managedFields"] = [one for one in managed if one["manager"] == FIELD_MANAGER]


def test_a_preview_says_of_a_field_that_somebody_removed_that_it_is_absent(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed = Deployed.up()
    for found, text in ((False, "false"), (None, "absent")):
        edit(world, caEnabled=found)
        assert ListenerSwitchProvider().diff("id", deployed.switch, switch_inputs(deployed.claim)).changes
        assert f"\n  caEnabled was true and is {text}\n" in capsys.readouterr().out
