"""Git that owns an AlbConfig: what is committed stands there, and its controller alone writes."""

import json
from typing import Any

import pytest
import yaml

from alb_mtls.cluster.errors import Forbidden
from tests.helpers.provider_world import World


def commit(world: World, fragment: str) -> None:
    """Put an element in the place of the listener, as Argo CD does once it is synced."""
    [element] = yaml.safe_load(fragment)
    commit_fields(world, **{name: None for name in world.cluster.element if name not in element}, **element)


def commit_fields(world: World, **fields: Any) -> None:
    """Change fields of the listener; None removes one."""
    assert world.cluster.item is not None
    element = world.cluster.item["spec"]["listeners"][0]
    element.update(fields)
    for name in [name for name, value in fields.items() if value is None]:
        element.pop(name, None)
    metadata = world.cluster.item["metadata"]
    metadata["resourceVersion"] += "1"
    owner = {
        "manager": "argocd-controller",
        "time": "2026-11-28T08:01:00Z",
        "fieldsV1": {"f:spec": {"f:listeners": {}}},
    }
    metadata["managedFields"] = [owner]


def read_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the user of the program read AlbConfigs and write none, not even in a dry run."""

    def refused(_name: str, _operations: list[Any]) -> Any:
        raise Forbidden(verb="patch", resource="albconfigs.alibabacloud.com", user="reader")

    monkeypatch.setattr(world.cluster, "patch_albconfig", refused)
    monkeypatch.setattr(world.cluster, "try_patch_albconfig", refused)


def as_text(world: World) -> str:
    """Return the AlbConfig, to be compared."""
    return json.dumps(world.cluster.item, sort_keys=True)
