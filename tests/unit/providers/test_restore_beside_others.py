"""What others do to a listener before it is given back, or while nobody knows it: it stands, and is named."""

from dataclasses import replace
from typing import Any

import pytest

from alb_mtls.errors import OperationFailed
from components.providers import engine_watch
from components.providers.listener_claim import ListenerClaimProvider
from components.providers.listener_switch import ListenerSwitchProvider
from tests.helpers import provider_world
from tests.helpers.albconfigs import LISTENER
from tests.helpers.edits_of_others import HOLD, THEIRS, annotations, edit, emergency, held, hold, once_written
from tests.helpers.provider_world import CLAIM, Deployed, World, claim_inputs, switch_inputs


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """One whose listener asks nobody for a certificate."""
    return provider_world.world(monkeypatch)


def test_another_teams_ca_under_our_claim_stops_up_and_destroy_and_both_cas_are_named(world: World) -> None:
    deployed = Deployed.up()
    edit(world, **THEIRS)
    standing = world.cluster.element
    both = r"already has the CA ca-of-theirs; what this stack put there was ca-of-ours. .* kubectl-edit at"
    with pytest.raises(OperationFailed, match=both + r".* takeOver: ca-of-theirs"):
        deployed.up_again()
    with pytest.raises(OperationFailed, match=both + r".* Nothing was changed; .*python -m ops release"):
        deployed.destroy()
    assert world.cluster.element == standing


def test_another_teams_ca_is_taken_over_when_named_and_given_back_by_destroy(world: World) -> None:
    deployed = Deployed.up()
    world.cas.certificates["ca-of-theirs"] = (0, "")
    edit(world, **THEIRS)
    deployed.up_again(takeOver="ca-of-theirs")
    assert world.cluster.element["caCertificates"] == [{"CertificateId": "ca-of-ours"}]
    # With the claim pruned as well, the state knows.
    world.cluster.lose_claim()
    deployed.destroy()
    assert {name: world.cluster.element[name] for name in THEIRS} == THEIRS


def test_an_emergency_before_a_destroy_lets_our_ca_go_where_it_was_off_before(world: World) -> None:
    before = world.cluster.element
    deployed = Deployed.up()
    emergency(world)
    deployed.destroy()
    assert world.cluster.element == before


def test_an_emergency_before_a_destroy_stands_where_the_restore_would_request_certificates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = provider_world.world(monkeypatch, **THEIRS)
    taken.cas.certificates["ca-of-theirs"] = (0, "")
    deployed = Deployed.up(takeOver="ca-of-theirs")
    emergency(taken)
    standing = taken.cluster.element
    with pytest.raises(OperationFailed, match=r"was edited, .* nothing was changed, since giving .* ca-of-theirs\)"):
        deployed.destroy()
    assert taken.cluster.element == standing


def test_what_go_writes_back_is_neither_drift_nor_an_edit(world: World) -> None:
    before = world.cluster.element
    deployed = Deployed.up()
    edit(world, caCertificates=[{"CertificateId": "ca-of-ours", "IsDefault": False}])
    assert not ListenerSwitchProvider().diff("id", deployed.switch, switch_inputs(deployed.claim)).changes
    deployed.destroy()
    assert world.cluster.element == before


def test_a_claim_that_is_pruned_while_a_proof_fails_keeps_nothing_from_being_put_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = world.cluster.element
    once_written(world, monkeypatch, lambda there: there.cluster.lose_claim())
    _fail_only_the_switch(world, monkeypatch)
    with pytest.raises(OperationFailed, match=r"was put back as it was$"):
        Deployed.up()
    assert world.cluster.element == before
    assert CLAIM not in str(world.cluster.item)


def test_an_orphan_without_its_claim_puts_nothing_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    once_written(world, monkeypatch, lambda there: there.cluster.lose_claim())
    _fail_only_the_switch(world, monkeypatch)
    monkeypatch.setattr(engine_watch, "engine_lives", lambda: False)
    with pytest.raises(OperationFailed, match=r"so is the Pulumi engine of this run; nothing was put back"):
        Deployed.up()
    assert world.cluster.element["caEnabled"] is True


