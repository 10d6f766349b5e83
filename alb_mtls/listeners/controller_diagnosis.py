"""Why an ALB did not become what its AlbConfig says: by what the controller complained about, then by what was seen."""

from collections.abc import Iterable
from typing import Any

from alb_mtls.aliyun.alb import Listener
from alb_mtls.cluster.controller_events import is_complaint, occurrence, remedy_for, text_of
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.listeners.desired import DesiredListener, same_identifiers

_ADD_ON = "install or upgrade the add-on ALB Ingress Controller that ACK manages (ACK console, Add-ons)"


class ControllerWarnings:
    """What the controller has complained about since a moment."""

    def __init__(self, kube: KubeClient, alb_config: str) -> None:
        """Remember what it had complained about by now.

        Args:
            kube: the cluster; one that shows no events is no reason to stop.
            alb_config: name of the AlbConfig.
        """
        self._kube = kube
        self._alb_config = alb_config
        self._unreadable: str | None = None
        self._old = {occurrence(event) for event in self._read()}

    def _read(self) -> list[dict[str, Any]]:
        try:
            return [event for event in self._kube.events(self._alb_config) if is_complaint(event)]
        except ClusterError as error:
            self._unreadable = str(error)
            return []

    def why(self, wanted: DesiredListener, seen: Listener | None) -> str:
        """Return the most likely cause, with its remedy.

        Args:
            wanted: what the listener should have become.
            seen: what it was last; None when the ALB has none.
        """
        return explained(wanted, seen, self._new(), self._unreadable)

    def _new(self) -> list[dict[str, Any]]:
        # Events that could not be read at first may be older than this attempt.
        return [] if self._unreadable else [event for event in self._read() if occurrence(event) not in self._old]


def explained(
    wanted: DesiredListener, seen: Listener | None, complaints: Iterable[dict[str, Any]], unreadable: str | None
) -> str:
    """Return the most likely cause, with its remedy. Pure.

    Args:
        wanted: what the listener should have become.
        seen: what it was last; None when the ALB has none.
        complaints: of the controller since then, oldest first.
        unreadable: why its complaints are not known; None when they are.
    """
    last = list(complaints)[-1:]
    if last:
        return f"the ALB Ingress controller says: {text_of(last[0])}: {remedy_for(last[0], wanted.listener.alb_config)}"
    said = "the ALB Ingress controller reports no error"
    if unreadable is not None:
        said = f"whether the ALB Ingress controller reports an error is not known, because {unreadable}"
    return f"{said}: {_by_what_was_seen(wanted, seen)}"


def _by_what_was_seen(wanted: DesiredListener, seen: Listener | None) -> str:
    if seen is None:
        return f"the ALB has not been given this listener; see whether the controller runs, and {_ADD_ON}"
    if seen.status == "Stopped":
        return "the listener is stopped; start it in the ALB console"
    if seen.status != "Running":
        return (
            f"the ALB itself has not come to an end (status {seen.status}); raise proof.deadlineSeconds, and when it "
            "stays so, ask the support of Alibaba Cloud"
        )
    if not wanted.enabled:
        return f"the controller has not followed the AlbConfig; see whether it runs, and {_ADD_ON}"
    if seen.ca_enabled and not same_identifiers(seen.ca_identifiers, [wanted.identifier]):
        return (
            "the listener asks for certificates of another CA; see whether the controller runs, and who else writes it "
            f"(kubectl get albconfig {wanted.listener.alb_config} -o yaml --show-managed-fields)"
        )
    return (
        "a build that ignores caEnabled behaves like this, as the open-source one does, and a controller that does not "
        f"run; {_ADD_ON}"
    )
