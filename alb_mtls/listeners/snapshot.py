"""What was found of a listener in the cluster, at the ALB and in CAS, without a verdict."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from alb_mtls.aliyun.alb_models import Listener, ListenerSummary, LoadBalancer, same_identifier
from alb_mtls.aliyun.cas_models import DescribedCertificate
from alb_mtls.aliyun.endpoints import EndpointError
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.bypass import OnAlb, bypasses
from alb_mtls.cluster.claim import Claim, read_claim
from alb_mtls.cluster.claim_errors import MalformedClaim, NewerClaim
from alb_mtls.cluster.errors import ClusterError, NoLoadBalancer
from alb_mtls.cluster.field_managers import other_field_managers
from alb_mtls.cluster.findings import Finding
from alb_mtls.cluster.hold import read_hold
from alb_mtls.cluster.hosts import ListenerHost, host_of_proof, hosts_on_listener
from alb_mtls.cluster.identity import refuse_another_cluster
from alb_mtls.cluster.listener import ListenerState, find_listener, load_balancer_id, state_of
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listeners.desired import is_named, same_identifiers
from alb_mtls.listeners.look import look_of
from alb_mtls.listeners.unmanaged import unmanaged_listeners
from alb_mtls.resources import AlbApi
from alb_mtls.session import Session

Object = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ListenerQuery:
    """Which listener is looked at, where, and how closely.

    Attributes:
        kubeconfig: content, when the cluster is named by id; None leaves it to configuration and KUBECONFIG.
        kube_system_uid: of the cluster that it is in; None takes any.
        ca_identifier: of the CA that the listener is to check clients with; None for those that it names now.
        cas_endpoint: of the CAS site that may have it; None looks at none.
        take_over: the CA, or the deployment with its CA, whose place on the listener this stack takes; None for none.
        protected: further listeners that request client certificates of that CA, or will.
        on_alb: read the listeners from the ALB API too, not the load balancer alone: a controller may ignore an
            AlbConfig.
        bypasses: look for them.
    """

    key: ListenerKey
    alb: AlbApi
    kubeconfig: str | None = field(default=None, repr=False)
    kube_system_uid: str | None = None
    ca_identifier: str | None = None
    cas_endpoint: str | None = None
    take_over: str | None = None
    protected: Collection[ListenerKey] = ()
    on_alb: bool = True
    bypasses: bool = True


@dataclass(frozen=True, kw_only=True)
class ListenerSnapshot:
    """One listener as it was found; what is not known is None or empty, and `failures` says why.

    Attributes:
        albconfig: that has the listener.
        on_alb: the listener as the ALB API shows it; None too when the ALB has none, if there is a `load_balancer`.
        alb_listeners: all of the ALB.
        ca: as CAS has it.
        ca_searched: whether CAS answered, so that a missing `ca` means that it is gone.
        hosts: that share the listener; None when they are not known.
        field_managers: who else writes this AlbConfig.
        failures: why something is not known.
    """

    key: ListenerKey
    albconfig: Object | None = field(default=None, repr=False)
    load_balancer: LoadBalancer | None = None
    on_alb: Listener | None = None
    alb_listeners: tuple[ListenerSummary, ...] = ()
    ca: DescribedCertificate | None = None
    ca_searched: bool = False
    hosts: tuple[ListenerHost, ...] | None = None
    bypasses: tuple[Finding, ...] = ()
    field_managers: tuple[str, ...] = ()
    failures: tuple[Exception, ...] = ()

    @property
    def state(self) -> ListenerState | None:
        """The two fields as the AlbConfig has them."""
        return None if self.albconfig is None else state_of(find_listener(self.albconfig, self.key).element)

    @property
    def hold(self) -> str | None:
        """Why a person keeps this program away from the listener; None when nobody does."""
        return None if self.albconfig is None else read_hold(self.albconfig, self.key)

    @property
    def probed_host(self) -> ListenerHost | None:
        """The host that a proof probes where `proof.host` names none, and its Ingress."""
        return host_of_proof(self.hosts or (), claimed=self._claimed_host())

    def _claimed_host(self) -> str | None:
        try:
            claim = self.claim()
        except (MalformedClaim, NewerClaim):
            # Refused where it matters; what is only shown need not fail.
            return None
        return None if claim is None else claim.host

    @property
    def observed(self) -> str | None:
        """What claim and fields are now, for the switch to compare; None when the AlbConfig could not be read."""
        return None if self.albconfig is None else look_of(self.albconfig, self.key)

    @property
    def host(self) -> str | None:
        """Its name."""
        return None if self.probed_host is None else self.probed_host.host

    @property
    def host_names(self) -> list[str]:
        """The hosts that share the listener, as far as they are known."""
        return [one.host for one in self.hosts or ()]

    @property
    def edition(self) -> str | None:
        """Of the ALB."""
        return None if self.load_balancer is None else self.load_balancer.edition

    @property
    def address(self) -> str | None:
        """DNS name of the ALB."""
        return (self.load_balancer.dns_name or None) if self.load_balancer is not None else None

    @property
    def unknown(self) -> tuple[str, ...]:
        """What is not known, one sentence each."""
        return tuple(f"{self.key.label}: {failure}" for failure in self.failures)

    def will_change(self, *, enabled: bool) -> bool:
        """Say whether an `up` will change the listener for sure; another root CA is not known before.

        Raises:
            MalformedClaim, NewerClaim: the claim cannot be read.
        """
        if self.state is None:
            return False
        return self.claim() is None or bool(self.state.ca_enabled) != enabled or not self.state.identifiers

    def claim(self) -> Claim | None:
        """Return the claim on the listener.

        Raises:
            MalformedClaim, NewerClaim: it cannot be read.
        """
        return None if self.albconfig is None else read_claim(self.albconfig, self.key)


class SnapshotTaker:
    """Takes snapshots of listeners; what routes to them is listed once for each cluster."""

    def __init__(self, session: Session) -> None:
        """Remember how cloud and cluster are reached."""
        self._session = session
        self._lists: dict[tuple[str | None, str], list[Object]] = {}

    def take(self, query: ListenerQuery) -> ListenerSnapshot:
        """Return all that can be found out about a listener; raises nothing that cluster or cloud answer."""
        snapshot = ListenerSnapshot(key=query.key)
        for step in (self._cluster, self._alb, self._cas, self._routes):
            try:
                snapshot = step(query, snapshot)
            except (ClusterError, CloudError, EndpointError) as error:
                snapshot = replace(snapshot, failures=(*snapshot.failures, error))
        return snapshot

    def _cluster(self, query: ListenerQuery, snapshot: ListenerSnapshot) -> ListenerSnapshot:
        kube, name = self._session.kube(query.kubeconfig), query.key.alb_config
        if query.kube_system_uid is not None:
            refuse_another_cluster(kube, query.kube_system_uid, alb_config=name)
        albconfig = kube.albconfig(name)
        # Without its listener the AlbConfig says nothing of it, and the sentence names those that are there.
        find_listener(albconfig, query.key)
        return replace(snapshot, albconfig=albconfig, field_managers=tuple(other_field_managers(albconfig)))

    def _alb(self, query: ListenerQuery, snapshot: ListenerSnapshot) -> ListenerSnapshot:
        if snapshot.albconfig is None:
            return snapshot
        alb_id = load_balancer_id(snapshot.albconfig)
        alb = self._session.alb(query.alb.endpoint, query.alb.region)
        snapshot = replace(snapshot, load_balancer=alb.load_balancer(alb_id))
        if query.on_alb:
            found = alb.listener(alb_id, port=query.key.port, protocol=query.key.protocol)
            snapshot = replace(snapshot, on_alb=found)
        if query.on_alb or query.bypasses:
            snapshot = replace(snapshot, alb_listeners=tuple(alb.listeners(alb_id)))
        return snapshot

    def _cas(self, query: ListenerQuery, snapshot: ListenerSnapshot) -> ListenerSnapshot:
        if not query.ca_identifier or not query.cas_endpoint:
            return snapshot
        found = self._session.cas(query.cas_endpoint).describe(query.ca_identifier)
        return replace(snapshot, ca=found, ca_searched=True)

    def _routes(self, query: ListenerQuery, snapshot: ListenerSnapshot) -> ListenerSnapshot:
        if snapshot.albconfig is None:
            return snapshot
        kube = self._session.kube(query.kubeconfig)
        ingresses = self._listed(query, "ingresses", kube.ingresses)
        classes = self._listed(query, "ingress_classes", kube.ingress_classes)
        hosts = tuple(hosts_on_listener(query.key, ingresses=ingresses, ingress_classes=classes))
        if not query.bypasses:
            return replace(snapshot, hosts=hosts)
        failures: list[Exception] = []
        albconfigs = self._listed(query, "albconfigs", kube.albconfigs)
        trusted = _trusted(query, snapshot)
        found = bypasses(
            snapshot.albconfig,
            query.key,
            albconfigs=albconfigs,
            ingresses=ingresses,
            ingress_classes=classes,
            services=self._listed(query, "services", kube.services),
            also_protected=query.protected,
            trusted=trusted,
            on_alb=self._on_alb(query, snapshot, failures),
            security_policy=(snapshot.on_alb.security_policy_id or None) if snapshot.on_alb else None,
        )
        found += self._unmanaged(query, snapshot, albconfigs, trusted, failures)
        return replace(snapshot, hosts=hosts, bypasses=tuple(found), failures=(*snapshot.failures, *failures))

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

    def _listed(self, query: ListenerQuery, kind: str, read: Callable[[], list[Object]]) -> list[Object]:
        if (query.kubeconfig, kind) not in self._lists:
            self._lists[query.kubeconfig, kind] = read()
        return self._lists[query.kubeconfig, kind]

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
            return None if found is None else _state_on_alb(found, query)

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
