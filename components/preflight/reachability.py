"""Probing listeners before anything is changed: one that does not answer now could not be proven later.

The switch probes again right before it writes, because time has passed by then and because it compares with that.
"""

from collections.abc import Sequence

from alb_mtls.configuration.model import Settings
from alb_mtls.handshake.baseline import baseline
from alb_mtls.handshake.errors import HandshakeError
from alb_mtls.listeners.reached import Reached, proof_targets, seconds_to_answer
from alb_mtls.listeners.snapshot import ListenerSnapshot
from components.printing import stop


def refuse_unreachable_listeners(settings: Settings, snapshots: Sequence[ListenerSnapshot]) -> None:
    """Probe every address of each listener that an `up` will change, once and without a certificate.

    Raises:
        pulumi.RunError: names every listener that does not answer, or whose backend is broken already.
    """
    if settings.proof.mode != "required":
        return
    problems = []
    for index, (listener, snapshot) in enumerate(zip(settings.listeners, snapshots, strict=True)):
        if not snapshot.will_change(enabled=settings.enabled, headers=listener.identity_headers):
            continue
        try:
            reached = Reached(address=snapshot.address, host=snapshot.host, connect_to=listener.connect_to)
            baseline(
                proof_targets(settings.proof, listener.key, reached),
                needs_backend=settings.enabled,
                deadline_seconds=seconds_to_answer(settings.proof),
            )
        except HandshakeError as error:
            problems.append(f"  listeners[{index}]: {error}")
    if problems:
        head = "an up proves what it does by probing the listeners; nothing was touched, because:"
        raise stop(head, *problems)
