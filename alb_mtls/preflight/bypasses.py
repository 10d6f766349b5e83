"""Ways around the listeners, and a root CA that ends: what `onBypass: fail` lets stop an `up`; who undoes it."""

from collections.abc import Sequence
from datetime import datetime

from alb_mtls.cluster.findings import Finding, FindingCode, ca_expiring
from alb_mtls.cluster.grouping import grouped
from alb_mtls.cluster.owner_habits import undoing
from alb_mtls.configuration.model import RootCaSettings, Settings
from alb_mtls.imports import import_turn
from alb_mtls.listeners.snapshot import ListenerSnapshot
from alb_mtls.preflight.stopping import stop_at


def findings_of(settings: Settings, snapshots: Sequence[ListenerSnapshot], now: datetime) -> list[Finding]:
    """Return what was found; nothing while no certificate is requested, for then there is nothing to bypass.

    Args:
        settings: of the stack.
        snapshots: of its listeners.
        now: aware.
    """
    if not settings.enabled:
        return []
    # The end of a generated root CA is known to the state only.
    end = imported_end(settings.root_ca)
    finding = None if end is None else ca_expiring(f"generation {settings.root_ca.generation}", end, now=now)
    return [*(each for one in snapshots for each in one.bypasses), *([] if finding is None else [finding])]


def undone_by_owners(settings: Settings, snapshots: Sequence[ListenerSnapshot]) -> list[Finding]:
    """Return who keeps an AlbConfig elsewhere, and undoes what `write: patch` writes to a listener of it."""
    patched = {one.key for one in settings.listeners if one.write == "patch"}
    return [
        finding
        for one in snapshots
        if one.key in patched and one.albconfig is not None
        for finding in undoing(one.albconfig, one.key)
    ]


def refuse_bypasses(settings: Settings, counting: Sequence[Finding]) -> None:
    """Stop at findings that nobody has accepted; who undoes an `up` later is no bypass, and stops none.

    Raises:
        Stopped: `onBypass: fail`, and there is one.
    """
    if settings.on_bypass == "fail":
        stop_at(
            [one.text for one in grouped(one for one in counting if one.code != FindingCode.OTHER_WRITER)],
            "onBypass is fail, and this was found; nothing was touched in cluster and cloud. Close each, accept "
            "it until a day (`accept`), or set onBypass: warn:",
        )


def imported_end(root_ca: RootCaSettings) -> datetime | None:
    """Return when an imported root CA ends; None for another one."""
    if root_ca.certificate_pem is None:
        return None
    with import_turn:
        from alb_mtls.pki.ca_chain import end_of
        from alb_mtls.pki.encoding import load_chain

    return end_of(load_chain(root_ca.certificate_pem))
