"""A listener that an AlbConfig names and its ALB does not have: nothing can be written that would reach it."""

from alb_mtls.cluster.controller_events import how_made_again, is_warning, lasting_failure, remedy_for, text_of
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.listeners.snapshot import ListenerSnapshot


def unmade(snapshot: ListenerSnapshot, kube: KubeClient) -> str | None:
    """Return why an `up` would wait in vain for a listener, with what the controller reports; None if the ALB has it.

    Args:
        snapshot: of the listener, with those that its ALB has; None too where that was not found out.
        kube: has the events of the AlbConfig.
    """
    alb, albconfig, key = snapshot.load_balancer, snapshot.albconfig, snapshot.key
    if alb is None or albconfig is None:
        return None
    if any((one.port, one.protocol) == (key.port, key.protocol) for one in snapshot.alb_listeners):
        return None
    sentence = f"{key.label} is in the AlbConfig, and ALB {alb.load_balancer_id} has no such listener"
    try:
        reported = [one for one in kube.events(key.alb_config, albconfig["metadata"]["uid"]) if is_warning(one)]
    except ClusterError as error:
        return f"{sentence}; whether the ALB Ingress controller reports an error is not known, because {error}"
    # Of all that is reported within an hour, what is about this listener tells more than what came last.
    ours = [one for one in reported if lasting_failure(one, key) is not None]
    if not reported:
        return (
            f"{sentence}; the ALB Ingress controller reports no error: wait until it has made the listener, check "
            f"whether it runs, and run the command again; {how_made_again(key.alb_config)}"
        )
    latest = (ours or reported)[-1]
    remedy = remedy_for(latest, key.alb_config)
    if not ours:
        remedy = f"{remedy}; {how_made_again(key.alb_config)}"
    return f"{sentence}; the ALB Ingress controller reports: {text_of(latest)}: {remedy}"
