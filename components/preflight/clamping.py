"""What the end of the root CA does to the certificates of clients, said in one line."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pulumi

from alb_mtls.cluster.findings import ca_expiring
from alb_mtls.configuration.model import RootCaSettings, Settings
from components.client_certificate import ClientCertificate
from components.root_ca import RootCa

# A client that ends with its root only because both were made in the same moment is not worth a line.
_WORTH_SAYING = timedelta(days=1)


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
                pulumi.log.warn(made_here.text)
        clamped = [name for name in names if now + timedelta(days=days[name]) - end >= _WORTH_SAYING]
        if clamped:
            pulumi.log.info(f"Ending with the root CA on {end:%Y-%m-%d}, earlier than configured: {', '.join(clamped)}")

    # Not known in the first preview of a root.
    root_ca.not_after.apply(say, run_with_unknowns=True)


def _planned_end(root_ca: RootCaSettings, now: datetime) -> datetime:
    """Return when a root CA will end that is not in the state yet: an imported one has an end already."""
    if root_ca.certificate_pem is not None:
        from alb_mtls.pki.encoding import load_certificate

        return load_certificate(root_ca.certificate_pem).not_valid_after_utc
    return now + timedelta(days=root_ca.validity_days)
