"""What is left to a claim that is deleted when a person has taken its CA off the listener already."""

from contextlib import suppress

from alb_mtls.aliyun.alb import AlbClient, Listener
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.listener import AlbConfig, load_balancer_id
from alb_mtls.errors import OperationFailed
from alb_mtls.listener_resources import ListenerClaimOutputs
from alb_mtls.listeners.desired import is_among


def let_the_alb_follow(claimed: ListenerClaimOutputs, albconfig: AlbConfig, alb: AlbClient) -> None:
    """Wait as long as for one's own patch where the ALB has a CA of this stack: a person may just have taken it off.

    A run of this stack waits before it gives its claim up, and without a claim nothing may be written that would make
    the controller look again. Whether the ALB follows in time decides nothing here: what is bound is not deleted.

    Args:
        claimed: the claim that is being deleted.
        albconfig: that has the listener.
        alb: waited for; what it answers is no error here.
    """
    listener, known = claimed.listener, claimed.known

    def lets_go(shown: Listener) -> bool:
        return not any(is_among(one, known) for one in shown.ca_identifiers)

    with suppress(ClusterError, OperationFailed, CloudError):
        alb_id = load_balancer_id(albconfig)
        shown = alb.listener(alb_id, port=listener.port, protocol=listener.protocol)
        if shown is None or lets_go(shown):
            return
        alb.wait_for(
            alb_id,
            port=listener.port,
            protocol=listener.protocol,
            until=lets_go,
            describe="let the CA of this stack go",
            deadline_seconds=claimed.proof.deadline_seconds,
        )
