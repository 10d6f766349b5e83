"""Probing listeners before anything is changed: one that does not answer now could not be proven later.

The switch probes again right before it writes, because time has passed by then and because it compares with that.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from alb_mtls.cluster.hosts import unrouted
from alb_mtls.configuration.model import Settings
from alb_mtls.handshake.errors import HandshakeError
from alb_mtls.imports import import_turn
from alb_mtls.preflight.look import LookedAt

# As many as an `up` switches at once: a provider of Pulumi's has four threads.
_AT_ONCE = 4


def unreachable_listeners(
    settings: Settings, found: Iterable[LookedAt], *, patience_seconds: float | None = None
) -> list[str]:
    """Probe every address of each listener that an `up` will change, once and without a certificate.

    Several at once, for each gets its time to answer.

    Args:
        settings: of the stack.
        found: the listeners.
        patience_seconds: how long one may take to answer; None for the patience of an `up`.

    Returns:
        Which does not answer, or has a backend that is broken already, in the order of the listeners.
    """
    if settings.proof.mode != "required":
        return []
    probed = [
        one
        for one in found
        if one.snapshot.will_change(
            enabled=settings.enabled, headers=one.listener.identity_headers, write=one.listener.write
        )
    ]
    if not probed:
        return []
    # All that makes handshakes: few runs change a listener.
    with import_turn:
        from alb_mtls.listeners.reached import seconds_to_answer

    patience = patience_seconds or seconds_to_answer(settings.proof)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        # Each in a context of this one, so that whoever watches this thread learns what they wait for.
        running = [pool.submit(copy_context().run, _why_unreachable, settings, one, patience) for one in probed]
    return [why for each in running if (why := each.result()) is not None]


def _why_unreachable(settings: Settings, one: LookedAt, patience_seconds: float) -> str | None:
    with import_turn:
        from alb_mtls.handshake.baseline import baseline
        from alb_mtls.listeners.reached import Reached, proof_targets

    listener, snapshot = one.listener, one.snapshot
    try:
        reached = Reached(address=snapshot.address, host=snapshot.host, connect_to=listener.connect_to)
        baseline(
            proof_targets(settings.proof, listener.key, reached),
            needs_backend=settings.enabled,
            deadline_seconds=patience_seconds,
        )
    except HandshakeError as error:
        why = unrouted(snapshot.key.label, settings.proof.host, snapshot.hosts)
        return f"listeners[{one.index}]: {error}" + (f" ({why})" if why else "")
    return None
