"""Kubernetes events of the controller (docs/facts/alibaba-cloud.md, Controller events)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from lab.controller.state import Object

# Kubernetes keeps the events of cluster-scoped objects there.
_DEFAULT_NAMESPACE = "default"
_LONGEST_MESSAGE = 1024


class Reason(StrEnum):
    """Reasons of events."""

    FAILED_BUILD_MODEL = "FailedBuildModel"
    FAILED_APPLY_MODEL = "FailedApplyModel"
    SUCCESSFULLY_RECONCILED = "SuccessfullyReconciled"


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event about an object."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str
    reason: Reason
    message: str


def event_about(obj: "Object", *, kind: str, api_version: str, reason: Reason, error: str = "") -> Event:
    """Make an event about an object, with the text that goes with the reason."""
    texts = {
        Reason.FAILED_BUILD_MODEL: f"Failed build model due to {error}",
        Reason.FAILED_APPLY_MODEL: f"Failed apply model due to {error}",
        Reason.SUCCESSFULLY_RECONCILED: "Successfully reconciled",
    }
    metadata = obj["metadata"]
    return Event(
        api_version=api_version,
        kind=kind,
        namespace=metadata.get("namespace", ""),
        name=metadata["name"],
        uid=metadata["uid"],
        reason=reason,
        message=texts[reason][:_LONGEST_MESSAGE],
    )


def event_namespace(event: Event) -> str:
    """Return the namespace in which an event is kept."""
    return event.namespace or _DEFAULT_NAMESPACE


def event_body(event: Event, *, name: str, now: "datetime", manager: str) -> dict[str, Any]:
    """Return an event as core/v1 has it."""
    time = now.isoformat(timespec="seconds")
    about = {
        "apiVersion": event.api_version,
        "kind": event.kind,
        "name": event.name,
        "uid": event.uid,
        **({"namespace": event.namespace} if event.namespace else {}),
    }
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": event_namespace(event)},
        "involvedObject": about,
        "reason": event.reason,
        "message": event.message,
        "type": "Normal" if event.reason is Reason.SUCCESSFULLY_RECONCILED else "Warning",
        "count": 1,
        "firstTimestamp": time,
        "lastTimestamp": time,
        "source": {"component": manager},
        "reportingComponent": manager,
        "reportingInstance": manager,
    }
