"""What the controller knows of the cluster."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Object = Mapping[str, Any]
ObjectKey = tuple[str, str]


def key_of(obj: Object) -> ObjectKey:
    """Return namespace (empty for cluster-scoped objects) and name."""
    metadata = obj["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def is_going(obj: Object) -> bool:
    """Return whether an object is being deleted."""
    return "deletionTimestamp" in obj["metadata"]


def is_same_request(before: Object | None, after: Object) -> bool:
    """Return whether two versions of an object describe the same; status and bookkeeping do not count."""
    return before is not None and _request(before) == _request(after)


def _request(obj: Object) -> tuple[Any, ...]:
    metadata = obj["metadata"]
    return metadata["uid"], obj.get("spec"), metadata.get("annotations"), is_going(obj)


@dataclass(kw_only=True)
class ClusterState:
    """The newest objects of each kind, by namespace and name."""

    albconfigs: dict[ObjectKey, Object] = field(default_factory=dict)
    ingress_classes: dict[ObjectKey, Object] = field(default_factory=dict)
    ingresses: dict[ObjectKey, Object] = field(default_factory=dict)
    services: dict[ObjectKey, Object] = field(default_factory=dict)
