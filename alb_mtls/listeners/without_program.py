"""What the switch reads where no program runs: a refresh, and a destroy before the state forgets it."""

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.cluster.errors import NoSuchAlbConfig, NoSuchListener
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import ListenerState, find_listener, state_of
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listener_resources import ListenerSwitchOutputs
from alb_mtls.listeners.attempt import Ground
from alb_mtls.listeners.dry_run import try_restore
from alb_mtls.listeners.refusal import stopped_destroy
from alb_mtls.listeners.situation import Holder
from alb_mtls.listeners.verdict import Verdict, on_destroy


def current_state(listener: ListenerKey, kube: KubeClient) -> ListenerState | None:
    """Return the listener as the AlbConfig has it; None when one of the two is gone.

    Raises:
        ClusterError: nobody answered.
    """
    try:
        albconfig = kube.albconfig(listener.alb_config)
        return state_of(find_listener(albconfig, listener).element)
    except (NoSuchAlbConfig, NoSuchListener):
        return None


def refuse_restore(last: ListenerSwitchOutputs, *, kube: KubeClient, alb: AlbClient) -> None:
    """Stop before the state forgets a switch, where the delete of its claim, which comes next, would stop.

    Else nobody would know of the last `up` any more, and the next one would take what stands for an edit since a run
    that did not end well. What the claim of another deployment, or another cluster, stops is left to that delete.

    Raises:
        ListenerHeld, ListenerEdited, AnotherCaBound: the listener is not to be given back now.
        AdmissionDenied, WebhookUnavailable, Forbidden: the cluster does not take the patches of that.
        ClusterError: nobody answered.
    """
    ground = Ground(inputs=last, last=last, kube=kube, alb=alb, cas=None, engine_lives=lambda: True)
    albconfig = kube.albconfig(last.listener.alb_config)
    there = ground.situation(albconfig)[1]
    if there.holder is not Holder.THIS_CLAIM or there.claim is None:
        return
    verdict = on_destroy(there)
    stopped = stopped_destroy(verdict, there, albconfig, last.listener, owner=last.owner)
    if stopped is not None:
        raise stopped
    if verdict is Verdict.RESTORE:
        try_restore(kube, albconfig, last.listener, look=ground.situation, before=there.claim.previous)
