"""The ALB of an AlbConfig in memory, as the program's client of the ALB API shows it; it follows at once."""

from dataclasses import dataclass, field
from typing import Any

from alb_mtls.aliyun.alb_models import BoundListener, Listener, ListenerSummary, LoadBalancer
from alb_mtls.aliyun.errors import DeadlinePassed
from alb_mtls.cluster.listener import find_listener, listeners_of, state_of
from alb_mtls.cluster.listener_key import ListenerKey
from tests.fakes.cluster import Cluster

_LOOKS = 15
BOUND = BoundListener(load_balancer_id="alb", listener_id="lsn", port=443, protocol="HTTPS", ca_enabled=True)


def listener_on_alb(
    *, port: int, protocol: str, enabled: bool, identifiers: tuple[str, ...], **further: Any
) -> Listener:
    """Return a running listener as the ALB API shows it."""
    return Listener(
        listener_id="lsn",
        load_balancer_id="alb",
        port=port,
        protocol=protocol,
        status="Running",
        security_policy_id="",
        quic_listener_id=None,
        ca_enabled=enabled,
        ca_identifiers=identifiers,
        **further,
    )


@dataclass(kw_only=True)
class Alb:
    """The ALB of a cluster's AlbConfig.

    Attributes:
        stuck: it does not follow any more.
        hides_headers: its API names no key of XForwardedForConfig that is on.
    """

    cluster: Cluster = field(default_factory=Cluster)
    edition: str = "Standard"
    stuck: bool = False
    hides_headers: bool = False

    def load_balancer(self, load_balancer_id: str) -> LoadBalancer:
        """Return a load balancer of that id."""
        return LoadBalancer(
            load_balancer_id=load_balancer_id, name="alb", edition=self.edition, status="Active", dns_name="alb.example"
        )

    def listener(self, _id: str, *, port: int, protocol: str) -> Listener:
        """Return the listener."""
        key = ListenerKey(alb_config="alb", port=port, protocol=protocol)
        element = find_listener(self.cluster.albconfig("alb"), key).element
        state, headers = state_of(element), {} if self.hides_headers else element.get("xForwardedForConfig") or {}
        enabled, identifiers = bool(state.ca_enabled), tuple(state.identifiers)
        fields = {"xForwardedForConfig": {name: value for name, value in headers.items() if value}}
        return listener_on_alb(port=port, protocol=protocol, enabled=enabled, identifiers=identifiers, fields=fields)

    def listeners(self, _id: str) -> list[Listener]:
        """Return all listeners, which are those of the AlbConfig."""
        if self.cluster.item is None:
            return []
        found = (element for _, element in listeners_of(self.cluster.albconfig("alb")))
        return [self.listener(_id, port=int(one["port"]), protocol=one["protocol"]) for one in found]

    def details(self, summary: ListenerSummary) -> Listener:
        """Return a listener whole."""
        return self.listener(summary.load_balancer_id, port=summary.port, protocol=summary.protocol)

    def wait_for(
        self,
        _id: str,
        *,
        until: Any,
        describe: str,
        deadline_seconds: float,
        meanwhile: Any = lambda: None,
        **where: Any,
    ) -> Listener:
        """Return the listener, which is as desired at once or never."""
        shown = self.listener(_id, **where)
        if self.stuck or not until(shown):
            # Often enough for what is not looked at each time.
            for _ in range(_LOOKS):
                meanwhile()
        if self.stuck or not until(shown):
            sentence = f"the listener did not {describe} within {deadline_seconds:.0f} s"
            raise DeadlinePassed(sentence, api="GetListenerAttribute", target="listener")
        return shown

    def bound_listeners(self, identifier: str) -> list[BoundListener]:
        """Return the listener when it refers to a CA."""
        if self.cluster.item is None or identifier not in state_of(self.cluster.element).identifiers:
            return []
        return [BOUND]
