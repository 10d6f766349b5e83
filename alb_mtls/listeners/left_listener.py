"""What is left to a claim that is deleted, where nothing is written any more: to wait for the ALB, and to prove."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from alb_mtls.aliyun.alb import AlbClient, Listener
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.listener import AlbConfig, load_balancer_id
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.errors import OperationFailed
from alb_mtls.handshake.checks import Proof
from alb_mtls.handshake.errors import HandshakeError, ProofFailed
from alb_mtls.listener_resources import ListenerClaimOutputs
from alb_mtls.listeners.desired import is_among
from alb_mtls.listeners.proof_run import prove_restored


def let_the_alb_follow(claimed: ListenerClaimOutputs, albconfig: AlbConfig, alb: AlbClient) -> None:
    """Wait as long as for one's own patch where the ALB has a CA of this stack: a person may just have taken it off.

    A run of this stack waits before it gives its claim up, and without a claim nothing may be written that would make
    the controller look again. Whether the ALB follows in time decides nothing here: what is bound is not deleted.

    Args:
        claimed: the claim that is being deleted.
        albconfig: that has the listener.
        alb: waited for; what it answers is no error here.
    """
    with suppress(ClusterError, OperationFailed, CloudError):
        alb_id = load_balancer_id(albconfig)
        wait_until_let_go(claimed.listener, claimed.known, alb, alb_id, deadline_seconds=claimed.proof.deadline_seconds)


def wait_until_let_go(
    listener: ListenerKey, identifiers: Sequence[str], alb: AlbClient, alb_id: str, *, deadline_seconds: int
) -> None:
    """Wait until a listener has none of some CAs on the ALB, be it on or off; one that is gone has none.

    Raises:
        DeadlinePassed: it has one still.
        CloudError: the ALB API did not answer.
    """

    def lets_go(shown: Listener) -> bool:
        return not any(is_among(one, identifiers) for one in shown.ca_identifiers)

    shown = alb.listener(alb_id, port=listener.port, protocol=listener.protocol)
    if shown is None or lets_go(shown):
        return
    alb.wait_for(
        alb_id,
        port=listener.port,
        protocol=listener.protocol,
        until=lets_go,
        describe="let the CA of this stack go",
        deadline_seconds=deadline_seconds,
    )


def prove_left(
    claimed: ListenerClaimOutputs, alb: AlbClient, alb_id: str, *, enabled: bool, show: Callable[[str], object]
) -> Proof | None:
    """Show by handshakes that a listener which was put back behaves so; one that cannot be reached is only said.

    Returns:
        What they have shown; None where it could not be reached.

    Raises:
        ProofFailed: it does not.
    """
    load_balancer = alb.load_balancer(alb_id)
    try:
        return prove_restored(claimed.proof, claimed.listener, load_balancer, enabled=enabled)
    except ProofFailed:
        raise
    except HandshakeError as error:
        what = "requests client certificates" if enabled else "accepts clients without a certificate"
        show(f"{claimed.listener.label} was put back; whether it {what} again is not known: {error}")
        return None
