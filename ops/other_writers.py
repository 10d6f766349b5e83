"""Who wrote the listeners after a stack, or keeps them elsewhere and will write them again. Pure."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.field_managers import FIELD_MANAGER, PERSON_MANAGER
from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.identity_headers import header_fields_of, headers_in, same_keys, switched_on
from alb_mtls.cluster.listener import find_listener, state_of
from alb_mtls.cluster.owner_habits import PAGES, undoing
from alb_mtls.cluster.owners import LAST_APPLIED, Owner, Tool, owners_of
from alb_mtls.listeners.desired import same_identifiers
from ops.state_records import DeployedListener

WROTE_LATER: Final = (
    "what a person wrote once, and is right, `accept` in the stack file until an `up` writes the listener again; make "
    "another writer write caEnabled and caCertificates of this listener too, or no listeners at all"
)
"""What is to be done about who wrote the listeners after this stack."""


def other_writers(deployed: DeployedListener, albconfig: dict[str, Any]) -> Iterator[Finding]:
    """Find who wrote the listeners after us, who keeps them elsewhere, and a kept file that would undo our fields.

    Whoever writes a field takes it over from the others in managedFields, with the time. A manager of other fields of
    spec is no finding: every AlbConfig has one, the one who made it. With `write: none` nobody undoes anything: the
    owner is the one who is to write.
    """
    if deployed.is_of_git:
        return
    owners, later = owners_of(albconfig), _wrote_later(albconfig)
    for owner, finding in zip([one for one in owners if one.syncs], undoing(albconfig, deployed.key), strict=True):
        wrote = later.pop(owner.manager or "", None)
        yield finding if wrote is None else replace(finding, evidence=f"{finding.evidence}; it {_later(wrote)}")
    for manager, wrote in later.items():
        owner_of_it = next((one for one in owners if one.manager == manager), None)
        yield _found(deployed, f"{_named(manager, owner_of_it)} {_later(wrote)}", WROTE_LATER)
    metadata = albconfig["metadata"]
    text = (metadata.get("annotations") or {}).get(LAST_APPLIED)
    # Argo CD keeps the file of its application in this annotation, and has its finding already.
    if isinstance(text, str) and Tool.ARGO_CD not in {one.tool for one in owners} and _would_undo(deployed, text):
        yield _found(
            deployed,
            "the file last given to `kubectl apply` has other values: the next apply undoes this stack's",
            f"put caEnabled: {str(deployed.enabled).lower()} and caCertificates with CertificateId "
            f"{deployed.ca_identifier}{_headers_of(deployed)} into that file, as in {PAGES}/kubectl.md",
        )


def _wrote_later(albconfig: dict[str, Any]) -> dict[str, str]:
    """Return when others wrote the listeners after us, by field manager."""
    entries = albconfig["metadata"].get("managedFields") or []
    ours = max((str(entry.get("time")) for entry in entries if entry.get("manager") == FIELD_MANAGER), default=None)
    return {
        str(entry.get("manager", "unknown")): str(entry.get("time"))
        for entry in entries
        if entry.get("manager") not in (FIELD_MANAGER, PERSON_MANAGER)
        and "f:listeners" in ((entry.get("fieldsV1") or {}).get("f:spec") or {})
        and ours is not None
        and str(entry.get("time")) >= ours
    }


def _later(time: str) -> str:
    return f"wrote spec.listeners after this stack, at {time}"


def _named(manager: str, owner: Owner | None) -> str:
    return manager if owner is None else f"{owner.text} (field manager {manager})"


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
    return Finding(code=FindingCode.OTHER_WRITER, subject=deployed.key.label, evidence=evidence, remedy=remedy)
