"""What of the look decides whether this deployment may have its listeners; the anchor compares it with its id."""

from collections.abc import Sequence

from alb_mtls.configuration.model import ListenerSettings, Settings
from alb_mtls.listeners.ownership import others_on
from alb_mtls.listeners.snapshot import ListenerSnapshot
from alb_mtls.preflight.meanwhile import rejection_meanwhile
from alb_mtls.resources import ListenerFound


def found_on_listeners(settings: Settings, snapshots: Sequence[ListenerSnapshot]) -> list[ListenerFound]:
    """Return what was found on each listener, in the order of the settings."""
    pairs = zip(settings.listeners, snapshots, strict=True)
    return [found_on(settings, listener, snapshot) for listener, snapshot in pairs]


def found_on(settings: Settings, listener: ListenerSettings, snapshot: ListenerSnapshot) -> ListenerFound:
    """Return what was found on one listener.

    Raises:
        MalformedClaim, NewerClaim: its claim cannot be read.
    """
    claim, state, take_over = snapshot.claim(), snapshot.state, listener.take_over
    if claim is not None:
        return ListenerFound(
            listener=listener.key,
            deployment=claim.deployment,
            owner=claim.owner,
            take_over=take_over,
            rejected_meanwhile=rejection_meanwhile(settings, listener, snapshot),
        )
    # An imported or purchased CA is known for sure; of a generated one only the state has the certificate.
    unsure = (
        others_on(state, take_over=take_over, is_own_ca=lambda _: False)
        if state is not None
        and listener.write == "patch"
        and any(one.source == "generated" for one in settings.generations.root_cas)
        else ()
    )
    return ListenerFound(listener=listener.key, ca_identifiers=tuple(unsure), take_over=take_over)
