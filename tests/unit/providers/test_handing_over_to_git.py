"""From `write: patch` to `none` and back: fields and clients notice nothing, wherever a run ends."""

from typing import Any

import pytest

from alb_mtls.errors import OperationFailed
from alb_mtls.listener_resources import ListenerClaimOutputs
from alb_mtls.properties import from_props
from components.providers.listener_claim import ListenerClaimProvider
from tests.helpers import provider_world
from tests.helpers.edits_of_others import annotations, hold
from tests.helpers.git import commit, commit_fields
from tests.helpers.provider_world import CLAIM, Deployed, World

GIT: dict[str, Any] = {"write": "none", "madeHere": ["ca-of-ours"]}
OFF = {"caEnabled": False, "caCertificates": []}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """One whose listener asks nobody for a certificate."""
    return provider_world.world(monkeypatch)


def _awaited(deployed: Deployed) -> tuple[Any, Any]:
    return deployed.switch.get("awaiting"), deployed.switch["appliedCaIdentifier"]


def test_the_claim_goes_alone_and_the_fields_stay(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    deployed = Deployed.up(madeHere=["ca-of-ours"])
    fields = dict(world.cluster.element)
    assert "before the next sync" not in capsys.readouterr().out
    deployed.up_again(**GIT)
    printed = capsys.readouterr().out
    assert "Commit this before the next sync of the AlbConfig, which undoes them otherwise:" in printed
    assert deployed.switch["fragment"] in printed
    assert CLAIM not in annotations(world)
    assert world.cluster.element == fields
    assert _awaited(deployed) == (None, "ca-of-ours")


def test_where_git_has_put_its_own_back_the_fragment_is_awaited(world: World) -> None:
    deployed = Deployed.up(madeHere=["ca-of-ours"])
    commit_fields(world, caEnabled=None, caCertificates=None)
    deployed.up_again(**GIT)
    assert (CLAIM in annotations(world), _awaited(deployed)) == (False, ("Git", ""))


def test_a_proof_that_fails_leaves_the_claim_for_another_up(world: World) -> None:
    deployed = Deployed.up(madeHere=["ca-of-ours"])
    world.alb.stuck = True
    with pytest.raises(OperationFailed, match="did not request client certificates"):
        deployed.up_again(**GIT)
    assert CLAIM in annotations(world)
    world.alb.stuck = False
    deployed.up_again(**GIT)
    assert CLAIM not in annotations(world)


def test_a_hold_keeps_the_claim(world: World) -> None:
    deployed = Deployed.up(madeHere=["ca-of-ours"])
    hold(world)
    with pytest.raises(OperationFailed, match="an incident"):
        deployed.up_again(**GIT)
    assert CLAIM in annotations(world)


def test_killed_before_the_claim_is_gone_a_destroy_leaves_the_fields_to_git(world: World) -> None:
    deployed = Deployed.up(madeHere=["ca-of-ours"])
    claim = ListenerClaimProvider().update("id", deployed.claim, {**deployed.claim, "write": "none"}).outs or {}
    with pytest.raises(OperationFailed, match="Two commits are missing in Git"):
        ListenerClaimProvider().delete("id", claim)
    assert CLAIM in annotations(world)
    commit_fields(world, **OFF)
    ListenerClaimProvider().delete("id", claim)
    assert (CLAIM in annotations(world), world.cluster.element["caEnabled"]) == (False, False)


def test_back_to_patch_a_destroy_restores_what_was_there_first_and_never_our_ca(world: World) -> None:
    first = dict(world.cluster.element)
    deployed = Deployed.up(**GIT)
    commit(world, deployed.switch["fragment"])
    deployed.up_again(**GIT)
    deployed.up_again(madeHere=["ca-of-ours"])
    assert CLAIM in annotations(world)
    assert from_props(ListenerClaimOutputs, deployed.claim).write is None
    deployed.destroy()
    assert world.cluster.element == first
