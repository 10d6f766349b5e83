"""Probing listeners before anything is changed: one that does not answer now could not be proven later.

The switch probes again right before it writes, because time has passed by then and because it compares with that.
"""

from collections.abc import Iterable, Iterator

from alb_mtls.cluster.hosts import unrouted
from alb_mtls.configuration.model import Settings
from alb_mtls.handshake.baseline import baseline
from alb_mtls.handshake.errors import HandshakeError
from alb_mtls.listeners.reached import Reached, proof_targets, seconds_to_answer
from alb_mtls.preflight.look import LookedAt


def unreachable_listeners(
    settings: Settings, found: Iterable[LookedAt], *, patience_seconds: float | None = None
) -> Iterator[str]:
    """Probe every address of each listener that an `up` will change, once and without a certificate.

    Yield which does not answer, or has a backend that is broken already.

    Args:
        settings: of the stack.
        found: the listeners.
        patience_seconds: how long one may take to answer; None for the patience of an `up`.
    """
    if settings.proof.mode != "required":
        return
    for one in found:
        listener, snapshot = one.listener, one.snapshot
        if not snapshot.will_change(enabled=settings.enabled, headers=listener.identity_headers, write=listener.write):
            continue
        try:
            reached = Reached(address=snapshot.address, host=snapshot.host, connect_to=listener.connect_to)
            baseline(
                proof_targets(settings.proof, listener.key, reached),
                needs_backend=settings.enabled,
                deadline_seconds=patience_seconds or seconds_to_answer(settings.proof),
            )
        except HandshakeError as error:
            why = unrouted(snapshot.key.label, settings.proof.host, snapshot.hosts)
            yield f"listeners[{one.index}]: {error}" + (f" ({why})" if why else "")
