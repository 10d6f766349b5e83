"""`release`: taking a claim off a listener that no longer names the CA of the claim, when no state can do it."""

from alb_mtls.aliyun.alb_models import same_identifier
from alb_mtls.cluster.claim import Claim, claim_text, copied_claim, read_claim
from alb_mtls.cluster.claim_errors import ListenerHeld
from alb_mtls.cluster.guarded_patch import AlbConfigs
from alb_mtls.cluster.hold import read_hold
from alb_mtls.cluster.hold_patch import elements_named, removal_patch
from alb_mtls.cluster.identity_headers import headers_in, switched_on
from alb_mtls.cluster.listener import AlbConfig, Fields, state_of, state_of_fields
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.patch import Patch
from alb_mtls.listeners.header_keys import describe
from ops.errors import OpsError, StillBound
from ops.planned_write import PlannedWrite


def plan_release(kube: AlbConfigs, listener: ListenerKey, *, deployment: str | None) -> PlannedWrite:
    """Return what a release will write: the claim goes, and nothing else changes.

    Args:
        kube: the cluster.
        listener: which one; it may be gone from its AlbConfig.
        deployment: id of the deployment whose state was read; None when none was.

    Raises:
        StillBound: the listener names the CA of the claim. Without the claim no destroy could delete that CA.
        ClusterError: the AlbConfig is not there, the claim cannot be read, or the listener is held.
    """
    albconfig = kube.albconfig(listener.alb_config)
    claim, agreed = _releasable(albconfig, listener), claim_text(albconfig, listener)
    changes: tuple[str, ...] = ()
    result = f"{listener.label} has no claim, so there is nothing to do"
    if claim is not None:
        changes = _changes(claim, deployment)
        if copied_claim(albconfig, listener) is not None:
            changes = (f"{changes[0]}; it came with a copy of another AlbConfig, and holds nothing", *changes[1:])
        result = f"the claim on {listener.label} is gone, and nothing else was changed"

    def build(now: AlbConfig) -> Patch:
        if claim_text(now, listener) not in (None, agreed):
            message = f"the claim on {listener.label} is another one by now; nothing was written, run the command again"
            raise OpsError(message)
        _releasable(now, listener)
        return removal_patch(now, listener, listener.claim_annotation)

    return PlannedWrite(
        listener=listener, uid=albconfig["metadata"]["uid"], changes=changes, result=result, build=build
    )


def _releasable(albconfig: AlbConfig, listener: ListenerKey) -> Claim | None:
    reason = read_hold(albconfig, listener)
    if reason is not None:
        raise ListenerHeld(listener, reason)
    # A copy holds nothing, and no destroy takes it away.
    claim = read_claim(albconfig, listener) or copied_claim(albconfig, listener)
    if claim is None:
        return None
    ours = state_of_fields(claim.written).identifiers
    named = [one for ref in elements_named(albconfig, listener) for one in state_of(ref.element).identifiers]
    bound = [one for one in named if any(same_identifier(one, each) for each in ours)]
    if bound:
        message = (
            f"{listener.label} still names CA {', '.join(bound)}, which the claim of stack "
            f"{claim.owner} wrote: without the claim no destroy could delete that CA. When that stack has "
            "its state, take the listener out of its configuration and run `pulumi up` there, or `pulumi destroy`. "
            f"When the state is lost, take the listener over (takeOver: {claim.deployment}), or put "
            f"caEnabled and caCertificates back as they were ({_written(claim.previous)}) with: kubectl edit albconfig "
            f"{listener.alb_config} (false and an empty list first, for a controller may take absent for unchanged); "
            "then run this command again"
        )
        raise StillBound(message)
    return claim


def _changes(claim: Claim, deployment: str | None) -> tuple[str, ...]:
    whose = f"the claim of stack {claim.owner} (deployment {claim.deployment}) is removed"
    if deployment is not None and claim.deployment != deployment:
        whose = f"{whose}; it is NOT of the stack that was read here (deployment {deployment})"
    changes = [whose, f"what it remembers of the listener is lost: {_written(claim.previous)}"]
    if headers := switched_on(claim.written):
        changes.append(f"the headers that it has switched on stay on: {', '.join(headers.values())}")
    if claim.repository:
        changes.append(f"its CA lies in the CAS repository {claim.repository}, which stays")
    return tuple(changes)


def _written(fields: Fields) -> str:
    state = state_of_fields(fields)
    enabled = "absent" if state.ca_enabled is None else str(state.ca_enabled).lower()
    keys = headers_in(fields)
    headers = f", {describe(keys, fields)}" if keys else ""
    return f"caEnabled {enabled}, caCertificates {', '.join(state.identifiers) or 'none'}{headers}"
