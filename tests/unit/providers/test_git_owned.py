"""A listener whose AlbConfig Git owns: nothing is written there, what Git has is proven, what is missing is named."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from alb_mtls.errors import OperationFailed
from alb_mtls.report_file import VARIABLE, begin_report
from components.providers.listener_claim import ListenerClaimProvider
from components.providers.listener_switch import ListenerSwitchProvider
from tests.helpers import provider_world
from tests.helpers.edits_of_others import hold
from tests.helpers.git import as_text, commit, commit_fields, read_only
from tests.helpers.provider_world import Deployed, World, switch_inputs

GIT: dict[str, Any] = {"write": "none", "madeHere": ["ca-of-ours"]}
OURS = [{"CertificateId": "ca-of-ours"}]
THEIRS = [{"CertificateId": "ca-of-theirs"}]
OFF = {"caEnabled": False, "caCertificates": []}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """One whose listener asks nobody for a certificate."""
    return provider_world.world(monkeypatch)


def _differs(deployed: Deployed, **changes: Any) -> bool:
    news = switch_inputs(deployed.claim, **{**GIT, **changes})
    return ListenerSwitchProvider().diff("id", deployed.switch, news).changes is True


def _awaited(deployed: Deployed) -> tuple[Any, Any]:
    return deployed.switch.get("awaiting"), deployed.switch["appliedCaIdentifier"]


def test_a_whole_life_needs_no_permission_to_patch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read_only(world, monkeypatch)
    deployed = Deployed.up(**GIT)
    assert (_awaited(deployed), deployed.switch["proven"]) == (("Git", ""), False)
    commit(world, deployed.switch["fragment"])
    deployed.up_again(**GIT)
    assert _awaited(deployed) == (None, "ca-of-ours")
    deployed.up_again(**GIT, enabled=False)
    assert _awaited(deployed) == ("Git", "ca-of-ours")
    assert "AlbConfig alb does not have caEnabled: false yet" in deployed.switch["proofNote"]
    commit(world, deployed.switch["fragment"])
    deployed.up_again(**GIT, enabled=False)
    assert _awaited(deployed) == (None, "ca-of-ours")
    commit_fields(world, **OFF)
    deployed.destroy()
    assert world.cluster.tried == []


def test_an_up_before_the_commit_prints_what_is_to_be_committed_and_changes_nothing(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    before = as_text(world)
    deployed = Deployed.up(**GIT)
    assert as_text(world) == before
    assert deployed.switch["fragment"] in capsys.readouterr().out
    note = "Git is awaited: AlbConfig alb does not have caEnabled: true with CA ca-of-ours yet. Commit `fragment`"
    assert deployed.switch["proofNote"].startswith(note)
    assert not _differs(deployed)


OF_SOMEBODY = "which this stack never bound: that commit rejects its clients"


@pytest.mark.parametrize("enabled", [True, False])
def test_what_replaces_the_ca_of_somebody_else_says_so_before_it_is_committed(world: World, *, enabled: bool) -> None:
    commit_fields(world, caEnabled=True, caCertificates=THEIRS)
    deployed = Deployed.up(**GIT, enabled=enabled)
    assert _awaited(deployed) == ("Git", "")
    assert ("It checks clients with CA ca-of-theirs now, " + OF_SOMEBODY in deployed.switch["proofNote"]) == enabled


@pytest.mark.parametrize("fields", [{"caEnabled": False, "caCertificates": THEIRS}, {}], ids=["off", "nothing there"])
def test_nobody_is_rejected_by_name_where_no_ca_checks_clients(world: World, fields: dict[str, Any]) -> None:
    commit_fields(world, **fields)
    assert OF_SOMEBODY not in Deployed.up(**GIT).switch["proofNote"]


def test_another_generation_of_this_stack_is_none_of_somebody_else(world: World) -> None:
    commit_fields(world, caEnabled=True, caCertificates=OURS)
    deployed = Deployed.up(**GIT)
    deployed.up_again(**GIT, caIdentifier="ca-2")
    assert deployed.switch["awaiting"] == "Git"
    assert OF_SOMEBODY not in deployed.switch["proofNote"]


def test_what_git_has_brought_is_found_by_the_next_preview_and_proven_by_its_up(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed = Deployed.up(**GIT)
    commit(world, deployed.switch["fragment"])
    assert _differs(deployed)
    assert "Git has brought what was awaited" in capsys.readouterr().out
    deployed.up_again(**GIT)
    # Git has it already.
    assert "before the next sync" not in capsys.readouterr().out
    assert not _differs(deployed)


def test_a_commit_before_the_first_up_is_proven_at_once(world: World) -> None:
    commit_fields(world, caEnabled=True, caCertificates=OURS)
    assert _awaited(Deployed.up(**GIT)) == (None, "ca-of-ours")


@pytest.mark.usefixtures("world")
def test_a_listener_that_is_off_needs_no_commit_to_be_off() -> None:
    assert _awaited(Deployed.up(**GIT, enabled=False)) == (None, "ca-of-ours")


@pytest.mark.parametrize(
    ("fields", "effect"),
    [
        ({"caEnabled": None, "caCertificates": None}, "clients without a certificate are accepted"),
        ({"caEnabled": False}, "clients without a certificate are accepted"),
        ({"caCertificates": THEIRS}, "it is not what this stack proved"),
    ],
    ids=["removed", "switched off", "another CA"],
)
def test_what_git_takes_away_is_announced_and_fails_by_name_and_is_printed_again(
    world: World,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fields: dict[str, Any],
    effect: str,
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "report.json"))
    begin_report(os.environ)
    commit_fields(world, caEnabled=True, caCertificates=OURS)
    deployed = Deployed.up(**GIT)
    assert not _differs(deployed)
    commit_fields(world, **fields)
    before = as_text(world)
    assert _differs(deployed)
    assert "an up stops here" in capsys.readouterr().out
    # Without it the comment on a pull request would be green.
    [stop] = json.loads((tmp_path / "report.json").read_text("utf-8"))["stops"]
    assert (stop["listener"], effect in stop["message"]) == ("alb/443", True)
    for _ in range(2):
        with pytest.raises(OperationFailed, match=rf"no longer as .* Argo CD .*; {effect}.*nothing was set back"):
            deployed.up_again(**GIT)
        assert "CertificateId: ca-of-ours" in capsys.readouterr().out
    assert as_text(world) == before
    commit(world, deployed.switch["fragment"])
    deployed.up_again(**GIT)
    assert not _differs(deployed)


def test_another_ca_that_git_has_before_the_first_commit_is_awaited_to_go(world: World) -> None:
    commit_fields(world, caEnabled=True, caCertificates=THEIRS)
    assert _awaited(Deployed.up(**GIT)) == ("Git", "")


def test_a_change_of_the_listener_while_git_is_awaited_is_printed_and_one_after_it_changes_nothing(
    world: World,
) -> None:
    deployed = Deployed.up(**GIT)
    commit_fields(world, requestTimeout=5)
    assert _differs(deployed)
    deployed.up_again(**GIT)
    assert "requestTimeout: 5" in deployed.switch["fragment"]
    commit(world, deployed.switch["fragment"])
    deployed.up_again(**GIT)
    commit_fields(world, requestTimeout=6)
    assert not _differs(deployed)


def test_another_generation_awaits_git_again_and_what_git_had_must_stand_until_then(world: World) -> None:
    commit_fields(world, caEnabled=True, caCertificates=OURS)
    deployed = Deployed.up(**GIT)
    second = {**GIT, "caIdentifier": "ca-of-the-second"}
    deployed.up_again(**second)
    assert _awaited(deployed) == ("Git", "ca-of-ours")
    commit_fields(world, caEnabled=False)
    with pytest.raises(OperationFailed, match="is no longer as an earlier"):
        deployed.up_again(**second)
    commit(world, deployed.switch["fragment"])
    deployed.up_again(**second)
    assert _awaited(deployed) == (None, "ca-of-the-second")


def test_identity_headers_are_committed_too_and_are_missed_when_they_go(world: World) -> None:
    with_headers = {**GIT, "identityHeaders": {"subjectDn": "x-subject"}}
    deployed = Deployed.up(**with_headers)
    commit_fields(world, caEnabled=True, caCertificates=OURS)
    deployed.up_again(**with_headers)
    assert _awaited(deployed) == ("Git", "")
    commit(world, deployed.switch["fragment"])
    deployed.up_again(**with_headers)
    assert _awaited(deployed) == (None, "ca-of-ours")
    commit_fields(world, xForwardedForConfig=None)
    with pytest.raises(OperationFailed, match="is no longer as an earlier"):
        deployed.up_again(**with_headers)


def test_an_alb_that_does_not_follow_git_fails_the_up_and_nothing_is_put_back(world: World) -> None:
    deployed = Deployed.up(**GIT)
    commit(world, deployed.switch["fragment"])
    world.alb.stuck = True
    before = as_text(world)
    with pytest.raises(
        OperationFailed, match=r"Git owns it .* nothing was put back; .* commit caEnabled: false for listener"
    ):
        deployed.up_again(**GIT)
    assert as_text(world) == before
    world.alb.stuck = False
    deployed.up_again(**GIT)
    assert _awaited(deployed) == (None, "ca-of-ours")


def test_a_refresh_while_git_is_awaited_changes_nothing(world: World) -> None:
    deployed = Deployed.up(**GIT)
    read = ListenerSwitchProvider().read("id", deployed.switch).outs
    assert read == {name: value for name, value in deployed.switch.items() if not name.startswith("__")}
    assert world.cluster.item is not None


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"caEnabled": True}, "Two commits are missing in Git: first caEnabled: false"),
        ({"caEnabled": False}, r"A commit is missing in Git: caCertificates: \[\]"),
    ],
    ids=["on", "off"],
)
def test_a_destroy_names_the_commits_that_are_missing_and_goes_on_once_they_are_synced(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fields: dict[str, Any],
    missing: str,
) -> None:
    read_only(world, monkeypatch)
    commit_fields(world, caEnabled=True, caCertificates=OURS)
    deployed = Deployed.up(**GIT)
    commit_fields(world, **fields)
    for _ in range(2):
        with pytest.raises(OperationFailed, match=missing):
            deployed.destroy()
        assert "caCertificates: []" in capsys.readouterr().out
        assert deployed.switch["token"] == deployed.claim["token"]
    commit_fields(world, **OFF)
    deployed.destroy()
    assert deployed.state.current("claim") is None


def test_the_claim_alone_stops_too_where_no_switch_came_to_its_end(world: World) -> None:
    deployed = Deployed.up(**GIT)
    commit_fields(world, caEnabled=False, caCertificates=OURS)
    with pytest.raises(OperationFailed, match="A commit is missing in Git"):
        ListenerClaimProvider().delete("id", deployed.claim)
    commit_fields(world, **OFF)
    ListenerClaimProvider().delete("id", deployed.claim)


def test_a_ca_that_this_stack_does_not_delete_keeps_no_destroy_from_its_end(world: World) -> None:
    purchased = {**GIT, "madeHere": []}
    commit_fields(world, caEnabled=True, caCertificates=OURS)
    deployed = Deployed.up(**purchased)
    before = as_text(world)
    deployed.destroy()
    assert as_text(world) == before


@pytest.mark.parametrize(("enabled", "missing"), [(True, True), (False, False)])
def test_a_destroy_waits_for_an_alb_that_has_not_let_go_and_stops_when_it_does_not(
    world: World, monkeypatch: pytest.MonkeyPatch, *, enabled: bool, missing: bool
) -> None:
    commit_fields(world, caEnabled=True, caCertificates=OURS)
    deployed = Deployed.up(**GIT)
    still = world.alb.listener("alb", port=443, protocol="HTTPS")
    # With certificates requested of an empty list no ALB ever follows.
    commit_fields(world, **{**OFF, "caEnabled": enabled})
    monkeypatch.setattr(world.alb, "listener", lambda *_, **__: still)
    with pytest.raises(
        OperationFailed, match=r"did not let the CA of this stack go .* although the AlbConfig no longer"
    ) as stopped:
        deployed.destroy()
    assert ("A commit is missing in Git: caEnabled: false" in str(stopped.value)) == missing


def test_a_held_listener_stops_an_up_by_its_reason(world: World) -> None:
    hold(world)
    with pytest.raises(OperationFailed, match="an incident"):
        Deployed.up(**GIT)


def test_the_claim_of_another_deployment_stops_an_up(world: World) -> None:
    Deployed.up()
    before = as_text(world)
    with pytest.raises(OperationFailed, match=r"is claimed by stack alb-mtls/test \(deployment deployment-1\)"):
        Deployed.up(**GIT, deployment="deployment-2")
    assert as_text(world) == before
