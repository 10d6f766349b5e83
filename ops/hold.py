"""`hold` and `resume`: keeping this program away from a listener, with it switched off or as it is."""

from alb_mtls.cluster.guarded_patch import AlbConfigs
from alb_mtls.cluster.hold import hold_keys, read_hold, reason_of
from alb_mtls.cluster.hold_patch import hold_patch, removal_patch
from alb_mtls.cluster.listener import CA_ENABLED, AlbConfig, Element, find_listener
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.owners import owners_of
from alb_mtls.cluster.patch import Patch
from alb_mtls.listing import listing
from ops.errors import OpsError
from ops.planned_write import PlannedWrite


def plan_hold(kube: AlbConfigs, listener: ListenerKey, *, reason: str, opened: bool, options: str = "") -> PlannedWrite:
    """Return what a hold will write.

    Args:
        kube: the cluster.
        listener: which one.
        reason: as a person wrote it.
        opened: whether the listener is to accept every client from now on.
        options: of the command that ends the hold, so that it reaches the same cluster.

    Raises:
        OpsError: there is no reason, or a listener of this protocol checks no clients.
        ClusterError: the AlbConfig or its listener is not there.
    """
    reason = reason_of(reason)
    if not reason:
        message = "--reason is empty; say in a few words why, for whoever meets the hold in the morning"
        raise OpsError(message)
    if listener.protocol != "HTTPS":
        message = f"{listener.label} requests no client certificates and is never written to; name the HTTPS listener"
        raise OpsError(message)
    albconfig = kube.albconfig(listener.alb_config)
    ref = find_listener(albconfig, listener)
    before = read_hold(albconfig, listener)
    changes = []
    if before is None:
        changes.append(f"held from now on, so that no `up`, roll-back or `destroy` writes to it: {reason}")
    elif before != reason:
        changes.append(f"another reason: {reason} (until now: {before})")
    if opened and ref.element.get(CA_ENABLED) is not False:
        found = _yaml(ref.element)
        changes.append(
            f"caEnabled becomes false (it is {found} now): every client is accepted, with any or no certificate"
        )
    result = f"{listener.label} is held: {reason}; end it with: python -m ops resume {listener.output_key}{options}"
    if opened:
        follows = f"if the ALB does not follow within a minute: kubectl describe albconfig {listener.alb_config}"
        result = f"{result}. caEnabled is false; {follows}"
        if keepers := [one.text for one in owners_of(albconfig) if not one.keeps_off]:
            result += f". {listing(keepers)} keeps this AlbConfig: commit caEnabled: false there too, or it comes back"
    else:
        result = f"{result}. caEnabled and caCertificates were left as they are"

    def build(now: AlbConfig) -> Patch:
        found = read_hold(now, listener)
        if found not in (before, reason):
            what = "its hold was removed" if found is None else f"it was held for another reason: {found}"
            message = f"{listener.label}: in the meantime {what}; nothing was written, run the command again"
            raise OpsError(message)
        return hold_patch(now, find_listener(now, listener), reason=reason, opened=opened)

    return PlannedWrite(
        listener=listener,
        uid=albconfig["metadata"]["uid"],
        changes=tuple(changes),
        result=result,
        build=build,
    )


def plan_resume(kube: AlbConfigs, listener: ListenerKey) -> PlannedWrite:
    """Return what ends a hold; the fields of the listener stay as they are.

    Raises:
        ClusterError: the AlbConfig is not there, or neither the listener nor a hold on it is.
    """
    albconfig = kube.albconfig(listener.alb_config)
    reason = read_hold(albconfig, listener)
    if reason is None:
        find_listener(albconfig, listener)
    changes: tuple[str, ...] = ()
    result = f"{listener.label} is not held, so there is nothing to do"
    if reason is not None:
        changes = (f"no longer held: {reason}",)
        result = (
            f"{listener.label} is not held any more, and its fields are as they were. The next `pulumi up` sets them "
            "as configured, or stops and says why: to leave it accepting every client, set enabled: false first. With "
            "write: none no `up` sets them: commit what they are to be"
        )

    def build(now: AlbConfig) -> Patch:
        found = read_hold(now, listener)
        if found not in (None, reason):
            message = f"{listener.label} is held for another reason by now: {found}; nothing was written"
            raise OpsError(message)
        return removal_patch(now, listener, *hold_keys(now, listener))

    return PlannedWrite(
        listener=listener, uid=albconfig["metadata"]["uid"], changes=changes, result=result, build=build
    )


def _yaml(element: Element) -> str:
    return str(element[CA_ENABLED]).lower() if CA_ENABLED in element else "absent"
