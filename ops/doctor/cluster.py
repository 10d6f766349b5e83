"""Examining the cluster: whether it answers and knows AlbConfig, which controller serves it, and its last events."""

from collections.abc import Generator, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from alb_mtls.cluster.controller_events import is_warning, remedy_for, text_of
from alb_mtls.cluster.errors import (
    BadKubeconfig,
    ClusterError,
    DeadlinePassed,
    NoSuchAlbConfig,
    Unauthorized,
    Unreachable,
)
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.routes import ALB_CONTROLLER
from ops.doctor.diagnosis import Line, fine, note, problem, stopping, unknown

_OUT_OF_REACH = (BadKubeconfig, DeadlinePassed, Unauthorized, Unreachable)
_RECENT = timedelta(hours=1)


def examine_cluster(kube: KubeClient) -> Generator[Line, None, bool]:
    """Check what the cluster is and what it knows.

    Returns:
        Whether it answers.
    """
    for topic, step in (("cluster", _identity), ("cluster", _kind), ("controller", _controller)):
        try:
            yield from step(kube)
        except ClusterError as error:
            yield stopping(topic, str(error))
            if isinstance(error, _OUT_OF_REACH):
                return False
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


def examine_events(kube: KubeClient, alb_configs: Sequence[str], now: datetime) -> Iterator[Line]:
    """Read the last event of each AlbConfig, since the status of an AlbConfig holds no errors."""
    for name in alb_configs:
        try:
            events = kube.events(name, kube.albconfig(name)["metadata"]["uid"])
        except NoSuchAlbConfig:
            # Its listeners have a line of their own.
            continue
        except ClusterError as error:
            yield unknown("events", str(error))
            continue
        yield event_line(name, events, now)


def event_line(name: str, events: Sequence[dict[str, Any]], now: datetime) -> Line:
    """Return what the last events of an AlbConfig mean."""
    if not events:
        return fine("events", f"AlbConfig {name} has no events, so no warning")
    last = events[-1]
    text = text_of(last)
    if not is_warning(last):
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
