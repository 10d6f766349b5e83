"""`status`: who is accepted, who is rejected, which bypasses there are, what drifted, what ends when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from alb_mtls.cluster.acceptance import JUDGED_TWICE, Accepted, AcceptedFinding, sort_out, superfluous
from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.renewal import RenewBefore
from alb_mtls.pki.rollover_plan import RolloverPlan
from alb_mtls.session import Session
from ops.acceptance import rejection_of
from ops.current_listeners import CurrentListener, current_listeners
from ops.drift import drift_findings
from ops.expiry import Expiry, expiries, expiry_findings, expiry_of
from ops.findings import OpsFindingCode, distinct
from ops.former_clients import forgotten_findings, superseded_notes
from ops.git_owned import of_git
from ops.listener_standing import ListenerStanding, is_edited, listener_standing
from ops.rollover import Rollover, rollover_of
from ops.rollover_plans import late_steps, plan_to_json, plans_of
from ops.state import StackState
from ops.state_records import ClientRecord

_UNNAMED_CA = "the ALB API does not name the CA of the listener; `python -m ops verify` shows it by handshakes"
_ANOTHER_CA = "the listener checks clients with another CA"
_OTHER_CA_OF_STACK = (
    "the listener checks clients with a CA of this stack that no finished up has set; `pulumi up` sets and proves it"
)
_EDITED = "the AlbConfig is not as the last up left it, and whether the ALB follows it is not known"


@dataclass(frozen=True, kw_only=True)
class ClientStanding:
    """Whether one listener accepts a client of the stack, as far as its certificate decides.

    Attributes:
        accepted: None when it is not known.
        because: why not, or why it is not known; None when it is accepted.
    """

    name: str
    listener: ListenerKey
    accepted: bool | None
    because: str | None


@dataclass(frozen=True, kw_only=True)
class Status:
    """A stack as it stands.

    Attributes:
        now: when it was looked at.
        standings: what each listener does now, in the same order.
        rollover: where one stands; None outside of one.
        plans: of root CAs that listeners trust and that end before long.
        findings: each worth an exit code of 1.
        accepted: findings that somebody has accepted, which are worth none.
        superfluous: one sentence for each entry of `accept` that can be removed.
        notes: what is worth knowing and none.
        unknown: one sentence for each thing that is not known.
    """

    project: str
    stack: str
    now: datetime
    listeners: tuple[CurrentListener, ...]
    standings: tuple[ListenerStanding, ...]
    clients: tuple[ClientStanding, ...]
    expiries: tuple[Expiry, ...]
    rollover: Rollover | None
    plans: tuple[RolloverPlan, ...]
    findings: tuple[Finding, ...]
    accepted: tuple[Accepted, ...]
    superfluous: tuple[str, ...]
    notes: tuple[Finding, ...]
    unknown: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts."""
        return {
            "project": self.project,
            "stack": self.stack,
            "at": self.now.isoformat(),
            "listeners": {
                one.key.output_key: {**_listener_to_json(one), **standing.to_json()}
                for one, standing in zip(self.listeners, self.standings, strict=True)
            },
            "clients": [
                {"name": one.name, "listener": one.listener.output_key, "accepted": one.accepted, "why": one.because}
                for one in self.clients
            ],
            "certificates": [one.to_json(self.now) for one in self.expiries],
            "rollover": [plan_to_json(one) for one in self.plans],
            "generations": None if self.rollover is None else self.rollover.to_json(),
            "findings": [one.to_json() for one in self.findings],
            "accepted": [one.to_json() for one in self.accepted],
            "superfluous": list(self.superfluous),
            "notes": [one.to_json() for one in self.notes],
            "unknown": list(self.unknown),
        }


