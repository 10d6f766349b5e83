"""Trying the patch of each listener before anything is uploaded: a permission may lack, or a webhook deny it.

The cluster decides, in a dry run that stores nothing. A preview sends none: who may only preview may not patch.
"""

from collections.abc import Iterable, Iterator

from alb_mtls.cluster.errors import ClusterError, Forbidden, WebhookUnavailable
from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.dry_run import try_switch
from alb_mtls.preflight.look import LookedAt
from alb_mtls.preflight.stopping import Warn
from alb_mtls.session import Session


def denied_patches(
    settings: Settings, found: Iterable[LookedAt], session: Session, kubeconfig: str | None, *, warn: Warn
) -> Iterator[str]:
    """Try the patch of each listener that an `up` will change; yield why the cluster would not take one.

    Where that cannot be tried, a warning says so.
    """
    forbidden: dict[str, list[str]] = {}
    for one in found:
        snapshot, headers = one.snapshot, one.listener.identity_headers
        if one.listener.write == "none":
            # Nothing is ever patched there, so who may only read is enough.
            continue
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
        except Forbidden as error:
            forbidden.setdefault(str(error), []).append(f"listeners[{one.index}]")
            continue
        except ClusterError as error:
            yield f"listeners[{one.index}]: {error}"
            if isinstance(error, WebhookUnavailable):
                # It was waited for; the others would wait as long for the same one.
                break
            continue
        if unknown:
            warn(f"{snapshot.key.label}: whether the cluster takes its patch could not be tried: {unknown}")
    # One permission is missing, however many listeners need it.
    for sentence, names in forbidden.items():
        yield f"{', '.join(names)}: {sentence}"
