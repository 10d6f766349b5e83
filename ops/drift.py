"""What is no longer as the last `up` left it, one finding each. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from alb_mtls.aliyun.alb import Listener, same_identifier
from alb_mtls.aliyun.certificates import same_certificate
from alb_mtls.cluster.claim import read_claim
from alb_mtls.cluster.errors import ClusterError, MalformedClaim
from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.kube_client import FIELD_MANAGER
from alb_mtls.cluster.listener import find_listener, state_of
from ops.findings import OpsFindingCode
from ops.snapshots import Observed
from ops.state import ListenerRecord

_REPAIR = "see what differs with `pulumi preview`; `pulumi up` repairs and proves it"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def drift_findings(observed: Observed, *, uploaded_pem: str | None) -> list[Finding]:
    """Return what differs between the state and the world; nothing about what could not be asked.

    Args:
        observed: a listener.
        uploaded_pem: the certificate that this stack put into CAS; None for a purchased CA.
    """
    record = observed.record
    if record.enabled is None:
        return []
    findings: list[Finding] = []
    if observed.albconfig is not None:
        findings += _in_cluster(record, observed.albconfig)
        findings += _other_writer(record, observed.albconfig)
    if observed.load_balancer is not None:
        findings += _on_alb(record, observed.live)
    if observed.ca_asked:
        findings += _in_cas(observed, uploaded_pem)
    return findings


def _in_cluster(record: ListenerRecord, albconfig: dict[str, Any]) -> Iterator[Finding]:
    if albconfig["metadata"]["uid"] != record.uid:
        yield _found(OpsFindingCode.DRIFT, record, "the AlbConfig was deleted and made anew since the last up")
    state = state_of(find_listener(albconfig, record.key).element)
    if record.enabled and not state.ca_enabled:
        seen = "absent" if state.ca_enabled is None else "false"
        yield _found(OpsFindingCode.NOT_ENFORCED, record, f"caEnabled is {seen} in the AlbConfig, wanted is true")
    if not record.enabled and state.ca_enabled:
        evidence = "caEnabled is true in the AlbConfig although the stack is disabled: clients are asked"
        yield _found(OpsFindingCode.DRIFT, record, evidence)
    if not _only(state.identifiers, record.identifier):
        evidence = f"caCertificates holds {_listed(state.identifiers)}, wanted is {record.identifier}"
        yield _found(FindingCode.UNEXPECTED_CA, record, evidence)
    yield from _claim(record, albconfig)


def _claim(record: ListenerRecord, albconfig: dict[str, Any]) -> Iterator[Finding]:
    try:
        claim = read_claim(albconfig, record.key)
    except MalformedClaim as error:
        yield _found(OpsFindingCode.DRIFT, record, str(error))
        return
    if claim is None:
        yield _found(OpsFindingCode.DRIFT, record, "the claim of this stack (an annotation) was removed")
    elif claim.owner != record.owner:
        yield _found(OpsFindingCode.DRIFT, record, f"the listener is claimed by stack {claim.owner}")
    elif claim.token != record.token:
        yield _found(OpsFindingCode.DRIFT, record, "the claim is of another deployment of this stack")


def _on_alb(record: ListenerRecord, live: Listener | None) -> Iterator[Finding]:
    if live is None:
        code = OpsFindingCode.NOT_ENFORCED if record.enabled else OpsFindingCode.DRIFT
        yield _found(code, record, "the ALB has no such listener")
    elif record.enabled and not live.ca_enabled:
        evidence = f"the ALB does not ask for certificates ({live.summary})"
        yield _found(OpsFindingCode.NOT_ENFORCED, record, evidence)
    elif not record.enabled and live.ca_enabled:
        evidence = f"the ALB asks for certificates although the stack is disabled ({live.summary})"
        yield _found(OpsFindingCode.DRIFT, record, evidence)
    # What a listener that is switched off keeps bound is not looked at: nobody is asked with it.
    elif record.enabled and not _only(live.ca_identifiers, record.identifier):
        evidence = f"the ALB checks clients with CA {_listed(live.ca_identifiers)}, wanted is {record.identifier}"
        yield _found(FindingCode.UNEXPECTED_CA, record, evidence)


def _in_cas(observed: Observed, uploaded_pem: str | None) -> Iterator[Finding]:
    record = observed.record
    if observed.ca is None:
        yield _found(FindingCode.UNEXPECTED_CA, record, f"CAS no longer has the CA certificate {record.identifier}")
    elif uploaded_pem is not None and not same_certificate(observed.ca.pem, uploaded_pem):
        evidence = f"CAS shows another certificate than this stack's root CA under {record.identifier}"
        yield _found(FindingCode.UNEXPECTED_CA, record, evidence)


def _other_writer(record: ListenerRecord, albconfig: dict[str, Any]) -> Iterator[Finding]:
    """Find who wrote the listeners after us, and a kept file that would undo our fields when it is applied again.

    Whoever writes a field takes it over from the others in managedFields, with the time. A manager of other fields of
    spec is no finding: every AlbConfig has one, the one who made it.
    """
    metadata = albconfig["metadata"]
    entries = metadata.get("managedFields") or []
    ours = max((str(entry.get("time")) for entry in entries if entry.get("manager") == FIELD_MANAGER), default=None)
    for entry in entries:
        owned = (entry.get("fieldsV1") or {}).get("f:spec") or {}
        if entry.get("manager") == FIELD_MANAGER or "f:listeners" not in owned:
            continue
        if ours is not None and str(entry.get("time")) >= ours:
            yield _found(
                OpsFindingCode.OTHER_WRITER,
                record,
                f"{entry.get('manager', 'unknown')} wrote spec.listeners after this stack, at {entry.get('time')}",
                "let that writer carry caEnabled and caCertificates of this listener too, or leave listeners alone",
            )
    text = (metadata.get("annotations") or {}).get(_LAST_APPLIED)
    if isinstance(text, str) and _would_undo(record, text):
        yield _found(
            OpsFindingCode.OTHER_WRITER,
            record,
            "the file last given to `kubectl apply` has other values: the next apply undoes this stack's",
            f"put caEnabled: {str(record.enabled).lower()} and caCertificates with CertificateId {record.identifier} "
            "into that file",
        )


def _would_undo(record: ListenerRecord, last_applied: str) -> bool:
    try:
        applied = {"metadata": {"name": record.key.alb_config}, **json.loads(last_applied)}
        state = state_of(find_listener(applied, record.key).element)
    except ClusterError:
        return True
    except (ValueError, TypeError):
        return False
    return bool(state.ca_enabled) != record.enabled or not _only(state.identifiers, record.identifier)


def _only(identifiers: "tuple[str, ...] | list[str]", wanted: str | None) -> bool:
    return len(identifiers) == 1 and wanted is not None and same_identifier(identifiers[0], wanted)


def _listed(identifiers: "tuple[str, ...] | list[str]") -> str:
    return ", ".join(identifiers) or "none"


def _found(code: OpsFindingCode | FindingCode, record: ListenerRecord, evidence: str, remedy: str = _REPAIR) -> Finding:
    return Finding(code=code, subject=record.label, evidence=evidence, remedy=remedy)