def status_of(
    state: StackState,
    session: Session,
    *,
    within: RenewBefore | None,
    now: datetime,
    accepted: Sequence[AcceptedFinding] = (),
    enabled: bool | None = None,
) -> Status:
    """Look at a stack.

    Args:
        state: what the last `up` left.
        session: reaches cluster and cloud.
        within: how soon the end of a certificate is a finding; None as `expiry_findings` has it.
        now: aware, in UTC.
        accepted: entries of the configuration, those that have ended among them.
        enabled: as the configuration has it; None when that is not known.

    Raises:
        OpsError: a certificate in the state cannot be read.
    """
    listeners = current_listeners(state, session)
    ends = [*expiries(state), *_purchased(listeners)]
    findings = [finding for one in listeners for finding in (*drift_findings(one), *one.bypasses)]
    findings += expiry_findings(ends, within, now)
    plans = tuple(plans_of(state, now))
    if within is None:
        findings += late_steps(plans, now)
    findings += forgotten_findings(state.former, listeners, now)
    clients = tuple(standing_of(client, one, now) for one in listeners for client in state.clients)
    unknown = [sentence for one in listeners for sentence in one.unknown]
    on_alb = [(one.key, one.snapshot.on_alb) for one in listeners]
    unknown += [f"{key.label}: {_UNNAMED_CA}" for key, shown in on_alb if shown is not None and shown.hides_ca]
    unknown += [f"{one.listener.label}: {one.because}" for one in clients if one.accepted is None]
    unknown += [f"resource {name}: its last operation was interrupted; run `pulumi up`" for name in state.pending]
    all_findings = distinct(findings)
    counting, passed = sort_out(all_findings, accepted, now)
    # Nothing bypasses what requests no certificate, and then an entry is needed again with the next `enabled: true`.
    everywhere = not unknown and all(one.deployed.enabled for one in listeners)
    codes = {*FindingCode, *OpsFindingCode} - JUDGED_TWICE if everywhere else set()
    if within is not None:
        codes -= {FindingCode.CA_EXPIRING, OpsFindingCode.CLIENT_EXPIRING}
    return Status(
        project=state.project,
        stack=state.stack,
        now=now,
        listeners=listeners,
        standings=tuple(listener_standing(one, configured=enabled) for one in listeners),
        clients=clients,
        expiries=tuple(ends),
        rollover=rollover_of(state, now),
        plans=plans,
        findings=counting,
        accepted=passed,
        superfluous=superfluous(all_findings, accepted, now, codes=codes),
        notes=distinct(superseded_notes(state.former, listeners, now)),
        unknown=tuple(dict.fromkeys(unknown)),
    )


def standing_of(client: ClientRecord, listener: CurrentListener, now: datetime) -> ClientStanding:
    """Say whether a listener accepts a client: it requests no certificate, or what the client sends is valid `now`.

    Args:
        client: of the stack.
        listener: of the stack.
        now: aware, in UTC.
    """
    on_alb, identifier, trusted = listener.snapshot.on_alb, listener.deployed.ca_identifier, listener.trusted_ca
    if on_alb is None and listener.snapshot.load_balancer is None and is_edited(listener):
        accepted, because = None, _EDITED
    elif not listener.requests_certificates:
        accepted, because = True, None
    elif on_alb is not None and on_alb.hides_ca:
        accepted, because = None, _UNNAMED_CA
    elif on_alb is not None and not (identifier and on_alb.has_ca(identifier)):
        # A run that did not end may have bound it.
        is_known = any(on_alb.has_ca(known) for known in listener.deployed.known_ca_identifiers)
        accepted, because = (None, _OTHER_CA_OF_STACK) if is_known else (False, _ANOTHER_CA)
    elif trusted is None:
        accepted, because = None, "the CA of the listener could not be read, so it is not known whom it accepts"
    else:
        because = rejection_of(load_chain(client.chain_pem), trusted, now)
        accepted = because is None
    return ClientStanding(name=client.name, listener=listener.key, accepted=accepted, because=because)


def _purchased(listeners: tuple[CurrentListener, ...]) -> list[Expiry]:
    """Return the ends of CAs that only CAS knows."""
    found = {}
    for one in listeners:
        authority = None if one.deployed.ca_certificate_pem else one.trusted_ca
        if authority is not None:
            identifier = str(one.deployed.ca_identifier)
            expiry = expiry_of("root CA", f"{identifier} in CAS", authority)
            found[identifier] = replace(expiry, purchased=True)
    return list(found.values())


def _listener_to_json(listener: CurrentListener) -> dict[str, Any]:
    deployed, snapshot = listener.deployed, listener.snapshot
    hosts = None if snapshot.hosts is None else sorted({host.host for host in snapshot.hosts})
    return {
        "enabled": deployed.enabled,
        "caIdentifier": deployed.ca_identifier,
        "requestsCertificates": None if snapshot.on_alb is None else snapshot.on_alb.ca_enabled,
        "edition": snapshot.edition,
        "address": snapshot.address,
        "hosts": hosts,
        "lockedOut": hosts if listener.requests_certificates else [],
        "owners": [one.to_json() for one in snapshot.owners],
        "fieldManagers": list(snapshot.field_managers),
        "proven": deployed.proven,
        "provenAt": deployed.proven_at,
        "hold": snapshot.hold,
        **of_git(listener),
    }


def utc_now() -> datetime:
    """Return the present, aware, in UTC."""
    return datetime.now(UTC)
