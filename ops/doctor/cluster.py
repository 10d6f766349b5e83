"""Examining the cluster: is it there, does it know AlbConfig, who serves it, and what does that one complain about."""

from collections.abc import Generator, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from alb_mtls.cluster.controller_events import is_complaint, remedy_for, text_of
from alb_mtls.cluster.errors import BadKubeconfig, ClusterError, DeadlinePassed, Unauthorized, Unreachable
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import find_listener, listener_problems
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.routes import ALB_CONTROLLER
from ops.configuration import Configuration
from ops.doctor.cloud import AlbListener
from ops.doctor.diagnosis import Line, fine, note, problem, unknown
from ops.live_listeners import load_balancer_id

_OUT_OF_REACH = (BadKubeconfig, DeadlinePassed, Unauthorized, Unreachable)
_RECENT = timedelta(hours=1)


def examine_cluster(kube: KubeClient, listeners: Sequence[ListenerKey]) -> Generator[Line, None, bool]:
    """Ask the cluster what it is and what it knows.

    Args:
        kube: the cluster.
        listeners: that are configured.

    Returns:
        Whether there is anybody to ask more.
    """
    for topic, step in (("cluster", _identity), ("cluster", _kind), ("controller", _controller)):
        try:
            yield from step(kube)
        except ClusterError as error:
            yield problem(topic, str(error))
            if isinstance(error, _OUT_OF_REACH):
                return False
    for listener in listeners:
        yield from _listener(kube, listener)
    return True


def _identity(kube: KubeClient) -> Iterator[Line]:
    yield fine("cluster", f"the API server answers; namespace kube-system has uid {kube.kube_system_uid()}")


def _kind(kube: KubeClient) -> Iterator[Line]:
    kube.crd()
    yield fine("cluster", "it knows AlbConfig (albconfigs.alibabacloud.com)")


def _controller(kube: KubeClient) -> Iterator[Line]:
    classes = [one for one in kube.ingress_classes() if one.get("spec", {}).get("controller") == ALB_CONTROLLER]
    if not classes:
        yield problem(
            "controller",
            f"no IngressClass names the controller {ALB_CONTROLLER}",
            "install the add-on alb-ingress-controller and make an IngressClass for the AlbConfig",
        )
        return
    names = ", ".join(sorted(str(one["metadata"]["name"]) for one in classes))
    yield fine("controller", f"IngressClass {names} is served by {ALB_CONTROLLER}")


def _listener(kube: KubeClient, listener: ListenerKey) -> Iterator[Line]:
    try:
        albconfig = kube.albconfig(listener.alb_config)
        problems = listener_problems(albconfig, find_listener(albconfig, listener))
    except ClusterError as error:
        yield problem("AlbConfig", str(error))
        return
    for sentence in problems:
        yield problem("AlbConfig", f"{listener.label}: {sentence}")
    if not problems:
        yield fine("AlbConfig", f"{listener.label} is there and can be switched")


def examine_events(kube: KubeClient, alb_configs: Sequence[str], now: datetime) -> Iterator[Line]:
    """Read what the controller last said about each AlbConfig, since the status of an AlbConfig says nothing.

    Args:
        kube: the cluster.
        alb_configs: their names.
        now: aware, in UTC.
    """
    for name in alb_configs:
        try:
            events = kube.events(name)
        except ClusterError as error:
            yield unknown("events", str(error))
            continue
        yield event_line(name, events, now)


def event_line(name: str, events: Sequence[dict[str, Any]], now: datetime) -> Line:
    """Return what the last events of an AlbConfig mean.

    Args:
        name: of the AlbConfig.
        events: oldest first.
        now: aware, in UTC.
    """
    if not events:
        return fine("events", f"AlbConfig {name} has no events, so no complaint")
    last = events[-1]
    text = text_of(last)
    if not is_complaint(last):
        return fine("events", f"the last event of AlbConfig {name} is {text}")
    remedy = remedy_for(last, name)
    when = _time_of(last)
    if when is None or now - when <= _RECENT:
        return problem("events", f"AlbConfig {name}: {text}", remedy)
    return note("events", f"AlbConfig {name}, at {when:%Y-%m-%d %H:%M} UTC: {text}", remedy)


def _time_of(event: dict[str, Any]) -> datetime | None:
    text = event.get("lastTimestamp") or event.get("eventTime")
    try:
        return datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


def alb_listeners(kube: KubeClient | None, configuration: Configuration) -> list[AlbListener]:
    """Return the configured listeners, each with the ALB that the cluster names for it.

    Args:
        kube: the cluster; None when it cannot be asked.
        configuration: of the stack.
    """
    return [
        AlbListener(
            key=key,
            load_balancer_id=None if kube is None else _alb_id(kube, key.alb_config),
            connect_to=configuration.connect_to.get(key),
        )
        for key in configuration.listeners
    ]


def _alb_id(kube: KubeClient, alb_config: str) -> str | None:
    try:
        return load_balancer_id(kube.albconfig(alb_config))
    except ClusterError:
        # Said already by examine_cluster.
        return None
