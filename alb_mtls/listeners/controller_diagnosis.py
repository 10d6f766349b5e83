"""Why an ALB did not become what its AlbConfig says: by the controller's warnings, then by its last state."""

from collections.abc import Iterable
from typing import Any

from alb_mtls.aliyun.alb import Listener
from alb_mtls.cluster.controller_events import is_warning, occurrence, remedy_for, text_of
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.listeners.desired import same_identifiers
from alb_mtls.resources import ListenerSwitchInputs

_ADD_ON = "install or upgrade the add-on ALB Ingress Controller that ACK manages (ACK console, Add-ons)"


class ControllerWarnings:
    """The warnings of the controller since a moment."""

    def __init__(self, kube: KubeClient, alb_config: str) -> None:
        """Remember the warnings so far."""
        self._kube = kube
        self._alb_config = alb_config
        self._unreadable: str | None = None
        self._old = {occurrence(event) for event in self._read()}

    def _read(self) -> list[dict[str, Any]]:
        try:
            return [event for event in self._kube.events(self._alb_config) if is_warning(event)]
        except ClusterError as error:
            self._unreadable = str(error)
            return []

    def why(self, desired: ListenerSwitchInputs, last: Listener | None) -> str:
        """Return the most likely cause, with its remedy."""
        return explained(desired, last, self._new(), self._unreadable)

    def _new(self) -> list[dict[str, Any]]:
        # Events that could not be read at first may be older than this attempt.
        return [] if self._unreadable else [event for event in self._read() if occurrence(event) not in self._old]


def explained(
    desired: ListenerSwitchInputs, last: Listener | None, warnings: Iterable[dict[str, Any]], unreadable: str | None
) -> str:
    """Return the most likely cause, with its remedy; warnings are oldest first. Pure."""
    latest = list(warnings)[-1:]
    if latest:
        remedy = remedy_for(latest[0], desired.listener.alb_config)
        return f"the ALB Ingress controller reports: {text_of(latest[0])}: {remedy}"
    controller = "the ALB Ingress controller reports no error"
    if unreadable is not None:
        controller = f"whether the ALB Ingress controller reports an error is not known, because {unreadable}"
    return f"{controller}: {_by_the_last_state(desired, last)}"


def _by_the_last_state(desired: ListenerSwitchInputs, last: Listener | None) -> str:
    if last is None:
        return f"the ALB has no such listener; check whether the controller runs, and {_ADD_ON}"
    if last.status == "Stopped":
        return "the listener is stopped; start it in the ALB console"
    if last.status != "Running":
        return (
            f"the ALB has not finished its change (status {last.status}); raise proof.deadlineSeconds, and if it "
            "stays so, contact the support of Alibaba Cloud"
        )
    if not desired.enabled:
        return f"the controller has not followed the AlbConfig; check whether it runs, and {_ADD_ON}"
    if last.ca_enabled and not same_identifiers(last.ca_identifiers, [desired.ca_identifier]):
        return (
            "the listener requests certificates of another CA; check whether the controller runs, and who else writes "
            f"it (kubectl get albconfig {desired.listener.alb_config} -o yaml --show-managed-fields)"
        )
    return (
        "a build that ignores caEnabled behaves like this, as the open-source one does, and a controller that does not "
        f"run; {_ADD_ON}"
    )
