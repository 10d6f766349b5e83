"""Somebody who edits a listener beside the providers."""

from collections.abc import Callable
from typing import Any

import pytest

from alb_mtls.cluster.claim import read_claim
from alb_mtls.cluster.field_managers import FIELD_MANAGER
from tests.helpers import provider_world
from tests.helpers.albconfigs import LISTENER, Object
from tests.helpers.provider_world import World

HOLD = LISTENER.hold_annotation
THEIRS: Object = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-of-theirs"}]}
Edit = Callable[[World], None]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """One whose listener asks nobody for a certificate."""
    return provider_world.world(monkeypatch)


def edit(world: World, **fields: Any) -> None:
    """Change the listener as somebody with kubectl, whom managedFields names."""
    assert world.cluster.item is not None
    world.cluster.item["spec"]["listeners"][0].update(fields)
    metadata = world.cluster.item["metadata"]
    metadata["resourceVersion"] += "1"
    owned: Object = {"f:spec": {"f:listeners": {}}}
    metadata["managedFields"] = [
        {"manager": FIELD_MANAGER, "time": "2026-11-27T08:00:00Z", "fieldsV1": owned},
        {"manager": "kubectl-edit", "time": "2026-11-27T08:01:00Z", "fieldsV1": owned},
    ]


def emergency(world: World) -> None:
    edit(world, caEnabled=False)


def annotations(world: World) -> dict[str, str]:
    assert world.cluster.item is not None
    found: dict[str, str] = world.cluster.item["metadata"].setdefault("annotations", {})
    return found


def hold(world: World) -> None:
    annotations(world)[HOLD] = "an incident"


def once_written(world: World, monkeypatch: pytest.MonkeyPatch, *edits: Edit) -> None:
    """Let somebody act when the first patch of a run has had its effect."""
    real, left = world.cluster.patch_albconfig, list(edits)

    def patch(name: str, operations: list[Object]) -> Object:
        patched = real(name, operations)
        while left:
            left.pop(0)(world)
        return patched

    monkeypatch.setattr(world.cluster, "patch_albconfig", patch)


def held(world: World) -> Any:
    return read_claim(world.cluster.albconfig("alb"), LISTENER)


def follows_only_going_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the ALB follow no switch and every roll-back."""
    real = world.alb.wait_for

    def wait_for(alb_id: str, *, describe: str, **rest: Any) -> Any:
        world.alb.stuck = describe.startswith("request")
        return real(alb_id, describe=describe, **rest)

    monkeypatch.setattr(world.alb, "wait_for", wait_for)
