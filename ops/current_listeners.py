"""The listeners of a stack, each as the last `up` left it beside what is found of it now."""

from dataclasses import dataclass

from cryptography import x509

from alb_mtls.cluster.findings import Finding
from alb_mtls.cluster.identity_headers import switched_on
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listeners.snapshot import ListenerQuery, ListenerSnapshot
from alb_mtls.listeners.snapshot_taker import SnapshotTaker
from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.session import Session
from ops.state import StackState
from ops.state_records import DeployedListener


@dataclass(frozen=True, kw_only=True)
class CurrentListener:
    """A listener as the last `up` left it, beside what is found of it now."""

    deployed: DeployedListener
    snapshot: ListenerSnapshot

    @property
    def key(self) -> ListenerKey:
        """Which listener it is."""
        return self.deployed.key

    @property
    def requests_certificates(self) -> bool:
        """Whether it requests client certificates: as the ALB API shows it, or else as the last `up` left it."""
        on_alb = self.snapshot.on_alb
        return bool(self.deployed.enabled) if on_alb is None else on_alb.ca_enabled

    @property
    def trusted_ca(self) -> x509.Certificate | None:
        """The CA that it should check clients with: of the state, or as CAS has a purchased one; None if unknown."""
        return next(iter(self.ca_chain), None)

    @property
    def ca_chain(self) -> list[x509.Certificate]:
        """That CA and those above it, up to its root; nothing if unknown, and of a purchased one the CA alone."""
        ca, ours = self.snapshot.ca, self.deployed.ca_certificate_pem
        try:
            if ours is not None:
                return load_chain(ours)
            return [] if ca is None else load_chain(ca.pem)[:1]
        except PkiError:
            return []

    @property
    def bypasses(self) -> tuple[Finding, ...]:
        """How clients without a certificate reach what is behind it."""
        return self.snapshot.bypasses

    @property
    def unknown(self) -> tuple[str, ...]:
        """What is not known, one sentence each."""
        if self.deployed.enabled is not None:
            return self.snapshot.unknown
        return (*self.snapshot.unknown, f"{self.key.label}: no up has finished yet; run `pulumi up`")


def current_listeners(state: StackState, session: Session) -> tuple[CurrentListener, ...]:
    """Return the listeners of a stack; what is not known stands in their `unknown`."""
    taker = SnapshotTaker(session)
    enabled = [one.key for one in state.listeners if one.enabled]
    headers = {one.key: tuple(switched_on(one.headers).values()) for one in state.listeners}
    return tuple(
        CurrentListener(deployed=one, snapshot=taker.take(_query(one, enabled=enabled, headers=headers)))
        for one in state.listeners
    )


def _query(
    deployed: DeployedListener, *, enabled: list[ListenerKey], headers: dict[ListenerKey, tuple[str, ...]]
) -> ListenerQuery:
    claim = deployed.claim
    return ListenerQuery(
        key=deployed.key,
        alb=claim.alb,
        kubeconfig=claim.kubeconfig,
        kube_system_uid=claim.kube_system_uid,
        ca_identifier=deployed.ca_identifier,
        cas_endpoint=claim.cas_endpoint,
        protected=enabled,
        headers=headers,
        # A listener that accepts every client on purpose needs no bypass.
        bypasses=bool(deployed.enabled),
    )
