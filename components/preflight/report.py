"""What preview and `up` say of a stack: listeners before and after, bypasses, and clients that end early."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pulumi

from alb_mtls.cluster.acceptance import sort_out, superfluous
from alb_mtls.cluster.findings import Finding, FindingCode, ca_expiring
from alb_mtls.configuration.model import Settings
from alb_mtls.pki.duration import length_of
from alb_mtls.preflight.stopping import Stopped
from components.preflight.rollover_report import rollover_report
from components.printing import info, stop, warn

if TYPE_CHECKING:
    from alb_mtls.cluster.listener import ListenerState
    from alb_mtls.listeners.snapshot import ListenerSnapshot

# A client that ends with its root only because both were made in the same moment is not worth a line. Of lives of
# minutes, half of one is.
_WORTH_SAYING = timedelta(days=1)
# `python -m ops status` finds these where a preview does not, or not always.
_NOT_LOOKED_FOR = frozenset({FindingCode.CA_EXPIRING, FindingCode.UNEXPECTED_CA, FindingCode.EDITION_REVERT})


def report(settings: Settings, snapshots: "Sequence[ListenerSnapshot]") -> None:
    """Say what concerns people, in preview and up.

    Raises:
        pulumi.RunError: `onBypass: fail` and something was found.
    """
    for warning in settings.warnings:
        warn(warning)
    if settings.root_ca.source == "generated" and settings.preview:
        info(
            "The root CA's key is kept, encrypted, in the stack's state: whoever may decrypt the stack's secrets, in a "
            "preview too, can sign clients. For production use rootCa.source imported with a keyFile or CSRs."
        )
    for one in snapshots:
        if one.state is not None and settings.preview:
            info(*_listener_lines(settings, one, one.state))
            if taken := _taken_over(settings, one, one.state):
                warn(taken)
    rollover = rollover_report(settings, [b for one in snapshots if (b := one.bound_generation) is not None])
    if rollover:
        info(*rollover)
    _report_findings(settings, snapshots)


def _report_findings(settings: Settings, snapshots: "Sequence[ListenerSnapshot]") -> None:
    from alb_mtls.preflight.bypasses import findings_of, refuse_bypasses

    now = datetime.now(UTC)
    findings = findings_of(settings, snapshots, now)
    counting, accepted = sort_out(findings, settings.accepted, now)
    for finding in counting:
        warn(finding.text)
    if settings.preview:
        for passed in accepted:
            info(passed.text)
        for sentence in superfluous(findings, settings.accepted, now, codes=_looked_for(settings, snapshots)):
            warn(sentence)
    try:
        refuse_bypasses(settings, counting)
    except Stopped as stopped:
        raise stop(*stopped.lines) from None


def _looked_for(settings: Settings, snapshots: "Sequence[ListenerSnapshot]") -> tuple[str, ...]:
    """Return the codes of findings that this run would have found; none where something is not known."""
    if not settings.enabled or any(one.unknown or one.hosts is None for one in snapshots):
        return ()
    return tuple(code for code in FindingCode if code not in _NOT_LOOKED_FOR)


def report_early_ends(settings: Settings, root_not_after: pulumi.Output[str] | None) -> None:
    """Say in one line of a preview which clients end earlier than configured, because the root CA ends before them.

    Args:
        settings: of the stack.
        root_not_after: end of the root CA, ISO 8601; None for a purchased one.
    """
    if root_not_after is None or not settings.preview:
        return
    from alb_mtls.preflight.bypasses import imported_end

    lives = {one.name: length_of(one.validity) for one in settings.clients if one.certificate_pem is None}
    lives |= {f"fleet {one.name}": length_of(one.clients[0].validity) for one in settings.fleets if one.clients}
    now = datetime.now(UTC)
    newest = settings.generations.newest
    planned = imported_end(newest) or now + length_of(newest.validity)

    def say(not_after: object) -> None:
        end = datetime.fromisoformat(not_after) if isinstance(not_after, str) else planned
        if settings.enabled and settings.root_ca.certificate_pem is None:
            generated = ca_expiring("of this stack", end, now=now)
            if generated is not None:
                warn(generated.text)
        early = [name for name, life in lives.items() if now + life - end >= min(_WORTH_SAYING, life / 2)]
        if early:
            info(f"Ending with the root CA on {end:%Y-%m-%d}, earlier than configured: {', '.join(early)}")

    # Not known in the first preview of a root.
    root_not_after.apply(say, run_with_unknowns=True)


def _listener_lines(settings: Settings, snapshot: "ListenerSnapshot", state: "ListenerState") -> list[str]:
    bound = ", ".join(state.identifiers) or "none"
    lines = [
        f"Listener {snapshot.key.text} of AlbConfig {snapshot.key.alb_config}",
        f"  now: {_mode(enabled=state.ca_enabled)} (caEnabled {_yaml(state.ca_enabled)}, CA {bound})",
        f"  then: {_mode(enabled=settings.enabled)} (caEnabled {_yaml(settings.enabled)}, CA of this stack)",
        f"  edition of the ALB: {snapshot.edition or 'not known'}",
        f"  hosts on it: {_hosts(snapshot)}",
    ]
    lines += _header_lines(settings, snapshot)
    if settings.proof.mode == "required":
        lines.append(f"  host of the proof: {_host_of_proof(settings, snapshot)}")
    if settings.enabled and snapshot.hosts:
        lines.append("  clients of these hosts without a certificate of this stack's root CA will be rejected")
    if not settings.enabled and snapshot.bypasses:
        lines.append("  bypasses, once it requests client certificates:")
        lines += [f"    {_line(finding)}" for finding in snapshot.bypasses]
    if snapshot.field_managers:
        lines.append(
            f"  others that write this AlbConfig and may undo the change: {', '.join(snapshot.field_managers)}"
        )
    return lines


def _header_lines(settings: Settings, snapshot: "ListenerSnapshot") -> list[str]:
    """Return the names of the identity headers before and after; nothing where there are none."""
    configured = settings.identity_headers_of(snapshot.key)
    now, then = snapshot.headers_on, {} if configured is None else configured.names
    if not now and not then:
        return []
    claimed = snapshot.headers_claimed
    kept = {name: header for name, header in now.items() if name not in claimed}
    lines = [f"  identity headers now: {_headers(now)}", f"  identity headers then: {_headers({**kept, **then})}"]
    given_back = [now[name] for name in claimed if name in now and name not in then]
    return (
        [*lines, f"  no longer configured, so it goes back to what it was: {', '.join(given_back)}"]
        if given_back
        else lines
    )


def _headers(names: "Mapping[str, str]") -> str:
    return ", ".join(names.values()) or "none"


def _taken_over(settings: Settings, snapshot: "ListenerSnapshot", state: "ListenerState") -> str | None:
    from alb_mtls.listeners.desired import is_named

    name, claim = next(one.take_over for one in settings.listeners if one.key == snapshot.key), snapshot.claim()
    if name is None:
        return None
    if claim is not None and claim.deployment == name:
        whose = f"stack {claim.owner} (deployment {name})"
    elif any(is_named(one, name) for one in state.identifiers):
        whose = f"whoever bound CA {name} to it"
    else:
        return None
    rejected = ""
    if settings.enabled and state.identifiers:
        rejected = (
            f". Clients with certificates of CA {', '.join(state.identifiers)} are rejected from then on, unless the "
            "root CA of this stack is the same certificate"
        )
    return f"{snapshot.key.label}: takeOver takes it from {whose}{rejected}"


def _mode(*, enabled: bool | None) -> str:
    return "requests client certificates" if enabled else "requests no client certificate"


def _line(finding: Finding) -> str:
    return f"{finding.subject}: {finding.evidence} ({finding.code})"


def _yaml(value: bool | None) -> str:  # noqa: FBT001 - the value of a field, not an option
    return "absent" if value is None else str(value).lower()


def _hosts(snapshot: "ListenerSnapshot") -> str:
    if snapshot.hosts is None:
        return "not known"
    return ", ".join(f"{one.host} (Ingress {one.ingress_text})" for one in snapshot.hosts) or "none"


def _host_of_proof(settings: Settings, snapshot: "ListenerSnapshot") -> str:
    if settings.proof.host is not None:
        ingresses = [one.ingress_text for one in snapshot.hosts or () if one.host == settings.proof.host]
        on_it = f"Ingress {', '.join(ingresses)}" if ingresses else "no Ingress on this listener names it"
        return f"{settings.proof.host} (proof.host; {'not known' if snapshot.hosts is None else on_it})"
    found = snapshot.probed_host
    if found is None:
        return "not known" if snapshot.hosts is None else "none; set proof.host"
    return f"{found.host} (Ingress {found.ingress_text}); set proof.host to request another"
