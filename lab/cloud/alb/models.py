"""State and rules of the load balancer API, without HTTP."""

import secrets
import string
from collections import deque
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from lab.behaviour import CloudBehaviour, Zone
from lab.cloud.alb.exceptions import IncorrectStatusListener, ResourceNotFound
from lab.cloud.alb.records import REGION, Change, Listener, LoadBalancer, Protocol
from lab.cloud.alb.rules import Surroundings, require_valid
from lab.cloud.cas.records import StoredCertificate
from lab.cloud.exceptions import InvalidParameter

_ID_CHARACTERS: Final = string.ascii_lowercase + string.digits
_DOMAINS: Final = {Zone.INTERNATIONAL: "alb.aliyuncsslbintl.com", Zone.CHINA: "alb.aliyuncs.com"}
_KEPT_CHANGES: Final = 1000
_FIXED: Final = frozenset({"listener_id", "load_balancer_id", "port", "protocol", "status", "revision"})


class AlbService:
    """Load balancers and listeners of the account in the one region.

    Records that are returned are copies: only the methods change anything.

    Attributes:
        server_certificates: what is known about each server certificate, by identifier; filled by the data
            plane, which makes them.
    """

    def __init__(self, *, find_authority: Callable[[str], StoredCertificate | None], behaviour: CloudBehaviour) -> None:
        """Start with no load balancers.

        Args:
            find_authority: returns the CA certificate of an identifier that a listener can take, or None.
            behaviour: read at each call.
        """
        self.server_certificates: dict[str, Any] = {}
        self._behaviour = behaviour
        self._find_authority = find_authority
        self._load_balancers: dict[str, LoadBalancer] = {}
        self._listeners: dict[str, Listener] = {}
        self._subscribers: list[Callable[[], None]] = []
        self._changes: deque[Change] = deque(maxlen=_KEPT_CHANGES)

    def subscribe(self, callback: Callable[[], None]) -> None:
        """Have `callback` called after every listener that was created, updated or deleted."""
        self._subscribers.append(callback)

    def create_load_balancer(
        self,
        *,
        name: str,
        edition: str,
        load_balancer_id: str | None = None,
        service_managed: bool = False,
    ) -> LoadBalancer:
        """Make a load balancer.

        Raises:
            InvalidParameter: the id is taken.
        """
        identifier = load_balancer_id or _new_id("alb")
        if identifier in self._load_balancers:
            raise InvalidParameter("LoadBalancerId", "one that is not taken")
        self._load_balancers[identifier] = LoadBalancer(
            load_balancer_id=identifier, name=name, edition=edition, service_managed=service_managed
        )
        return self.load_balancer(identifier)

    def change_load_balancer(
        self, load_balancer_id: str, *, edition: str | None = None, albconfig: str | None = None
    ) -> LoadBalancer:
        """Give a load balancer another edition, or the tag of another AlbConfig; None leaves it.

        Raises:
            ResourceNotFound: there is none.
        """
        before = self.load_balancer(load_balancer_id)
        changed = replace(
            before,
            edition=before.edition if edition is None else edition,
            albconfig=before.albconfig if albconfig is None else albconfig,
        )
        self._load_balancers[load_balancer_id] = changed
        return replace(changed)

    def delete_load_balancer(self, load_balancer_id: str) -> None:
        """Delete a load balancer with its listeners.

        Raises:
            ResourceNotFound: there is none.
        """
        self.load_balancer(load_balancer_id)
        del self._load_balancers[load_balancer_id]
        for listener in self.listeners(load_balancer_id):
            del self._listeners[listener.listener_id]
        self._changed()

    def load_balancers(self) -> list[LoadBalancer]:
        """Return all load balancers."""
        return [self._named(one) for one in self._load_balancers.values()]

    def load_balancer(self, load_balancer_id: str) -> LoadBalancer:
        """Return a load balancer.

        Raises:
            ResourceNotFound: there is none.
        """
        found = self._load_balancers.get(load_balancer_id)
        if found is None:
            raise ResourceNotFound("LoadBalancer", load_balancer_id)
        return self._named(found)

    def listeners(self, load_balancer_id: str | None = None) -> list[Listener]:
        """Return the listeners of a load balancer, or of all."""
        return [deepcopy(one) for one in self._listeners.values() if load_balancer_id in {None, one.load_balancer_id}]

    def listener(self, listener_id: str) -> Listener:
        """Return a listener.

        Raises:
            ResourceNotFound: there is none.
        """
        return deepcopy(self._listener(listener_id))

    def create_listener(
        self,
        load_balancer_id: str,
        *,
        port: int,
        protocol: Protocol,
        certificate_ids: Iterable[str] = (),
        ca_enabled: bool = False,
        ca_certificate_ids: Iterable[str] = (),
        **attributes: Any,
    ) -> Listener:
        """Make a listener; it is Configuring until it is settled.

        Raises:
            CloudFault: the load balancer is not there, or the listener cannot be like this.
        """
        load_balancer = self.load_balancer(load_balancer_id)
        _require_changeable(attributes)
        created = Listener(
            listener_id=_new_id("lsn"),
            load_balancer_id=load_balancer_id,
            port=port,
            protocol=protocol,
            certificate_ids=list(certificate_ids),
            ca_enabled=ca_enabled,
            ca_certificate_ids=list(ca_certificate_ids),
            **deepcopy(attributes),
        )
        require_valid(created, None, self._surroundings(load_balancer, created))
        self._take(created)
        return deepcopy(created)

    def update_listener_attribute(self, listener_id: str, **attributes: Any) -> Listener:
        """Change a listener; it is Configuring until the new revision is settled.

        Raises:
            CloudFault: there is none, it is being changed, or it cannot be like this.
        """
        _, candidate = self.check_update(listener_id, **attributes)
        self._take(candidate)
        return deepcopy(candidate)

    def check_update(self, listener_id: str, **attributes: Any) -> tuple[Listener, Listener]:
        """Return a listener as it is, and as it would be after a change; nothing is changed.

        Raises:
            CloudFault: the change would be rejected.
        """
        before = self._listener(listener_id)
        _require_changeable(attributes)
        if before.status != "Running":
            raise IncorrectStatusListener(listener_id)
        candidate = replace(before, **deepcopy(attributes))
        load_balancer = self.load_balancer(before.load_balancer_id)
        require_valid(candidate, before, self._surroundings(load_balancer, before))
        candidate = replace(candidate, status="Configuring", revision=before.revision + 1)
        return deepcopy(before), candidate

    def delete_listener(self, listener_id: str) -> None:
        """Delete a listener, whatever its status.

        Raises:
            ResourceNotFound: there is none.
        """
        self._listener(listener_id)
        del self._listeners[listener_id]
        self._changed()

    def settle(self, listener_id: str, revision: int) -> None:
        """Note that the data plane serves this revision; older ones and deleted listeners are passed over."""
        listener = self._listeners.get(listener_id)
        if listener is not None and listener.revision == revision:
            listener.status = "Running"
            for change in self._changes:
                if (change.listener_id, change.revision, change.running) == (listener_id, revision, None):
                    change.running = datetime.now(UTC)

    def changes(self) -> list[Change]:
        """Return the last changes of listeners, oldest first."""
        return [replace(one) for one in self._changes]

    def bound_to(self, identifier: str, *, switched_off: bool) -> list[str]:
        """Return the ids of the listeners that refer to a CA; with `switched_off` also those that request none."""
        return [
            one.listener_id
            for one in self._listeners.values()
            if identifier in one.ca_certificate_ids and (switched_off or one.ca_enabled)
        ]

    def _named(self, one: LoadBalancer) -> LoadBalancer:
        return replace(one, dns_name=f"{one.load_balancer_id}.{REGION}.{_DOMAINS[self._behaviour.zone]}")

    def _listener(self, listener_id: str) -> Listener:
        found = self._listeners.get(listener_id)
        if found is None:
            raise ResourceNotFound("Listener", listener_id)
        return found

    def _surroundings(self, load_balancer: LoadBalancer, listener: Listener) -> Surroundings:
        others = [
            one
            for one in self._listeners.values()
            if one.load_balancer_id == load_balancer.load_balancer_id and one.listener_id != listener.listener_id
        ]
        return Surroundings(
            load_balancer=load_balancer,
            others=others,
            server_certificates=self.server_certificates.keys(),
            find_authority=self._find_authority,
            authenticating_editions=self._behaviour.authenticating_editions,
        )

    def _take(self, listener: Listener) -> None:
        self._listeners[listener.listener_id] = listener
        self._changes.append(
            Change(
                load_balancer_id=listener.load_balancer_id,
                listener_id=listener.listener_id,
                listener=listener.label,
                revision=listener.revision,
            )
        )
        self._changed()

    def _changed(self) -> None:
        for callback in self._subscribers:
            callback()


def _require_changeable(attributes: dict[str, Any]) -> None:
    fixed = sorted(_FIXED & attributes.keys())
    if fixed:
        raise TypeError(f"these fields of a listener are not for callers: {', '.join(fixed)}")


def _new_id(prefix: str) -> str:
    return f"{prefix}-{''.join(secrets.choice(_ID_CHARACTERS) for _ in range(18))}"
