"""What was found of a listener in the cluster, at the ALB and in CAS, without a verdict."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from alb_mtls.aliyun.alb_models import Listener, ListenerSummary, LoadBalancer
from alb_mtls.aliyun.cas_models import DescribedCertificate
from alb_mtls.cluster.claim import Claim, read_claim
from alb_mtls.cluster.claim_errors import MalformedClaim, NewerClaim
from alb_mtls.cluster.findings import Finding
from alb_mtls.cluster.hold import read_hold
from alb_mtls.cluster.hosts import ListenerHost, host_of_proof
from alb_mtls.cluster.identity_headers import (
    HeaderFields,
    IdentityHeaders,
    header_fields_of,
    headers_in,
    same_keys,
    switched_on,
)
from alb_mtls.cluster.listener import ListenerState, fields_of, find_listener, meaning_of, state_of
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.owners import Owner, owners_of
from alb_mtls.cluster.reuse import named_by
from alb_mtls.listener_resources import Write
from alb_mtls.listeners.leaving import LeavingListener
from alb_mtls.listeners.look import look_of
from alb_mtls.listeners.reuse import shared
from alb_mtls.resources import AlbApi

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
        bypasses: look for them, and for other AlbConfigs of the same ALB.
        headers: names of the identity headers that this listener, and the further ones, have or will have.
        details: read each HTTPS listener of a reused ALB whole, for its console can change all of it.
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
    headers: Mapping[ListenerKey, Collection[str]] = field(default_factory=dict)
    details: bool = False


@dataclass(frozen=True, kw_only=True)
class ListenerSnapshot:
    """One listener as it was found; what is not known is None or empty, and `failures` says why.

    Attributes:
        albconfig: that has the listener.
        on_alb: the listener as the ALB API shows it; None too when the ALB has none, if there is a `load_balancer`.
        alb_listeners: all of the ALB; with `details` those that the AlbConfig has too are whole.
        sharing: names of other AlbConfigs that mean the same ALB.
        ca: as CAS has it.
        ca_searched: whether CAS answered, so that a missing `ca` means that it is gone.
        hosts: that share the listener; None when they are not known.
        field_managers: who else writes this AlbConfig.
        failures: why something is not known.
        not_looked_at: what nobody has to be allowed to read, one sentence each; it stops nothing.
        beside: listeners with a claim, of any deployment, that are not configured; the same for each of a stack.
    """

    key: ListenerKey
    albconfig: Object | None = field(default=None, repr=False)
    load_balancer: LoadBalancer | None = None
    on_alb: Listener | None = None
    alb_listeners: tuple[ListenerSummary, ...] = ()
    sharing: tuple[str, ...] = ()
    ca: DescribedCertificate | None = None
    ca_searched: bool = False
    hosts: tuple[ListenerHost, ...] | None = None
    bypasses: tuple[Finding, ...] = ()
    field_managers: tuple[str, ...] = ()
    failures: tuple[Exception, ...] = ()
    not_looked_at: tuple[str, ...] = ()
    beside: tuple[LeavingListener, ...] = ()

    @property
    def state(self) -> ListenerState | None:
        """The two fields as the AlbConfig has them."""
        return None if self.albconfig is None else state_of(find_listener(self.albconfig, self.key).element)

    @property
    def owners(self) -> tuple[Owner, ...]:
        """Who keeps the AlbConfig elsewhere."""
        return () if self.albconfig is None else owners_of(self.albconfig)

    @property
    def headers_on(self) -> dict[str, str]:
        """The names of the identity headers that the AlbConfig switches on, by attribute of `IdentityHeaders`."""
        return switched_on(self._header_fields)

    @property
    def _header_fields(self) -> HeaderFields:
        if self.albconfig is None:
            return {}
        return header_fields_of(find_listener(self.albconfig, self.key).element)

    @property
    def headers_claimed(self) -> tuple[str, ...]:
        """The identity headers that the claim on the listener names, by the same attributes."""
        claim = self.readable_claim()
        return () if claim is None else tuple(switched_on(claim.written))

    @property
    def hold(self) -> str | None:
        """Why a person keeps this program away from the listener; None when nobody does."""
        return None if self.albconfig is None else read_hold(self.albconfig, self.key)

    @property
    def probed_host(self) -> ListenerHost | None:
        """The host that a proof probes where `proof.host` names none, and its Ingress."""
        return host_of_proof(self.hosts or (), claimed=self._claimed_host())

    def _claimed_host(self) -> str | None:
        claim = self.readable_claim()
        return None if claim is None else claim.host

    def readable_claim(self) -> Claim | None:
        """Return the claim on the listener; None too when it cannot be read."""
        try:
            return self.claim()
        except (MalformedClaim, NewerClaim):
            # Refused where it matters; what is only shown need not fail.
            return None

    @property
    def bound_generation(self) -> int | None:
        """The generation of the root CA that the listener checks clients with; None when it checks none of ours."""
        claim, state = self.readable_claim(), self.state
        if claim is None or state is None or not state.ca_enabled or self.albconfig is None:
            return None
        fields = fields_of(find_listener(self.albconfig, self.key).element)
        return claim.generation if meaning_of(fields) == meaning_of(claim.written) else None

    def may_trust(self, listed: Iterable[int], write: Write) -> tuple[int, ...]:
        """Return the generations of the root CA that it may check clients with: by the claim, else any that is listed.

        Args:
            listed: in the configuration.
            write: with `none` there is no claim that would say which.
        """
        if write == "none":
            return tuple(listed) if self.state is not None and self.state.ca_enabled else ()
        return () if self.bound_generation is None else (self.bound_generation,)

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
    def shared_alb(self) -> str | None:
        """What is wrong with an ALB that other AlbConfigs mean too; None when none does."""
        return None if self.albconfig is None else shared(self.key.alb_config, named_by(self.albconfig), self.sharing)

    @property
    def unknown(self) -> tuple[str, ...]:
        """What is not known, one sentence each."""
        return (*(f"{self.key.label}: {failure}" for failure in self.failures), *self.not_looked_at)

    def will_change(self, *, enabled: bool, headers: IdentityHeaders | None = None, write: Write = "patch") -> bool:
        """Say whether an `up` will change the listener for sure; another root CA is not known before.

        Args:
            enabled: whether it is to request client certificates.
            headers: identity headers that are to be switched on.
            write: with `none`, a commit changes it, and there need be no claim.

        Raises:
            MalformedClaim, NewerClaim: the claim cannot be read.
        """
        if self.state is None:
            return False
        claim = self.claim()
        goal = {} if headers is None else headers.fields
        if write == "none":
            fields = bool(self.state.ca_enabled) != enabled or (enabled and not self.state.identifiers)
            return fields or not same_keys(goal, self._header_fields, headers_in(goal))
        if claim is None or not same_keys(goal, self._header_fields, headers_in({**claim.written, **goal})):
            return True
        return bool(self.state.ca_enabled) != enabled or not self.state.identifiers

    def claim(self) -> Claim | None:
        """Return the claim on the listener.

        Raises:
            MalformedClaim, NewerClaim: it cannot be read.
        """
        return None if self.albconfig is None else read_claim(self.albconfig, self.key)
