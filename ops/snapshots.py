"""What a listener is like now: the AlbConfig, the ALB and CAS, asked and not judged."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from alb_mtls.aliyun.alb import Listener, ListenerSummary, LoadBalancer
from alb_mtls.aliyun.cas import DescribedCertificate
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.errors import AnotherCluster, ClusterError
from alb_mtls.cluster.hosts import Finding, ListenerHost, bypasses, hosts_on_listener, other_field_managers
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import find_listener
from alb_mtls.cluster.listener_key import ListenerKey
from ops.access import Access
from ops.errors import OpsError
from ops.live_listeners import live_listeners, load_balancer_id
from ops.state import ListenerRecord, StackState

_PROBLEMS = (ClusterError, CloudError, OpsError)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """One listener as it was found; what could not be asked is None or empty, and `unknown` says why.

    Attributes:
        live: as the ALB API tells it; None when the ALB has none, if the load balancer was found.
        listeners: all of the ALB.
        ca: of the identifier in the state, as CAS holds it.
        ca_asked: whether CAS answered, so that a missing `ca` means that it is gone.
        ways: around it; none while it is switched off, since everybody is let in.
        writers: who else writes this AlbConfig.
        unknown: one sentence for each thing that could not be told.
    """

    record: ListenerRecord
    albconfig: dict[str, Any] | None = None
    load_balancer: LoadBalancer | None = None
    live: Listener | None = None
    listeners: tuple[ListenerSummary, ...] = ()
    ca: DescribedCertificate | None = None
    ca_asked: bool = False
    hosts: tuple[ListenerHost, ...] = ()
    ways: tuple[Finding, ...] = ()
    writers: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Observer:
    """Asks about the listeners of one stack; what routes to listeners is listed once for each cluster."""

    def __init__(self, state: StackState, access: Access) -> None:
        """Remember whose listeners they are."""
        self._state = state
        self._access = access
        self._routing: dict[KubeClient, dict[str, list[dict[str, Any]]]] = {}

    def observe(self, record: ListenerRecord) -> Observed:
        """Return all that can be found out about a listener; raises nothing, and says what could not be asked."""
        observed = Observed(record=record)
        for step in (self._cluster, self._alb, self._cas, self._ways):
            try:
                observed = step(observed)
            except _PROBLEMS as error:
                observed = replace(observed, unknown=(*observed.unknown, f"{record.label}: {error}"))
        return observed

    def _cluster(self, observed: Observed) -> Observed:
        record = observed.record
        kube = self._access.kube(record.kubeconfig)
        found = kube.kube_system_uid()
        if found != record.kube_system_uid:
            raise AnotherCluster(alb_config=record.key.alb_config, expected=record.kube_system_uid, found=found)
        albconfig = kube.albconfig(record.key.alb_config)
        # Without its listener the AlbConfig has nothing to tell, and the sentence names those that are there.
        find_listener(albconfig, record.key)
        return replace(observed, albconfig=albconfig, writers=tuple(other_field_managers(albconfig)))

    def _routing_of(self, kube: KubeClient) -> dict[str, list[dict[str, Any]]]:
        if kube not in self._routing:
            self._routing[kube] = {
                "albconfigs": kube.albconfigs(),
                "ingresses": kube.ingresses(),
                "ingress_classes": kube.ingress_classes(),
                "services": kube.services(),
            }
        return self._routing[kube]

    def _protected(self) -> Collection[ListenerKey]:
        return [listener.key for listener in self._state.listeners if listener.enabled]

    def _alb(self, observed: Observed) -> Observed:
        record, albconfig = observed.record, observed.albconfig
        if albconfig is None:
            return observed
        alb_id = load_balancer_id(albconfig)
        if alb_id is None:
            message = (
                f"AlbConfig {record.key.alb_config} has no ALB (status.loadBalancer.id is empty); look at its events"
            )
            raise OpsError(message)
        alb = self._access.alb(record.alb_endpoint, record.alb_region)
        return replace(
            observed,
            load_balancer=alb.load_balancer(alb_id),
            live=alb.listener(alb_id, port=record.key.port, protocol=record.key.protocol),
            listeners=tuple(alb.listeners(alb_id)),
        )

    def _cas(self, observed: Observed) -> Observed:
        record = observed.record
        if not record.identifier or not record.cas_endpoint:
            return observed
        found = self._access.cas(record.cas_endpoint).describe(record.identifier)
        return replace(observed, ca=found, ca_asked=True)

    def _ways(self, observed: Observed) -> Observed:
        record, albconfig = observed.record, observed.albconfig
        if albconfig is None:
            return observed
        routing = self._routing_of(self._access.kube(record.kubeconfig))
        ingresses, classes = routing["ingresses"], routing["ingress_classes"]
        hosts = tuple(hosts_on_listener(record.key, ingresses=ingresses, ingress_classes=classes))
        observed = replace(observed, hosts=hosts)
        if not record.enabled:
            return observed
        unknown: list[str] = []
        ways = bypasses(
            albconfig,
            record.key,
            albconfigs=routing["albconfigs"],
            ingresses=ingresses,
            ingress_classes=classes,
            services=routing["services"],
            also_protected=self._protected(),
            trusted=[record.identifier] if record.identifier else None,
            # An ALB API that did not answer just now would let every further question wait in vain.
            on_alb=None if observed.load_balancer is None else live_listeners(self._access, record, unknown),
            security_policy=(observed.live.security_policy_id or None) if observed.live else None,
        )
        return replace(observed, ways=tuple(ways), unknown=(*observed.unknown, *unknown))
