"""Who wrote the listeners after a stack, and a file kept for `kubectl apply` that would undo it. Pure."""

import json
from collections.abc import Iterator
from typing import Any, Final

from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.findings import Finding
from alb_mtls.cluster.identity_headers import header_fields_of, headers_in, same_keys, switched_on
from alb_mtls.cluster.kube_client import FIELD_MANAGER, PERSON_MANAGER
from alb_mtls.cluster.listener import find_listener, state_of
from alb_mtls.listeners.desired import same_identifiers
from ops.findings import OpsFindingCode
from ops.state import DeployedListener

WROTE_LATER: Final = (
    "what a person wrote once, and is right, `accept` in the stack file until an `up` writes the listener again; make "
    "another writer write caEnabled and caCertificates of this listener too, or no listeners at all"
)
"""What is to be done about who wrote the listeners after this stack."""
_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


def other_writers(deployed: DeployedListener, albconfig: dict[str, Any]) -> Iterator[Finding]:
    """Find who wrote the listeners after us, and a kept file that would undo our fields when it is applied again.

    Whoever writes a field takes it over from the others in managedFields, with the time. A manager of other fields of
    spec is no finding: every AlbConfig has one, the one who made it.
    """
    metadata = albconfig["metadata"]
    entries = metadata.get("managedFields") or []
    ours = max((str(entry.get("time")) for entry in entries if entry.get("manager") == FIELD_MANAGER), default=None)
    for entry in entries:
        owned = (entry.get("fieldsV1") or {}).get("f:spec") or {}
        if entry.get("manager") in (FIELD_MANAGER, PERSON_MANAGER) or "f:listeners" not in owned:
            continue
        if ours is not None and str(entry.get("time")) >= ours:
            yield _found(
                deployed,
                f"{entry.get('manager', 'unknown')} wrote spec.listeners after this stack, at {entry.get('time')}",
                WROTE_LATER,
            )
    text = (metadata.get("annotations") or {}).get(_LAST_APPLIED)
    if isinstance(text, str) and _would_undo(deployed, text):
        yield _found(
            deployed,
            "the file last given to `kubectl apply` has other values: the next apply undoes this stack's",
            f"put caEnabled: {str(deployed.enabled).lower()} and caCertificates with CertificateId "
            f"{deployed.ca_identifier}{_headers_of(deployed)} into that file",
        )


def _headers_of(deployed: DeployedListener) -> str:
    names = ", ".join(switched_on(deployed.headers).values())
    return f", and the keys of xForwardedForConfig for {names}" if names else ""


def _would_undo(deployed: DeployedListener, last_applied: str) -> bool:
    try:
        applied = {"metadata": {"name": deployed.key.alb_config}, **json.loads(last_applied)}
        element = find_listener(applied, deployed.key).element
        state, headers = state_of(element), header_fields_of(element)
    except ClusterError:
        return True
    except (ValueError, TypeError):
        return False
    if not same_keys(headers, deployed.headers, headers_in(deployed.headers)):
        return True
    return bool(state.ca_enabled) != deployed.enabled or not _is_ours(state.identifiers, deployed.ca_identifier)


def _is_ours(identifiers: list[str], desired: str | None) -> bool:
    return desired is not None and same_identifiers(identifiers, [desired])


def _found(deployed: DeployedListener, evidence: str, remedy: str) -> Finding:
    return Finding(code=OpsFindingCode.OTHER_WRITER, subject=deployed.key.label, evidence=evidence, remedy=remedy)
