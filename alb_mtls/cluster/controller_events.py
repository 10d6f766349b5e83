"""What the ALB Ingress controller reports as wrong in the events of an AlbConfig, and what to do about it.

The status of an AlbConfig says nothing of it (docs/facts/alibaba-cloud.md, Controller errors).
"""

from typing import Any

_REMEDIES = {
    "cannot unmarshal": "a field of the AlbConfig has the wrong type, most often a boolean in quotes; correct it",
    "certificate IDs have expired": "the CertificateId is not in CAS at this ALB's site, or has expired",
    "empty https listener default certs": "give every HTTPS listener a server certificate (certificates, or spec.tls)",
    "ListenerID is mandatory": "give every HTTPS listener a server certificate (certificates, or spec.tls)",
    "Edition: Basic": "upgrade the ALB to Standard",
    "VipStatusNotSupport": "the ALB is still busy with the change before; it heals by itself",
    "user flow control": "the ALB API throttles this account; it heals by itself",
    "HttpsCertCommonNameEmpty": "a certificate has no common name; use one that has",
    "already in use": "another ALB configuration holds the listener; set forceOverride: true, or give it up there",
    "Listener is not fulfilled": "the AlbConfig has an entry without port or protocol; correct its indentation",
}


def is_warning(event: dict[str, Any]) -> bool:
    """Say whether an event reports that something went wrong."""
    return event.get("type") == "Warning"


def text_of(event: dict[str, Any]) -> str:
    """Return reason and message of an event, in the controller's words."""
    return f"{event.get('reason')}: {event.get('message')}"


def remedy_for(event: dict[str, Any], alb_config: str) -> str:
    """Return what to do about an event; where nothing is known, the command that shows all events."""
    text = text_of(event)
    return next(
        (what for words, what in _REMEDIES.items() if words in text), f"kubectl describe albconfig {alb_config}"
    )


def occurrence(event: dict[str, Any]) -> tuple[str, int]:
    """Tell one occurrence of an event from the next: Kubernetes counts repetitions in one object."""
    return str(event["metadata"].get("uid")), int(event.get("count") or 0)
