"""Trying the patch of each listener before anything is uploaded: a permission may lack, or a webhook deny it.

The cluster decides, in a dry run that stores nothing. A preview sends none: who may only preview may not patch.
"""

from collections.abc import Sequence

from alb_mtls.cluster.errors import ClusterError, WebhookUnavailable
from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.dry_run import try_switch
from alb_mtls.listeners.snapshot import ListenerSnapshot
from alb_mtls.session import Session
from components.printing import stop, warn


def refuse_denied_patches(
    settings: Settings, snapshots: Sequence[ListenerSnapshot], session: Session, kubeconfig: str | None
) -> None:
    """Try the patch of each listener that an `up` will change.

    Where that cannot be tried, a line says so.

    Raises:
        pulumi.RunError: names every listener whose patch the cluster would not take.
    """
    problems: list[str] = []
    for index, snapshot in enumerate(snapshots):
        headers = settings.identity_headers_of(snapshot.key)
        if snapshot.albconfig is None or not snapshot.will_change(enabled=settings.enabled, headers=headers):
            continue
        try:
            unknown = try_switch(
                session.kube(kubeconfig),
                snapshot.albconfig,
                snapshot.key,
                enabled=settings.enabled,
                identifier=settings.root_ca.identifier,
                owner=settings.owner,
                headers=headers,
            )
        except ClusterError as error:
            problems.append(f"  listeners[{index}]: {error}")
            if isinstance(error, WebhookUnavailable):
                # It was waited for; the others would wait as long for the same one.
                break
            continue
        if unknown:
            warn(f"{snapshot.key.label}: whether the cluster takes its patch could not be tried: {unknown}")
    if problems:
        head = "an up tries first whether the cluster takes its patches; nothing was touched, because:"
        raise stop(head, *problems)
