"""Which CAs an AlbConfig that Git owns must not name any more, and which commits are missing there. Pure.

The program says it in previews too, and loads nothing for it that makes handshakes.
"""

from collections.abc import Collection, Iterable, Sequence

from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listener_resources import ListenerClaimOutputs, ListenerSwitchOutputs
from alb_mtls.listeners.desired import is_among
from alb_mtls.listing import listing


def deleted_next(outputs: ListenerClaimOutputs | ListenerSwitchOutputs) -> Sequence[str]:
    """Return the CAs that this stack has bound and deletes, or has deleted: not those that it found in CAS."""
    if isinstance(outputs, ListenerClaimOutputs):
        present = outputs.ca_identifiers
    else:
        others = (one.ca_identifier for one in outputs.other_generations)
        present = (outputs.ca_identifier, *(one for one in others if one is not None))
    return doomed_among(outputs.known, made_here=outputs.made_here, present=present)


def doomed_among(known: Iterable[str], *, made_here: Collection[str], present: Collection[str]) -> list[str]:
    """Return the CAs that no AlbConfig may name once a listener is given up.

    Args:
        known: that this stack has bound.
        made_here: that it has put into CAS, and deletes.
        present: of all generations that it has.
    """
    return [one for one in known if is_among(one, made_here) or not is_among(one, present)]


def missing(listener: ListenerKey, named: Iterable[str], *, is_on: bool) -> str:
    """Return which commits must come before the state can forget a listener, and a CA that it names leave CAS."""
    if is_on:
        what = "Two commits are missing in Git: first caEnabled: false, and once that is synced caCertificates: []"
    else:
        what = "A commit is missing in Git: caCertificates: []"
    return (
        f"{listener.label} names CA {listing(list(named))} in the AlbConfig, which Git owns (write: none); nothing was "
        f"written there, and the CA stays in CAS, for an AlbConfig that names a CA which is gone fails as a whole. "
        f"{what}. When it is synced, run the command again, which goes on from here"
    )
