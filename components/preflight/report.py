"""What a preview says beside Pulumi's own diff: whom a change concerns and what leads around it."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pulumi

from alb_mtls.cluster.findings import Finding, ca_expiring
from alb_mtls.cluster.listener import ListenerState
from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.snapshot import Seen
from alb_mtls.pki.encoding import load_certificate


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
        pulumi.log.warn(finding.text)
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
