"""`status`: who gets in, who is locked out, what leads around, what is no longer as it was left, what ends when."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509

from alb_mtls.cluster.findings import Finding
from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.renewal import RenewBefore
from alb_mtls.pki.signatures import is_issued_by
from ops.access import Access
from ops.drift import drift_findings
from ops.expiry import Expiry, expiries, expiry_findings, expiry_of
from ops.findings import distinct, finding_to_json
from ops.snapshots import Observed, Observer
from ops.state import ClientRecord, ListenerRecord, StackState


@dataclass(frozen=True, kw_only=True)
class ClientStanding:
    """Whether a client of the stack gets in at one listener, as far as its certificate decides.

    Attributes:
        admitted: None when it is not known.
        because: why not, or why it is not known; None when it gets in.
    """

    name: str
    listener: ListenerRecord
    admitted: bool | None
    because: str | None


@dataclass(frozen=True, kw_only=True)
class Status:
    """A stack as it stands.

    Attributes:
        now: when it was looked at.
        findings: each worth an exit code of 1.
        unknown: one sentence for each thing that could not be told.
    """

    project: str
    stack: str
    now: datetime
    observed: tuple[Observed, ...]
    clients: tuple[ClientStanding, ...]
    expiries: tuple[Expiry, ...]
    findings: tuple[Finding, ...]
    unknown: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts."""
        return {
            "project": self.project,
            "stack": self.stack,
            "at": self.now.isoformat(),
            "listeners": {o.record.output_key: _listener_to_json(o) for o in self.observed},
            "clients": [
                {
                    "name": c.name,
                    "listener": c.listener.output_key,
                    "admitted": c.admitted,
                    "why": c.because,
                }
                for c in self.clients
            ],
            "certificates": [one.to_json(self.now) for one in self.expiries],
            "findings": [finding_to_json(one) for one in self.findings],
            "unknown": list(self.unknown),
        }


def status_of(state: StackState, access: Access, *, within: RenewBefore, now: datetime) -> Status:
    """Look at a stack.

    Args:
        state: what the last `up` left.
        access: to cluster and cloud.
        within: how soon the end of a certificate is a finding.
        now: aware, in UTC.

    Raises:
        OpsError: a certificate in the state cannot be read.
    """
    observer = Observer(state, access)
    observed = tuple(observer.observe(record) for record in state.listeners)
    ends = [*expiries(state), *_purchased(state, observed)]
    findings = [finding for one in observed for finding in drift_findings(one, uploaded_pem=uploaded_pem(state, one))]
    findings += [way for one in observed for way in one.ways]
    findings += expiry_findings(ends, within, now)
    unknown = [sentence for one in observed for sentence in one.unknown]
    unknown += [
        f"{one.record.label}: no up has come to its end yet; run `pulumi up`"
        for one in observed
        if one.record.enabled is None
    ]
    clients = tuple(
        standing_of(client, one, trusted_ca(state, one), now) for one in observed for client in state.clients
    )
    unknown += [f"{one.listener.label}: {one.because}" for one in clients if one.admitted is None]
    unknown += [f"resource {name}: its last operation was interrupted; run `pulumi up`" for name in state.pending]
    return Status(
        project=state.project,
        stack=state.stack,
        now=now,
        observed=observed,
        clients=clients,
        expiries=tuple(ends),
        findings=distinct(findings),
        unknown=tuple(dict.fromkeys(unknown)),
    )


def trusted_ca(state: StackState, observed: Observed) -> x509.Certificate | None:
    """Return the CA that the listener should check clients with: of the state, or of CAS for a purchased one."""
    pem = uploaded_pem(state, observed) or (observed.ca.pem if observed.ca is not None else None)
    try:
        return None if pem is None else load_chain(pem)[0]
    except PkiError:
        return None


def asks(observed: Observed) -> bool:
    """Say whether the listener asks for certificates: as the ALB tells it, or else as the last `up` left it."""
    return bool(observed.record.enabled) if observed.live is None else observed.live.ca_enabled


def standing_of(
    client: ClientRecord, observed: Observed, trusted: x509.Certificate | None, now: datetime
) -> ClientStanding:
    """Say whether a client gets in: nobody asks, or what it sends leads to the CA that is asked for and is valid `now`.

    Args:
        client: of the stack.
        observed: the listener.
        trusted: the CA that it should check clients with; None when nobody knows it.
        now: aware, in UTC.
    """
    live, identifier = observed.live, observed.record.identifier
    if not asks(observed):
        admitted, because = True, None
    elif live is not None and not (identifier and live.has_ca(identifier)):
        admitted, because = False, "the listener checks clients with another CA"
    elif trusted is None:
        admitted, because = None, "the CA of the listener could not be read, so nobody knows whom it lets in"
    else:
        because = _refusal(load_chain(client.chain_pem), trusted, now)
        admitted = because is None
    return ClientStanding(name=client.name, listener=observed.record, admitted=admitted, because=because)


def _refusal(chain: list[x509.Certificate], trusted: x509.Certificate, now: datetime) -> str | None:
    leaf = chain[0]
    if now > leaf.not_valid_after_utc:
        return f"its certificate ended on {leaf.not_valid_after_utc:%Y-%m-%d}"
    if now < leaf.not_valid_before_utc:
        return f"its certificate begins on {leaf.not_valid_before_utc:%Y-%m-%d}"
    if now > trusted.not_valid_after_utc:
        return f"the root CA ended on {trusted.not_valid_after_utc:%Y-%m-%d}"
    if not any(is_issued_by(certificate, trusted) for certificate in chain):
        return "its certificate is of another CA than the listener's"
    return None


def uploaded_pem(state: StackState, observed: Observed) -> str | None:
    """Return the certificate that this stack put into CAS for a listener; None for a purchased CA."""
    identifier = observed.record.identifier
    return next((ca.certificate_pem for ca in state.uploaded_cas if ca.identifier == identifier), None)


def _purchased(state: StackState, observed: tuple[Observed, ...]) -> list[Expiry]:
    """Return the ends of CAs that only CAS knows."""
    found = {}
    for one in observed:
        authority = None if uploaded_pem(state, one) else trusted_ca(state, one)
        if authority is not None:
            found[str(one.record.identifier)] = expiry_of("root CA", f"{one.record.identifier} in CAS", authority)
    return list(found.values())


def _listener_to_json(observed: Observed) -> dict[str, Any]:
    record, live = observed.record, observed.live
    hosts = None if observed.albconfig is None else sorted({host.host for host in observed.hosts})
    return {
        "enabled": record.enabled,
        "caIdentifier": record.identifier,
        "asksForCertificates": None if live is None else live.ca_enabled,
        "edition": None if observed.load_balancer is None else observed.load_balancer.edition,
        "address": None if observed.load_balancer is None else observed.load_balancer.dns_name,
        "hosts": hosts,
        "lockedOut": hosts if asks(observed) else [],
        "writers": list(observed.writers),
        "proven": record.proven,
        "provenAt": record.proven_at,
    }


def utc_now() -> datetime:
    """Return the present, aware, in UTC."""
    return datetime.now(UTC)
