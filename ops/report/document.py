"""The report as one document: `--json` prints it, and the page shows nothing that is not in it. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from alb_mtls.cluster.acceptance import Accepted
from alb_mtls.cluster.findings import BYPASSES, Finding
from alb_mtls.cluster.severity import severity
from alb_mtls.listing import listing
from alb_mtls.natural_order import natural
from alb_mtls.redaction import cleaned
from alb_mtls.version import VERSION
from ops.blocks import Level
from ops.current_listeners import CurrentListener
from ops.doctor.diagnosis import Health, Line
from ops.findings import head_of, level_of
from ops.git_owned import awaited
from ops.listener_standing import ListenerStanding, StandingState
from ops.moments import ago, clock
from ops.proof_standing import proof_lines, written_since
from ops.report.certificates import MOST_LIVES, Life, inventory_of_report, lives_of
from ops.report.looking import Looked
from ops.report.proofs import proof_of, proofs_to_json
from ops.report.verdicts import Verdict, bypasses_among, verdicts_of, whole_of
from ops.status import Status

LIMITS: Final = (
    "This page shows one moment. What is true a minute later, only a new page shows.",
    "It bears no signature: whoever has the file can change it. Make it yourself, or get it from whoever made it.",
    "A proof was made from one machine; machines of the load balancer that its connections never met are not in it.",
    "A connection from before a listener was switched on may be served without a certificate until it ends.",
    "There is no revocation: an ALB checks no CRL and no OCSP responder. A certificate is accepted until it ends.",
    "Bypasses are found in the cluster and on the ALB of the stack, as far as they can be read there.",
    "Other clusters that share the ALB, and whatever lies before it, are not looked at.",
    "That a client is accepted says nothing of what it may do: that is for the backend to decide.",
)
_LISTS: Final = (
    *("listeners", "proofs", "certificates", "signers"),
    *("findings", "accepted", "superfluous", "notes", "owners"),
)
_MODES: Final = {"patch": "this stack writes (patch)", "none": "Git writes (none)"}
_HEALTHS: Final = {
    Health.FINE: "yes",
    Health.PROBLEM: "no",
    Health.NOTE: "no",
}


def document_of(looked: Sequence[Looked], now: datetime) -> dict[str, Any]:
    """Return everything that a report shows, cleaned of secrets and of what is no text.

    Args:
        looked: what was found of each stack.
        now: when the report was begun; aware, in UTC.
    """
    stacks = [_stack(one) for one in looked]
    verdicts = [verdict for one in looked for verdict in verdicts_of(one)]
    counting = [finding["code"] for stack in stacks for finding in stack["findings"]]
    accepted = [finding for stack in stacks for finding in stack["accepted"]]
    bypasses = bypasses_among(counting)
    whole = whole_of(
        verdicts,
        failures=sum(one.failure is not None for one in looked),
        bypasses=bypasses,
        accepted_until=[one["until"] for one in accepted if one["code"] in BYPASSES],
        others=len(counting) - bypasses,
        unknowns=sum(len(stack["notKnown"]) for stack in stacks if stack["failure"] is None),
    )
    document: dict[str, Any] = cleaned(
        {
            "version": 1,
            "program": f"alb-mtls {VERSION}",
            "at": now.isoformat(timespec="seconds"),
            "lookedAt": clock(now),
            "whole": {"level": str(whole.level), "title": whole.title, "sentence": whole.sentence},
            "notKnown": [sentence for stack in stacks for sentence in stack["notKnown"]],
            "stacks": stacks,
            "limits": list(LIMITS),
        }
    )
    return document


def _stack(looked: Looked) -> dict[str, Any]:
    common = {"name": looked.name, "failure": looked.failure, "versions": _versions(looked)}
    status = looked.status
    if status is None:
        nothing: dict[str, Any] = {key: [] for key in (*_LISTS, "permissions")}
        return {**common, **nothing, "notKnown": [f"{looked.name}: {looked.failure}"]}
    unknown = status.unknown if looked.verification is None else (*status.unknown, *looked.verification.unknown)
    findings, accepted = status.findings, status.accepted
    if looked.verification is not None:
        findings = tuple(dict.fromkeys((*looked.verification.findings, *_unproven(findings, looked))))
        known = {(one.finding.code, one.finding.subject) for one in looked.verification.accepted}
        others = (one for one in accepted if (one.finding.code, one.finding.subject) not in known)
        accepted = (*looked.verification.accepted, *others)
    lives = lives_of(status, looked.entries)
    return {
        **common,
        "notKnown": [f"{looked.name}: {one}" for one in dict.fromkeys(unknown)],
        "listeners": _listeners(looked, status),
        "proofs": _proofs(looked, status),
        "certificates": [one.to_json(status.now) for one in lives],
        "certificatesShown": min(len(lives), MOST_LIVES),
        "certificatesRest": _rest(lives),
        "rollover": _rollover(status),
        "signers": list(looked.signers),
        "inventory": inventory_of_report(looked.entries, status.now),
        "findings": [_finding(one) for one in _worst_first(findings)],
        "accepted": [_accepted(one) for one in accepted],
        "superfluous": list(status.superfluous),
        "notes": [_finding(one, Level.NOTE) for one in status.notes],
        "owners": _owners(status),
        "permissions": [_permission(one) for one in looked.permissions],
        "configuration": None
        if looked.digest is None
        else {"file": looked.digest.file, "sha256": looked.digest.sha256 or "there is no such file"},
    }


def _unproven(findings: Iterable[Finding], looked: Looked) -> Iterable[Finding]:
    """Yield findings of `status` that a proof has not found too, with what it met as further evidence."""
    found = {(one.code, one.subject) for one in (looked.verification.findings if looked.verification else ())}
    return (one for one in findings if (one.code, one.subject) not in found)


def _listeners(looked: Looked, status: Status) -> list[dict[str, Any]]:
    rows = zip(status.listeners, status.standings, verdicts_of(looked), strict=True)
    found = []
    for one, standing, verdict in sorted(rows, key=lambda row: (list(Level).index(row[2].level), row[0].key.place)):
        hosts = one.snapshot.hosts
        named = None if hosts is None else sorted({host.host for host in hosts}, key=natural)
        found.append(
            {
                "listener": one.key.output_key,
                "name": one.key.short_label,
                "verdict": str(verdict.word),
                "level": str(verdict.level),
                "sentence": verdict.sentence,
                "proof": _when(standing, verdict, status.now),
                "provenOn": "" if verdict.proven_at is None else clock(verdict.proven_at),
                "provenAt": None if verdict.proven_at is None else verdict.proven_at.isoformat(timespec="seconds"),
                "details": _details(one, standing, verdict),
                "hosts": named,
                "hostsText": "not known" if named is None else listing(named) or "none",
                "enabled": one.deployed.enabled,
                "awaiting": awaited(one),
                "write": one.deployed.write,
                "caIdentifier": one.deployed.ca_identifier,
                "address": one.snapshot.address,
                "edition": one.snapshot.edition,
            }
        )
    return found


def _details(one: CurrentListener, standing: ListenerStanding, verdict: Verdict) -> list[str]:
    """Return what is to be known of a listener; nothing of an earlier proof beside one of now."""
    since = [] if standing.since is None else [f"since {clock(standing.since)}, or before"]
    if verdict.proven_at is None:
        return [*since, *standing.details]
    others = [each for each in standing.details if each not in proof_lines(one)]
    # How far a proof reaches stands with it.
    return [*since, *others, *(() if verdict.now else written_since(one, verdict.proven_at))]


def _when(standing: ListenerStanding, verdict: Verdict, now: datetime) -> str:
    if verdict.proven_at is None:
        return "no proof"
    # Beside a listener that accepts everybody, "proven" alone would be read as proven to reject.
    what = "shown to be open" if standing.state is StandingState.OPEN else "proven"
    return f"{what} for this report" if verdict.now else f"{what} {ago(verdict.proven_at, now)}"


def _proofs(looked: Looked, status: Status) -> list[dict[str, Any]]:
    verified = () if looked.verification is None else looked.verification.listeners
    proved = {one.listener.key: one for one in verified}
    rows = zip(status.listeners, status.standings, verdicts_of(looked), strict=True)
    return proofs_to_json(
        proof_of(one, standing, verdict, proved.get(one.key), status.now) for one, standing, verdict in rows
    )


def _rollover(status: Status) -> list[str]:
    """Return where a rollover of the root CA stands, and which steps come before its end."""
    standing = [] if status.rollover is None else [status.rollover.line]
    return [*standing, *(line.strip() for plan in status.plans for line in plan.lines(status.now))]


def _rest(lives: Sequence[Life]) -> str:
    rest = lives[MOST_LIVES:]
    return f"{len(rest):,} more: --json has each of them." if rest else ""


def _worst_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: (severity(one.code), natural(one.subject)))


def _finding(one: Finding, level: Level | None = None) -> dict[str, str]:
    head = head_of(one.code, [one.evidence])
    return {**one.to_json(), "level": str(level or level_of(one.code)), "head": head or str(one.code)}


def _accepted(one: Accepted) -> dict[str, str]:
    return {**one.to_json(), "level": str(Level.ACCEPTED), "head": head_of(one.finding.code, [one.finding.evidence])}


def _owners(status: Status) -> list[dict[str, Any]]:
    of_albconfig: dict[str, list[CurrentListener]] = {}
    for one in status.listeners:
        of_albconfig.setdefault(one.key.alb_config, []).append(one)
    found = []
    for name, some in of_albconfig.items():
        snapshot = some[0].snapshot
        keepers = "; ".join(owner.evident_text for owner in snapshot.owners)
        by_mode: dict[str, list[str]] = {}
        for one in some:
            by_mode.setdefault(one.deployed.write, []).append(one.key.text)
        modes = [f"{_MODES[mode]}: {listing(keys)}" for mode, keys in by_mode.items()]
        found.append(
            {
                "albConfig": name,
                "owner": "not known" if snapshot.albconfig is None else keepers or "nobody else keeps it",
                "write": "; ".join(modes),
                "writers": listing(list(snapshot.field_managers)) or "none",
            }
        )
    return found


def _permission(line: Line) -> dict[str, str]:
    what = line.found.removeprefix("may not ").removeprefix("may ")
    if line.found.startswith("may "):
        return {"what": what, "allowed": _HEALTHS[line.health]}
    # For which ClusterRoles all of them are enough; a cluster that does not answer allows and denies nothing.
    return {"what": what, "allowed": {Health.FINE: "yes", Health.NOTE: "in part"}.get(line.health, "not known")}


def _versions(looked: Looked) -> list[dict[str, str]]:
    named = [{"what": name, "version": version} for name, version in looked.versions]
    return [*named, *({"what": "ALB Ingress Controller", "version": line.found} for line in looked.controller)]
