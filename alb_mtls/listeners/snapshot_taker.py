"""Takes snapshots of listeners: reads cluster, ALB API and CAS, and raises nothing that they answer."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from typing import TypeVar

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.alb_models import Listener, ListenerSummary, LoadBalancer, same_identifier
from alb_mtls.aliyun.endpoints import EndpointError
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.bypass import OnAlb, bypasses
from alb_mtls.cluster.claim_errors import MalformedClaim, NewerClaim
from alb_mtls.cluster.errors import ClusterError, NoLoadBalancer, NoSuchAlbConfig, NoSuchListener
from alb_mtls.cluster.field_managers import other_field_managers
from alb_mtls.cluster.findings import Finding
from alb_mtls.cluster.forgeable_headers import forgeable_on
from alb_mtls.cluster.hosts import ListenerHost, hosts_on_listener
from alb_mtls.cluster.identity import refuse_another_cluster
from alb_mtls.cluster.listener import (
    ListenerState,
    find_listener,
    listener_label,
    listeners_of,
    load_balancer_id,
    name_of,
)
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.reuse import reused_by, sharing
from alb_mtls.listeners.desired import is_named, same_identifiers
from alb_mtls.listeners.gateway_reader import GatewayReader
from alb_mtls.listeners.leaving import LeavingListener, claimed_beside, named_beside
from alb_mtls.listeners.reads import Reads
from alb_mtls.listeners.snapshot import ListenerQuery, ListenerSnapshot, Object
from alb_mtls.listeners.unmanaged import unmanaged_listeners
from alb_mtls.natural_order import natural
from alb_mtls.session import Session

_Answer = TypeVar("_Answer")
_Read = tuple[Hashable, Callable[[], _Answer]]
"""What a read is known by, and the read."""


class SnapshotTaker:
    """Takes snapshots of listeners; what routes to them is listed once for each cluster."""

    def __init__(self, session: Session, reads: Reads | None = None) -> None:
        """Remember how cloud and cluster are reached, and what was read already."""
        self._session = session
        self._reads = reads or Reads()
        self._lists: dict[tuple[str | None, str], list[Object]] = {}
        self._gateways = GatewayReader(session, self._reads)

    def begin(self, queries: Iterable[ListenerQuery]) -> None:
        """Begin, side by side, what snapshots for these queries read; those that look for no bypasses read less."""
        some = list(queries)
        for query in some:
            self._reads.begin(*self._read_of_albconfig(query))
        for query in some:
            for kind, read in self._lists_of(query).items():
                self._reads.begin((query.kubeconfig, kind), read)
            self._gateways.begin(query.kubeconfig)
        for query in some:
            with suppress(ClusterError, CloudError, EndpointError):
                alb_id = load_balancer_id(self._reads.get(*self._read_of_albconfig(query)))
                self._reads.begin(*self._read_of_alb(query, alb_id))
                self._reads.begin(*self._read_of_listeners(query, alb_id))

    def take(self, query: ListenerQuery) -> ListenerSnapshot:
        """Return all that can be found out about a listener; raises nothing that cluster or cloud answer."""
        snapshot = ListenerSnapshot(key=query.key)
        for step in (self._cluster, self._alb, self._cas, self._routes):
            try:
                snapshot = step(query, snapshot)
            except (ClusterError, CloudError, EndpointError) as error:
                snapshot = replace(snapshot, failures=(*snapshot.failures, error))
        return snapshot

    def beside(self, kubeconfig: str | None, configured: Collection[ListenerKey]) -> tuple[LeavingListener, ...]:
        """Return listeners that are not configured and have a claim or a CA, by what the snapshots before have listed.

        Args:
            kubeconfig: as in the queries of those.
            configured: what is.
        """
        listed = [self._lists.get((kubeconfig, kind)) for kind in ("albconfigs", "ingresses", "ingress_classes")]
        albconfigs, ingresses, classes = listed

        def hosts_of(key: ListenerKey) -> tuple[ListenerHost, ...] | None:
            if ingresses is None or classes is None:
                return None
            return tuple(hosts_on_listener(key, ingresses=ingresses, ingress_classes=classes))

        some = albconfigs or ()
        return (*claimed_beside(some, configured, hosts_of), *named_beside(some, configured, hosts_of))

    def _cluster(self, query: ListenerQuery, snapshot: ListenerSnapshot) -> ListenerSnapshot:
        name = query.key.alb_config
        if query.kube_system_uid is not None:
            refuse_another_cluster(self._session.kube(query.kubeconfig), query.kube_system_uid, alb_config=name)
        try:
            albconfig = self._reads.get(*self._read_of_albconfig(query))
        except NoSuchAlbConfig:
            raise self._with_others(query, name) from None
        # Without its listener the AlbConfig says nothing of it, and the sentence names those that are there.
        try:
            find_listener(albconfig, query.key)
        except NoSuchListener:
            self._gateways.refuse_listeners_of_gateway(albconfig, query.kubeconfig)
            raise
        return replace(snapshot, albconfig=albconfig, field_managers=tuple(other_field_managers(albconfig)))

    def _with_others(self, query: ListenerQuery, name: str) -> NoSuchAlbConfig:
        try:
            others = self._listed(query, "albconfigs")
        except ClusterError:
            return NoSuchAlbConfig(name)
        return NoSuchAlbConfig(name, others=sorted(map(name_of, others), key=natural))

    def _alb(self, query: ListenerQuery, snapshot: ListenerSnapshot) -> ListenerSnapshot:
        if snapshot.albconfig is None:
            return snapshot
        alb_id = load_balancer_id(snapshot.albconfig)
        alb = self._session.alb(query.alb.endpoint, query.alb.region)
        snapshot = replace(snapshot, load_balancer=self._reads.get(*self._read_of_alb(query, alb_id)))
        if query.on_alb:
            found = alb.listener(alb_id, port=query.key.port, protocol=query.key.protocol)
            snapshot = replace(snapshot, on_alb=found)
        if query.on_alb or query.bypasses:
            snapshot = replace(snapshot, alb_listeners=tuple(self._reads.get(*self._read_of_listeners(query, alb_id))))
        return self._with_details(alb, snapshot, snapshot.albconfig) if query.details else snapshot

    def _cas(self, query: ListenerQuery, snapshot: ListenerSnapshot) -> ListenerSnapshot:
        if not query.ca_identifier or not query.cas_endpoint:
            return snapshot
        found = self._session.cas(query.cas_endpoint).describe(query.ca_identifier)
        return replace(snapshot, ca=found, ca_searched=True)

    def _routes(self, query: ListenerQuery, snapshot: ListenerSnapshot) -> ListenerSnapshot:
        if snapshot.albconfig is None:
            return snapshot
        ingresses, classes = self._listed(query, "ingresses"), self._listed(query, "ingress_classes")
        hosts = tuple(hosts_on_listener(query.key, ingresses=ingresses, ingress_classes=classes))
        if not query.bypasses:
            return replace(snapshot, hosts=hosts)
        failures: list[Exception] = []
        albconfigs = self._listed(query, "albconfigs")
        trusted = _trusted(query, snapshot)
        gateway_api, not_looked_at = self._gateways.read(query.kubeconfig)
        found = bypasses(
            snapshot.albconfig,
            query.key,
            albconfigs=albconfigs,
            ingresses=ingresses,
            ingress_classes=classes,
            services=self._listed(query, "services"),
            gateway_api=gateway_api,
            also_protected=query.protected,
            trusted=trusted,
            on_alb=self._on_alb(query, snapshot, failures),
            security_policy=(snapshot.on_alb.security_policy_id or None) if snapshot.on_alb else None,
            headers=query.headers,
        )
        unmanaged = list(self._unmanaged(query, snapshot, albconfigs, trusted, failures))
        found += [*unmanaged, *forgeable_on(query.headers.get(query.key, ()), unmanaged)]
        return replace(
            snapshot,
            hosts=hosts,
            sharing=tuple(sharing(snapshot.albconfig, albconfigs)),
            bypasses=tuple(found),
            failures=(*snapshot.failures, *failures),
            not_looked_at=not_looked_at,
        )

    def _unmanaged(
        self,
        query: ListenerQuery,
        snapshot: ListenerSnapshot,
        albconfigs: list[Object],
        trusted: list[str],
        failures: list[Exception],
    ) -> Iterator[Finding]:
        alb = snapshot.load_balancer
        if alb is None:
            return

        def is_guarded(one: ListenerSummary) -> bool:
            api = self._session.alb(query.alb.endpoint, query.alb.region)
            try:
                found = api.listener(alb.load_balancer_id, port=one.port, protocol=one.protocol)
            except CloudError as error:
                failures.append(error)
                return False
            return found is not None and found.ca_enabled and same_identifiers(found.ca_identifiers, trusted)

        yield from unmanaged_listeners(alb, snapshot.alb_listeners, albconfigs, is_guarded=is_guarded)

    def _with_details(self, alb: AlbClient, snapshot: ListenerSnapshot, albconfig: Object | None) -> ListenerSnapshot:
        """Read the listeners of a reused ALB with what no listing shows; one that cannot be read stays as listed."""
        if albconfig is None or reused_by(albconfig) is None:
            return snapshot
        labels = {listener_label(element) for _, element in listeners_of(albconfig)}
        listeners, failures = list(snapshot.alb_listeners), list(snapshot.failures)
        for place, one in enumerate(listeners):
            if one.protocol != "HTTPS" or one.label not in labels:
                continue
            try:
                listeners[place] = self._reads.get((AlbClient, one.listener_id), partial(alb.details, one)) or one
            except CloudError as error:
                failures.append(error)
        return replace(snapshot, alb_listeners=tuple(listeners), failures=tuple(failures))

    def _listed(self, query: ListenerQuery, kind: str) -> list[Object]:
        place = (query.kubeconfig, kind)
        self._lists[place] = self._reads.get(place, self._lists_of(query)[kind])
        return self._lists[place]

    def _lists_of(self, query: ListenerQuery) -> dict[str, Callable[[], list[Object]]]:
        kube = self._session.kube(query.kubeconfig)
        return {
            "albconfigs": kube.albconfigs,
            "ingresses": kube.ingresses,
            "ingress_classes": kube.ingress_classes,
            "services": kube.services,
        }

    def _read_of_albconfig(self, query: ListenerQuery) -> _Read[Object]:
        name = query.key.alb_config
        return (query.kubeconfig, "albconfig", name), lambda: self._session.kube(query.kubeconfig).albconfig(name)

    def _read_of_alb(self, query: ListenerQuery, alb_id: str) -> _Read[LoadBalancer]:
        alb = self._session.alb(query.alb.endpoint, query.alb.region)
        return (query.alb, "alb", alb_id), lambda: alb.load_balancer(alb_id)

    def _read_of_listeners(self, query: ListenerQuery, alb_id: str) -> _Read[list[ListenerSummary]]:
        alb = self._session.alb(query.alb.endpoint, query.alb.region)
        return (query.alb, "listeners", alb_id), lambda: alb.listeners(alb_id)

    def _on_alb(self, query: ListenerQuery, snapshot: ListenerSnapshot, failures: list[Exception]) -> OnAlb | None:
        """Return what shows any listener as its ALB has it; what does not answer goes to `failures`."""
        if not query.on_alb or snapshot.load_balancer is None:
            # An ALB API that did not answer just now would let every further question wait in vain.
            return None
        alb = self._session.alb(query.alb.endpoint, query.alb.region)

        @cache
        def found_on(alb_id: str, key: ListenerKey) -> ListenerState | None:
            try:
                found = alb.listener(alb_id, port=key.port, protocol=key.protocol)
            except CloudError as error:
                failures.append(error)
                return None
            # Where the ALB API does not name the CA, the AlbConfig is what is known.
            return None if found is None or found.hides_ca else _state_on_alb(found, query)

        def state(albconfig: Object, key: ListenerKey) -> ListenerState | None:
            try:
                return found_on(load_balancer_id(albconfig), key)
            except NoLoadBalancer:
                return None

        return state


def _trusted(query: ListenerQuery, snapshot: ListenerSnapshot) -> list[str]:
    """Return the CAs that the listener is to check clients with, as far as that is known before an `up`."""
    named = [] if snapshot.state is None else snapshot.state.identifiers
    if query.ca_identifier:
        return [query.ca_identifier]
    if query.take_over is None:
        return named
    try:
        claim = snapshot.claim()
    except (MalformedClaim, NewerClaim):
        claim = None
    if claim is not None and claim.deployment == query.take_over:
        return []
    return [one for one in named if not is_named(one, query.take_over)]


def _state_on_alb(listener: Listener, query: ListenerQuery) -> ListenerState:
    ours = query.ca_identifier
    return ListenerState(
        ca_enabled=listener.ca_enabled,
        # The ALB may give an identifier back in another form.
        identifiers=[ours if ours and same_identifier(one, ours) else one for one in listener.ca_identifiers],
    )
