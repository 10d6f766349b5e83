"""What a preview says beside Pulumi's own diff: whom a change concerns and what leads around it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pulumi

from components.client_certificate import ClientCertificate
from components.cluster.findings import Finding, ca_expiring
from components.cluster.listener import ListenerState
from components.configuration.model import RootCaSettings, Settings
from components.pki.encoding import load_certificate
from components.root_ca import RootCa
from components.seen import Seen

# A client that ends with its root only because both were made in the same moment is not worth a line.
_WORTH_SAYING = timedelta(days=1)


def announce(settings: Settings, seen: Sequence[Seen]) -> None:
    """Say what concerns people, in preview and up.

    Raises:
        pulumi.RunError: `onBypass: fail` and there is a way around a listener.
    """
    for warning in settings.warnings:
        pulumi.log.warn(warning)
    if settings.root_ca.source == "generated" and pulumi.runtime.is_dry_run():
        pulumi.log.info(
            "The root CA's key is kept, encrypted, in the stack's state: whoever may decrypt the stack's secrets, in a "
            "preview too, can sign clients. For production use rootCa.source imported with a keyFile or CSRs."
        )
    for one in seen:
        if one.state is not None and pulumi.runtime.is_dry_run():
            pulumi.log.info(_listener_text(settings, one, one.state))
    # Nothing leads around a door that is open.
    findings = [*(each for one in seen for each in one.findings), *_ending(settings)] if settings.enabled else []
    for finding in findings:
        _warn(finding)
    if findings and settings.on_bypass == "fail":
        listed = "\n".join(f"  {finding.code}: {finding.subject}: {finding.evidence}" for finding in findings)
        message = f"onBypass is fail, and there are ways around the listeners; nothing was touched:\n{listed}"
        raise pulumi.RunError(message)


def _ending(settings: Settings) -> list[Finding]:
    """Return the finding about an imported root CA; the end of one that is made here is known to the state only."""
    pem = settings.root_ca.certificate_pem
    if pem is None:
        return []
    end, now = load_certificate(pem).not_valid_after_utc, datetime.now(UTC)
    finding = ca_expiring("of rootCa.certificateFile", end, now=now)
    return [] if finding is None else [finding]


def _warn(finding: Finding) -> None:
    pulumi.log.warn(f"{finding.code}: {finding.subject}: {finding.evidence}. {finding.remedy}")


def _listener_text(settings: Settings, seen: Seen, state: ListenerState) -> str:
    listener = seen.settings
    now = "asks for client certificates" if state.ca_enabled else "lets everybody in"
    then = "asks for client certificates" if settings.enabled else "lets everybody in"
    lines = [
        f"Listener {listener.port}/{listener.protocol} of AlbConfig {listener.alb_config}",
        f"  now: {now} (caEnabled {_yaml(state.ca_enabled)}, CA {', '.join(state.identifiers) or 'none'})",
        f"  then: {then} (caEnabled {_yaml(settings.enabled)}, CA of this stack)",
        f"  edition of the ALB: {seen.edition or 'not known'}",
        f"  hosts on it: {_hosts(seen)}",
    ]
    if settings.enabled and seen.hosts:
        lines.append("  clients of these hosts without a certificate of this stack's root CA are locked out")
    if not settings.enabled and seen.findings:
        lines.append("  ways around it, once it asks for certificates:")
        lines += [f"    {finding.code}: {finding.subject}: {finding.evidence}" for finding in seen.findings]
    if seen.writers:
        lines.append(f"  others that write this AlbConfig and may undo the change: {', '.join(seen.writers)}")
    return "\n".join(lines)


def _yaml(value: bool | None) -> str:  # noqa: FBT001 - the value of a field, not an option
    return "absent" if value is None else str(value).lower()


def _hosts(seen: Seen) -> str:
    return ", ".join(f"{h.host} (Ingress {h.namespace}/{h.ingress})" for h in seen.hosts) or "none"


def announce_clamped(settings: Settings, root_ca: RootCa, clients: Sequence[ClientCertificate]) -> None:
    """Say in one line which clients end earlier than configured, because the root CA ends before them."""
    if root_ca.not_after is None or not pulumi.runtime.is_dry_run():
        return
    days = {c.name: c.validity_days for c in settings.clients if c.certificate_pem is None}
    names = [client.name for client in clients if client.name in days]
    now = datetime.now(UTC)
    planned = _planned_end(settings.root_ca, now)

    def say(not_after: object) -> None:
        end = datetime.fromisoformat(not_after) if isinstance(not_after, str) else planned
        if settings.enabled and settings.root_ca.certificate_pem is None:
            made_here = ca_expiring("of this stack", end, now=now)
            if made_here is not None:
                _warn(made_here)
        clamped = [name for name in names if now + timedelta(days=days[name]) - end >= _WORTH_SAYING]
        if clamped:
            pulumi.log.info(f"Ending with the root CA on {end:%Y-%m-%d}, earlier than configured: {', '.join(clamped)}")

    # Not known in the first preview of a root.
    root_ca.not_after.apply(say, run_with_unknowns=True)


def _planned_end(root_ca: RootCaSettings, now: datetime) -> datetime:
    """Return when a root CA will end that is not in the state yet: an imported one has an end already."""
    if root_ca.certificate_pem is not None:
        return load_certificate(root_ca.certificate_pem).not_valid_after_utc
    return now + timedelta(days=root_ca.validity_days)
