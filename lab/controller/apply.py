"""Brings a load balancer's listeners in line with an AlbConfig."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab.behaviour import SecondAlbConfig, SetsEdition
from lab.cloud import CloudFault
from lab.controller.model import OWN_DESCRIPTION
from lab.settings import ControllerMode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.behaviour import ControllerBehaviour
    from lab.cloud import AlbService, Listener, LoadBalancer
    from lab.controller.model import DesiredListener, DesiredLoadBalancer

_EMPTY_CERTIFICATES = "empty https listener default certs"
_LOST_CA = "the following certificate IDs have expired: []"
_LOST_CA_CODES = ("ResourceNotFound.CaCertificate", "OperationDenied.CertificateExpired")
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


class ReuseError(RuntimeError):
    """A load balancer cannot be reused; the message is the controller's."""


class Applier:
    """Works on the ALB in the name of the controller."""

    def __init__(self, alb: "AlbService") -> None:
        """Take the ALB; nothing is called."""
        self._alb = alb

    def load_balancer(
        self, desired: "DesiredLoadBalancer", *, albconfig: str, known_id: str, behaviour: "ControllerBehaviour"
    ) -> "LoadBalancer":
        """Return the load balancer of an AlbConfig, with its tag; made when there is none.

        Args:
            desired: what the AlbConfig describes.
            albconfig: its name.
            known_id: id that its status has, or empty.
            behaviour: whether a load balancer of another AlbConfig may be taken.

        Raises:
            CloudFault: the load balancer that shall be reused is not there.
            ReuseError: another AlbConfig has it.
        """
        if desired.reused_id:
            return self._reuse(desired.reused_id, albconfig, behaviour)
        for load_balancer in self._alb.load_balancers():
            if load_balancer.load_balancer_id == known_id:
                return load_balancer
        made = self._alb.create_load_balancer(name=desired.name, edition=desired.edition, service_managed=True)
        return self._alb.change_load_balancer(made.load_balancer_id, albconfig=albconfig)

    def _reuse(self, load_balancer_id: str, albconfig: str, behaviour: "ControllerBehaviour") -> "LoadBalancer":
        owner = self._alb.load_balancer(load_balancer_id).albconfig
        if owner not in {"", albconfig} and behaviour.second_albconfig is SecondAlbConfig.REFUSED:
            # LBC provider/alibaba/alb/alb.go: preCheckTagConflictForReuse.
            belongs = f"alb {load_balancer_id} belongs to albconfig: {owner}"
            message = f"{belongs}, cant reuse alb to another albconfig: {albconfig}"
            raise ReuseError(message)
        return self._alb.change_load_balancer(load_balancer_id, albconfig=albconfig)

    def apply_edition(
        self, load_balancer: "LoadBalancer", desired: "DesiredLoadBalancer", *, behaviour: "ControllerBehaviour"
    ) -> bool:
        """Give a load balancer the edition that its AlbConfig says; return whether it had another one."""
        # LBC provider/alibaba/alb/alb.go, updateAlbLoadBalancerEdition: never of a reused one.
        own = not desired.reused_id
        forced = behaviour.sets_edition is SetsEdition.FORCED and desired.forces
        if behaviour.sets_edition is SetsEdition.NEVER or not (own or forced):
            return False
        if load_balancer.edition == desired.edition:
            return False
        self._alb.change_load_balancer(load_balancer.load_balancer_id, edition=desired.edition)
        return True

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
        others = {key for key, each in present.items() if not _may_touch(each, desired)}
        in_use = sorted(others & listeners.keys())
        if not in_use:
            for key in present.keys() - listeners.keys() - others:
                self._alb.delete_listener(present[key].listener_id)
                applied.changed = True
        for key, listener in listeners.items():
            if in_use and key in present:
                # LBC applier/listener.go: once a listener is in use, new ones are made and nothing else is done.
                continue
            try:
                self._apply_one(load_balancer_id, listener, present.get(key), behaviour, applied)
            except CloudFault as fault:
                is_unnamed = fault.code in _LOST_CA_CODES and not behaviour.names_lost_cas
                applied.failures[key] = _LOST_CA if is_unnamed else fault_text(fault)
        applied.failures |= dict.fromkeys(in_use, _IN_USE)
        return applied

    def release(self, load_balancer_id: str, *, albconfig: str) -> None:
        """Delete the load balancer that was made for an AlbConfig which is gone; a reused one only loses its tag."""
        present = {each.load_balancer_id: each for each in self._alb.load_balancers()}
        found = present.get(load_balancer_id)
        if found is None or found.albconfig != albconfig:
            return
        if found.service_managed:
            self._alb.delete_load_balancer(load_balancer_id)
        else:
            self._alb.change_load_balancer(load_balancer_id, albconfig="")

    def _apply_one(
        self,
        load_balancer_id: str,
        listener: "DesiredListener",
        present: "Listener | None",
        behaviour: "ControllerBehaviour",
        applied: Applied,
    ) -> None:
        if listener.protocol != "HTTP" and not listener.certificate_ids:
            applied.failures[listener.key] = _EMPTY_CERTIFICATES
        elif present is None:
            self._alb.create_listener(
                load_balancer_id,
                port=listener.port,
                protocol=listener.protocol,
                **_fields(listener, behaviour, new=True),
            )
            applied.changed = True
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


def _may_touch(listener: "Listener", desired: "DesiredLoadBalancer") -> bool:
    # LBC applier/listener.go: findSDKListenersOnLB.
    return not desired.reused_id or desired.overrides or listener.description.startswith(OWN_DESCRIPTION)


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
    if new and not managed:
        fields["x_forwarded_for"] = _with_alias_of_issuer(fields["x_forwarded_for"])
    return fields


def _with_alias_of_issuer(headers: "Mapping[str, Any]") -> dict[str, Any]:
    """Return the headers of a new listener: LBC transSDKXForwardedForConfigToCreateLs mixes two aliases up."""
    own = "XForwardedForClientCertSubjectDNAlias"
    rest = {name: value for name, value in headers.items() if name != own}
    issuer = headers.get("XForwardedForClientCertIssuerDNAlias")
    return {**rest, own: issuer} if issuer else rest
