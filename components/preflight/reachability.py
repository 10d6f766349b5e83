"""Asking listeners before anything is touched: one that cannot be asked now could not be proven later.

The switch asks again right before it writes, because time has passed by then and because it compares with what it saw.
"""

from collections.abc import Sequence

import pulumi

from alb_mtls.configuration.model import Settings
from alb_mtls.handshake.baseline import baseline
from alb_mtls.handshake.errors import HandshakeError
from alb_mtls.handshake.target import Target, addresses_of
from alb_mtls.listeners.snapshot import Seen


def refuse_unreachable_listeners(settings: Settings, seen: Sequence[Seen]) -> None:
    """Ask every address of each listener that an `up` will change, once and without a certificate.

    A preview changes nothing and may run where no listener can be reached, so it does not ask.

    Raises:
        pulumi.RunError: names every listener that cannot be asked, or whose backend is broken already.
    """
    if settings.proof.mode != "required" or pulumi.runtime.is_dry_run():
        return
    problems = []
    for index, one in enumerate(seen):
        if not one.changes(enabled=settings.enabled):
            continue
        try:
            baseline(_targets(settings, one), needs_backend=settings.enabled)
        except HandshakeError as error:
            problems.append(f"  listeners[{index}]: {error}")
    if problems:
        listed = "\n".join(problems)
        message = f"an up proves what it does by asking the listeners; nothing was touched, because:\n{listed}"
        raise pulumi.RunError(message)


def _targets(settings: Settings, seen: Seen) -> list[Target]:
    listener, proof = seen.settings, settings.proof
    places = [listener.connect_to] if listener.connect_to else seen.addresses
    return [
        Target(
            address=address,
            port=listener.port,
            host=proof.host or seen.host or "",
            path=proof.path,
            server_ca=proof.server_ca,
        )
        for place in places
        for address in addresses_of(place, listener.port)
    ]
