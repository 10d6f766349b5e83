"""Kubernetes events about an object, as kubectl describe would show them."""

from collections.abc import Iterator
from dataclasses import dataclass

from kubernetes.client import CoreV1Api

from tests.helpers.lab import LabHandle


@dataclass(frozen=True, kw_only=True)
class Reported:
    """One event."""

    reason: str
    message: str
    count: int


def forget_events(lab: LabHandle) -> None:
    """Delete all events, so that those of other tests cannot be taken for those of this one."""
    CoreV1Api(lab.admin).delete_collection_namespaced_event("default")


def events_of(lab: LabHandle, name: str, *, kind: str = "AlbConfig") -> Iterator[Reported]:
    selector = f"involvedObject.kind={kind},involvedObject.name={name}"
    found = CoreV1Api(lab.admin).list_namespaced_event("default", field_selector=selector)
    for each in found.items:
        yield Reported(reason=str(each.reason), message=str(each.message), count=int(each.count or 0))


def has_event(lab: LabHandle, name: str, reason: str, text: str = "", *, kind: str = "AlbConfig") -> bool:
    """Tell whether there is an event about an object for this reason, with a text in its message."""
    return any(each.reason == reason and text in each.message for each in events_of(lab, name, kind=kind))
