"""The listeners of a cluster, and whether each can request client certificates. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from alb_mtls.cluster.errors import AmbiguousListener, NoLoadBalancer
from alb_mtls.cluster.hosts import ListenerHost, hosts_on_listener
from alb_mtls.cluster.listener import (
    AlbConfig,
    find_listener,
    listener_label,
    listeners_of,
    load_balancer_id,
    name_of,
    object_in,
    port_text,
)
from alb_mtls.cluster.listener_key import ListenerKey, port_number
from alb_mtls.cluster.listener_problems import listener_problems
from ops.init.cluster import ClusterFound


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A listener that a stack might switch.

    Attributes:
        alb_id: of the ALB; None while there is none.
        dns_name: of the ALB, as the status of the AlbConfig has it; empty where it has none.
        hosts: that share it.
        refused: why it cannot request client certificates, after its name; None where it can.
    """

    key: ListenerKey
    albconfig: AlbConfig
    alb_id: str | None
    dns_name: str
    hosts: tuple[ListenerHost, ...]
    refused: str | None

    @property
    def name(self) -> str:
        """How flags name it: `alb/443`, with the protocol where that is not HTTPS."""
        return self.key.output_key if self.key.protocol == "HTTPS" else f"{self.key.output_key}/{self.key.protocol}"

    @property
    def host_names(self) -> tuple[str, ...]:
        """The hosts that share it, each once."""
        return tuple(sorted({one.host.lower() for one in self.hosts}))


def candidates_in(found: ClusterFound) -> tuple[Candidate, ...]:
    """Return every listener of every AlbConfig, as people count."""
    listed = [one for albconfig in found.albconfigs for one in _of(albconfig, found)]
    return tuple(sorted(listed, key=lambda one: one.key.place))


def _of(albconfig: AlbConfig, found: ClusterFound) -> Iterator[Candidate]:
    status = object_in(object_in(albconfig.get("status")).get("loadBalancer"))
    name = status.get("dnsname")
    try:
        alb_id = load_balancer_id(albconfig)
    except NoLoadBalancer:
        alb_id = None
    for key in dict.fromkeys(_keys(albconfig)):
        hosts = hosts_on_listener(key, ingresses=found.ingresses, ingress_classes=found.ingress_classes)
        yield Candidate(
            key=key,
            albconfig=albconfig,
            alb_id=alb_id,
            dns_name=name if isinstance(name, str) else "",
            hosts=tuple(hosts),
            refused=_refused(albconfig, key, alb_id),
        )


def _keys(albconfig: AlbConfig) -> Iterator[ListenerKey]:
    for _, element in listeners_of(albconfig):
        port = port_number(port_text(element.get("port")))
        if port and listener_label(element) == f"{port}/{element.get('protocol')}":
            yield ListenerKey(alb_config=name_of(albconfig), port=port, protocol=str(element.get("protocol")))


def _refused(albconfig: AlbConfig, key: ListenerKey, alb_id: str | None) -> str | None:
    if key.protocol != "HTTPS":
        return f"is {key.protocol}, which cannot request client certificates; only HTTPS can"
    if alb_id is None:
        return "has no ALB yet (status.loadBalancer.id of the AlbConfig is empty); look at the events of the AlbConfig"
    try:
        problems = listener_problems(albconfig, find_listener(albconfig, key))
    except AmbiguousListener as error:
        return f"cannot be switched: {error}"
    return f"cannot be switched: {problems[0]}" if problems else None


def usable(candidates: Collection[Candidate]) -> list[Candidate]:
    """Return those that can request client certificates."""
    return [one for one in candidates if one.refused is None]