def _fail_only_the_switch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = world.alb.wait_for

    def wait_for(alb_id: str, *, describe: str, **rest: Any) -> Any:
        world.alb.stuck = describe.startswith("request")
        return real(alb_id, describe=describe, **rest)

    monkeypatch.setattr(world.alb, "wait_for", wait_for)


def test_a_claim_that_is_pruned_while_an_up_succeeds_is_written_again_by_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed()
    once_written(world, monkeypatch, lambda there: there.cluster.lose_claim())
    deployed.up_again()
    assert held(world) is None
    deployed.up_again()
    assert held(world).token == deployed.claim["token"]
    assert held(world).attempt == deployed.switch["attempt"]


def test_a_first_up_that_was_killed_and_lost_its_claim_still_knows_what_was_before(world: World) -> None:
    before = world.cluster.element
    deployed = Deployed()
    deployed.up_again()
    # As after a kill: the switch is in no state.
    deployed.state.resources[:] = [one for one in deployed.state.resources if one.name != "switch"]
    world.cluster.lose_claim()
    deployed.destroy()
    assert world.cluster.element == before


def test_a_hold_stops_up_roll_back_and_destroy_with_its_reason(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed = Deployed.up()
    hold(world)
    standing = world.cluster.albconfig("alb")
    for command in (lambda: deployed.up_again(enabled=False), deployed.destroy):
        with pytest.raises(OperationFailed, match="is held: an incident;"):
            command()
    assert world.cluster.albconfig("alb") == standing
    del annotations(world)[HOLD]
    once_written(world, monkeypatch, hold)
    monkeypatch.setattr(world.alb, "stuck", True)
    with pytest.raises(OperationFailed, match=r"was not put back: .* is held: an incident;"):
        deployed.up_again(enabled=False)
    assert world.cluster.element["caEnabled"] is False


def test_a_destroy_keeps_the_claim_of_a_listener_whose_port_was_changed_by_hand_until_it_is_changed_back(
    world: World,
) -> None:
    deployed = Deployed.up()
    edit(world, port=9443)
    gone = r"is gone, and 9443/HTTPS of AlbConfig alb, which nobody claims, names .*: python -m ops release alb/443\."
    with pytest.raises(OperationFailed, match=gone):
        deployed.destroy()
    assert LISTENER.claim_annotation in annotations(world)
    edit(world, port=443)
    deployed.destroy()
    assert "caEnabled" not in world.cluster.element


def test_a_destroy_takes_the_claim_of_a_listener_that_somebody_removed(world: World) -> None:
    deployed = Deployed.up()
    edit(world, port=9443, caCertificates=[], caEnabled=False)
    deployed.destroy()
    assert LISTENER.claim_annotation not in annotations(world)


def test_a_destroy_that_a_hold_stops_leaves_a_state_that_the_next_up_goes_on_from(world: World) -> None:
    deployed = Deployed.up()
    hold(world)
    emergency(world)
    with pytest.raises(OperationFailed, match="is held: an incident;"):
        deployed.destroy()
    assert deployed.state.current("switch") is not None
    del annotations(world)[HOLD]
    deployed.up_again()
    assert world.cluster.element["caEnabled"] is True
    deployed.destroy()
    assert deployed.state.resources == []


def test_a_claim_that_is_replaced_is_refused_and_opens_nothing(world: World) -> None:
    Deployed.up()
    standing = world.cluster.element
    with pytest.raises(OperationFailed, match=r"is held by this deployment already, .* takeOver: deployment-1"):
        ListenerClaimProvider().create(claim_inputs())
    assert world.cluster.element == standing


def test_a_claim_that_is_replaced_under_its_own_id_takes_the_annotation_and_the_old_one_opens_nothing(
    world: World,
) -> None:
    before = world.cluster.element
    deployed = Deployed.up()
    made = ListenerClaimProvider().create(claim_inputs(takeOver="deployment-1")).outs or {}
    assert held(world).token == made["token"]
    # As `--target-replace` of the claim goes on: without the switch.
    ListenerClaimProvider().delete(deployed.claim["token"], deployed.claim)
    assert world.cluster.element["caEnabled"] is True
    ListenerClaimProvider().delete(made["token"], made)
    assert world.cluster.element == before


def test_the_claim_of_another_deployment_stops_a_destroy(world: World) -> None:
    deployed = Deployed.up()
    Deployed().up_again(deployment="deployment-2", takeOver="deployment-1", caIdentifier="ca-of-the-second")
    standing = world.cluster.element
    with pytest.raises(OperationFailed, match=r"is claimed by stack alb-mtls/test \(deployment deployment-2\)"):
        deployed.destroy()
    assert world.cluster.element == standing


def test_a_roll_back_binds_a_taken_ca_again_only_while_cas_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for is_there in (True, False):
        taken = provider_world.world(monkeypatch, **THEIRS)
        if is_there:
            taken.cas.certificates["ca-of-theirs"] = (0, "")
        _fail_only_the_switch(taken, monkeypatch)
        end = (
            "was put back as it was$" if is_there else "CA ca-of-theirs, .* no longer in CAS; the listener is left with"
        )
        with pytest.raises(OperationFailed, match=end):
            Deployed.up(takeOver="ca-of-theirs", casEndpoint="https://cas.ap-southeast-1.aliyuncs.com")
        bound = "ca-of-theirs" if is_there else "ca-of-ours"
        assert taken.cluster.element["caCertificates"] == [{"CertificateId": bound}]


def test_a_renamed_stack_keeps_its_claim_under_the_new_name(world: World) -> None:
    deployed = Deployed.up()
    token = deployed.claim["token"]
    deployed.up_again(owner="alb-mtls/renamed")
    assert (held(world).owner, held(world).token) == ("alb-mtls/renamed", token)


def test_an_alb_that_lets_go_of_the_ca_of_a_listener_that_is_off_holds_up_no_restore(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    off = {"caEnabled": False, "caCertificates": [{"CertificateId": "ca-of-theirs"}]}
    taken = provider_world.world(monkeypatch, **off)
    real = taken.alb.listener

    def listener(alb_id: str, **where: Any) -> Any:
        shown = real(alb_id, **where)
        return shown if shown.ca_enabled else replace(shown, ca_identifiers=())

    deployed = Deployed.up(takeOver="ca-of-theirs")
    monkeypatch.setattr(taken.alb, "listener", listener)
    deployed.destroy()
    assert {name: taken.cluster.element[name] for name in off} == off


def test_a_swap_while_switched_off_waits_until_the_old_ca_is_let_go(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed.up(enabled=False)
    waits: list[bool] = []
    real = world.alb.wait_for

    def wait_for(alb_id: str, *, until: Any, **rest: Any) -> Any:
        shown = world.alb.listener(alb_id, port=443, protocol="HTTPS")
        waits.append(until(replace(shown, ca_identifiers=("ca-of-ours",))))
        return real(alb_id, until=until, **rest)

    monkeypatch.setattr(world.alb, "wait_for", wait_for)
    deployed.up_again(enabled=False, caIdentifier="ca-of-the-next")
    assert waits == [False]


def test_a_claim_from_a_backup_of_an_albconfig_is_written_again_and_what_was_before_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = provider_world.world(monkeypatch, **THEIRS)
    taken.cas.certificates["ca-of-theirs"] = (0, "")
    deployed = Deployed.up(takeOver="ca-of-theirs")
    assert taken.cluster.item is not None
    taken.cluster.item["metadata"]["uid"] = "uid-of-the-restored"
    assert held(taken) is None
    deployed.up_again(takeOver="ca-of-theirs")
    assert held(taken).uid == "uid-of-the-restored"
    deployed.destroy()
    assert {name: taken.cluster.element[name] for name in THEIRS} == THEIRS
