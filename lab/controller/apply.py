"""Brings a load balancer's listeners in line with an AlbConfig."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab.cloud import CloudFault
from lab.settings import ControllerMode

if TYPE_CHECKING:
    from lab.behaviour import ControllerBehaviour
    from lab.cloud import AlbService, Listener, LoadBalancer
    from lab.controller.model import DesiredListener, DesiredLoadBalancer

_EMPTY_CERTIFICATES = "empty https listener default certs"
_IN_USE = "listener already in use, please set forceOverride=true and reconcile"


@dataclass(kw_only=True)
class Applied:
    """What became of one round."""

    changed: bool = False
    waiting: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)

    def message(self) -> str:
        """Return all failures in one line, as the controller does (docs/facts/alibaba-cloud.md, Controller errors)."""
        parts = [f"listenerPort: {key.split('/')[0]} errMsgs: {text}" for key, text in self.failures.items()]
        return f"apply failed. {'; '.join(parts)}"


def fault_text(fault: CloudFault) -> str:
    """Return an ALB error as the SDK prints it."""
    return f"SDK.ServerError ErrorCode: {fault.code} Message: {fault.message}"


class Applier:
    """Works on the ALB in the name of the controller."""

    def __init__(self, alb: "AlbService") -> None:
        """Own nothing yet."""
        self._alb = alb
        self._made: set[str] = set()
        self._owned: set[str] = set()

    def load_balancer(self, desired: "DesiredLoadBalancer", *, known_id: str) -> "LoadBalancer":
        """Return the load balancer of an AlbConfig; made when there is none.

        Args:
            desired: what the AlbConfig describes.
            known_id: id that its status has, or empty.

        Raises:
            CloudFault: the load balancer that shall be reused is not there.
        """
        if desired.reused_id:
            return self._alb.load_balancer(desired.reused_id)
        for load_balancer in self._alb.load_balancers():
            if load_balancer.load_balancer_id == known_id:
                return load_balancer
        made = self._alb.create_load_balancer(name=desired.name, edition=desired.edition)
        self._made.add(made.load_balancer_id)
        return made

    def apply(
        self, load_balancer_id: str, desired: "DesiredLoadBalancer", *, behaviour: "ControllerBehaviour"
    ) -> Applied:
        """Delete, change and create listeners.

        Args:
            load_balancer_id: whose.
            desired: what the AlbConfig describes.
            behaviour: the mode `open-source` never sends `caEnabled` to the ALB.
        """
        applied = Applied()
        present = {each.label: each for each in self._alb.listeners(load_balancer_id)}
        listeners = {each.key: each for each in desired.listeners}
        for key in present.keys() - listeners.keys():
            if self._may_touch(present[key], desired):
                self._alb.delete_listener(present[key].listener_id)
                applied.changed = True
        for key, listener in listeners.items():
            try:
                self._apply_one(load_balancer_id, listener, present.get(key), desired, behaviour, applied)
            except CloudFault as fault:
                applied.failures[key] = fault_text(fault)
        return applied

    def remove(self, load_balancer_id: str) -> None:
        """Delete what the controller made, of a reused load balancer its listeners only: the AlbConfig is gone."""
        if load_balancer_id in self._made:
            self._alb.delete_load_balancer(load_balancer_id)
            return
        for listener in self._alb.listeners(load_balancer_id):
            if listener.listener_id in self._owned:
                self._alb.delete_listener(listener.listener_id)

    def _may_touch(self, listener: "Listener", desired: "DesiredLoadBalancer") -> bool:
        return not desired.reused_id or desired.overrides or listener.listener_id in self._owned

    def _apply_one(  # noqa: PLR0917  # private, called once, by place as the loop has them
        self,
        load_balancer_id: str,
        listener: "DesiredListener",
        present: "Listener | None",
        desired: "DesiredLoadBalancer",
        behaviour: "ControllerBehaviour",
        applied: Applied,
    ) -> None:
        if listener.protocol != "HTTP" and not listener.certificate_ids:
            applied.failures[listener.key] = _EMPTY_CERTIFICATES
        elif present is None:
            created = self._alb.create_listener(
                load_balancer_id,
                port=listener.port,
                protocol=listener.protocol,
                **_fields(listener, behaviour, new=True),
            )
            self._owned.add(created.listener_id)
            applied.changed = True
        elif not self._may_touch(present, desired):
            applied.failures[listener.key] = _IN_USE
        else:
            self._update(present, _fields(listener, behaviour, new=False), applied)

    def _update(self, present: "Listener", fields: dict[str, Any], applied: Applied) -> None:
        changes = {name: value for name, value in fields.items() if getattr(present, name) != value}
        if not changes:
            return
        if present.status != "Running":
            applied.waiting.append(present.label)
            return
        self._alb.update_listener_attribute(present.listener_id, **changes)
        applied.changed = True


def _fields(listener: "DesiredListener", behaviour: "ControllerBehaviour", *, new: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {**listener.attributes, "certificate_ids": list(listener.certificate_ids)}
    managed = behaviour.mode is ControllerMode.MANAGED
    says_nothing_unchanged = behaviour.absent_is_unchanged and not new
    if managed and not (says_nothing_unchanged and listener.ca_enabled is None):
        fields["ca_enabled"] = bool(listener.ca_enabled)
    listed = listener.ca_certificate_ids
    # LBC listener.go: the open-source build sends the CAs of a new listener, but never compares them.
    sent = managed or (new and listener.protocol == "HTTPS")
    if sent and not (says_nothing_unchanged and listed is None):
        fields["ca_certificate_ids"] = list(listed or ())
    return fields
