"""A listener that an `up` has left alone although it is not as configured: with --target nobody switches it."""

from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import ListenerState
from alb_mtls.listeners.snapshot import ListenerSnapshot
from alb_mtls.listeners.without_program import current_state


def left_as(
    snapshot: ListenerSnapshot, kube: KubeClient, *, enabled: bool, ca_identifier: str | None
) -> ListenerState | None:
    """Return what stands on a listener at the end of an `up`; None where that is what is configured.

    It is read again only where the look before the `up` found something else, which somebody may have put right since.
    Where nobody answers then, or the listener is gone, what that look found is all that is known.

    Args:
        snapshot: of the listener before the `up`.
        kube: the cluster.
        enabled: whether it is to request client certificates.
        ca_identifier: of the CA that it is to check them with.
    """
    if snapshot.state is None or snapshot.state.is_set_to(enabled=enabled, ca_identifier=ca_identifier):
        return None
    try:
        state = current_state(snapshot.key, kube) or snapshot.state
    except ClusterError:
        state = snapshot.state
    return None if state.is_set_to(enabled=enabled, ca_identifier=ca_identifier) else state
