"""What the ALB Ingress controller reports as wrong in the events of an AlbConfig, and what to do about it.

The status of an AlbConfig says nothing of it (docs/facts/alibaba-cloud.md, Controller errors).
"""

import re
from typing import Any

from alb_mtls.cluster.listener_key import ListenerKey

_LOST_CA = (
    "the CertificateId is not in CAS at the site that this ALB uses, or has expired: let cas.endpoint name the CAS "
    "site of the account that owns the ALB (`china` or `international`), and rootCa.identifier a CA that is there"
)
_REMEDIES = {
    "cannot unmarshal": "a field of the AlbConfig has the wrong type, most often a boolean in quotes; correct it",
    "certificate IDs have expired": _LOST_CA,
    "ResourceNotFound.CaCertificate": _LOST_CA,
    "empty https listener default certs": "give every HTTPS listener a server certificate (certificates, or spec.tls)",
    "ListenerID is mandatory": "give every HTTPS listener a server certificate (certificates, or spec.tls)",
    "Edition: Basic": "upgrade the ALB to Standard",
    "VipStatusNotSupport": "the ALB is still busy with the change before; it heals by itself",
    "user flow control": "the ALB API throttles this account; it heals by itself",
    "HttpsCertCommonNameEmpty": "a certificate has no common name; use one that has",
    "already in use": (
        "the listener was on the reused ALB before; delete it there, or set spec.config.listenerForceOverride: true, "
        "which also deletes the listeners that the AlbConfig does not have"
    ),
    "reuse alb to another albconfig": "two AlbConfigs name one ALB in spec.config.id; give each an ALB of its own",
    "Listener is not fulfilled": "the AlbConfig has an entry without port or protocol; correct its indentation",
}

# What goes on until somebody changes AlbConfig, certificate or configuration; everything else a repetition may heal.
_LASTING = (
    "cannot unmarshal",
    "certificate IDs have expired",
    "ResourceNotFound.CaCertificate",
    "empty https listener default certs",
    "ListenerID is mandatory",
    "Edition: Basic",
    "HttpsCertCommonNameEmpty",
    "already in use",
)
_OF_A_PORT = re.compile(r"listenerPort: (\d+)")
_CERTIFICATES = re.compile(r"IDs have expired: \[([^\]]*)\]|specified resource (\S+) is not found")


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
    """Tell one occurrence of an event from the next: Kubernetes counts repetitions in one object.

    Whoever reports by the newer API counts in `series`, and once not at all.
    """
    series = event.get("series")
    repeated = series.get("count") if isinstance(series, dict) else None
    return str(event["metadata"].get("uid")), int(event.get("count") or repeated or 1)


def lasting_failure(event: dict[str, Any], listener: ListenerKey) -> str | None:
    """Return what an event reports of a listener that does not get better by waiting; None when it reports no such.

    One report has a part for each listener that failed; one without parts is about the whole AlbConfig.
    """
    text = str(event.get("message"))
    first, *parts = _OF_A_PORT.split(text)
    of_ours = [what for port, what in zip(parts[::2], parts[1::2], strict=True) if port == str(listener.port)]
    return next((what for what in (of_ours if parts else [first]) if any(words in what for words in _LASTING)), None)


def certificates_in(failure: str) -> list[str]:
    """Return the certificates that a failure names, in a list of Go or with commas; mostly that list is empty."""
    return [one for found in _CERTIFICATES.findall(failure) for one in " ".join(found).replace(",", " ").split()]


def how_made_again(alb_config: str) -> str:
    """Return how a listener that was deleted at the ALB alone comes back: the controller sees only AlbConfigs change.

    docs/facts/alibaba-cloud.md, Hash label.
    """
    return (
        "a listener that was deleted at the ALB alone comes back after the next change of the AlbConfig, such as "
        f'kubectl annotate albconfig {alb_config} listener-deleted="$(date +%s)" --overwrite'
    )
