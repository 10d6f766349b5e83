"""An AlbConfig that was deleted and created again has a past of its own: what the old one was before counts no more."""

from typing import Any

import pytest

from alb_mtls.cluster.claim import read_claim
from alb_mtls.errors import OperationFailed
from tests.helpers.albconfigs import LISTENER
from tests.helpers.provider_world import Deployed, World

OTHER = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-of-a-third"}]}


def previous_in(world: World) -> dict[str, Any]:
    """Return what the claim in the cluster says the listener was before."""
    claim = read_claim(world.cluster.albconfig("alb"), LISTENER)
    assert claim is not None
    return claim.previous


def test_the_new_one_is_left_as_it_was_found(taken: World) -> None:
    deployed = Deployed.up(takeOver="ca-of-theirs")
    taken.cluster.recreate(caEnabled=False, requestTimeout=7)
    found = taken.cluster.element
    again = deployed.up_again(takeOver="ca-of-theirs")
    assert taken.cluster.element["caEnabled"] is True
    assert previous_in(taken) == {"/caEnabled": False}
    again.destroy()
    assert taken.cluster.element == found


def test_the_same_one_keeps_its_past_when_its_claim_is_lost(taken: World) -> None:
    deployed = Deployed.up(takeOver="ca-of-theirs")
    before = previous_in(taken)
    taken.cluster.lose_claim()
    deployed.up_again(takeOver="ca-of-theirs")
    assert previous_in(taken) == before


def test_a_ca_of_somebody_else_on_the_new_one_is_refused(world: World) -> None:
    deployed = Deployed.up()
    world.cluster.recreate(**OTHER)
    with pytest.raises(
        OperationFailed, match=r"already has the CA ca-of-a-third, .* add to the listener .*: takeOver: ca-of-a-third "
    ):
        deployed.up_again()
    assert world.cluster.element["caCertificates"] == OTHER["caCertificates"]


def test_another_ca_than_the_one_that_may_be_taken_over_is_refused(world: World) -> None:
    world.cluster.recreate(**OTHER)
    with pytest.raises(OperationFailed, match="already has the CA ca-of-a-third"):
        Deployed.up(takeOver="ca-of-theirs")
    assert world.cluster.element["caCertificates"] == OTHER["caCertificates"]


def test_a_ca_of_somebody_else_on_the_new_one_is_taken_over_when_allowed(world: World) -> None:
    deployed = Deployed.up()
    world.cluster.recreate(**OTHER)
    world.cas.certificates["ca-of-a-third"] = (0, "")
    deployed.up_again(takeOver="ca-of-a-third").destroy()
    assert {key: world.cluster.element[key] for key in OTHER} == OTHER


def test_one_that_is_created_again_during_an_attempt_is_not_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, patches = world.cluster.patch_albconfig, []

    def patch(name: str, operations: list[dict[str, Any]]) -> dict[str, Any]:
        patches.append(real(name, operations))
        # Restored from a backup that has the claim: only the uid tells that it is another one.
        assert world.cluster.item is not None
        world.cluster.item["metadata"]["uid"] = "uid-of-another-alb"
        return patches[-1]

    monkeypatch.setattr(world.cluster, "patch_albconfig", patch)
    with pytest.raises(OperationFailed, match=r"its uid was uid-of-alb and is uid-of-another-alb now"):
        Deployed.up()
    assert len(patches) == 1
    assert world.cluster.element == patches[0]["spec"]["listeners"][0]


def test_one_that_is_created_again_during_a_restore_is_not_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed.up()
    real = world.alb.listener

    def listener(alb_id: str, **where: Any) -> Any:
        assert world.cluster.item is not None
        world.cluster.item["metadata"]["uid"] = "uid-of-another-alb"
        return real(alb_id, **where)

    monkeypatch.setattr(world.alb, "listener", listener)
    with pytest.raises(OperationFailed, match="was deleted and created again while this run was under way"):
        deployed.destroy()
    assert world.cluster.element["caEnabled"] is True
