"""Listeners that the ALB has and no AlbConfig has: nothing in the cluster says where they lead. Pure.

An ALB that an AlbConfig reuses (`spec.config.id`) may have listeners of its own, and the controller may have failed to
remove one. What they forward to, only the ALB's rules say, which no permission of this program covers.
"""

from collections.abc import Callable, Collection, Iterator

from alb_mtls.aliyun.alb_models import STOPPED, ListenerSummary, LoadBalancer
from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.listener import AlbConfig, listener_label, listeners_of, name_of
from alb_mtls.cluster.reuse import named_by


def unmanaged_listeners(
    alb: LoadBalancer,
    on_alb: Collection[ListenerSummary],
    albconfigs: Collection[AlbConfig],
    *,
    is_guarded: Callable[[ListenerSummary], bool],
) -> Iterator[Finding]:
    """Yield a finding for each listener that serves and that nobody in the cluster manages.

    Args:
        alb: the ALB.
        on_alb: its listeners.
        albconfigs: all of the cluster; several may share an ALB.
        is_guarded: says of an HTTPS listener whether it requests certificates of the right CA.
    """
    sharing = [one for one in albconfigs if alb.load_balancer_id in named_by(one)]
    managed = {listener_label(element) for one in sharing for _, element in listeners_of(one)}
    names = ", ".join(sorted(map(name_of, sharing))) or "none"
    for one in on_alb:
        if one.label in managed or one.status == STOPPED or (one.protocol == "HTTPS" and is_guarded(one)):
            continue
        yield Finding(
            code=FindingCode.UNMANAGED_LISTENER,
            subject=f"listener {one.label} of ALB {alb.load_balancer_id}",
            evidence=f"the ALB has it and no AlbConfig has it ({names}), so what it forwards to is not known",
            remedy="delete it from the ALB, or add it to the AlbConfig, where its routes are looked at",
        )
