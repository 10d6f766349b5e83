"""What a preview says of certificates that nobody is to use any more and that stay accepted until their end."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from alb_mtls.listing import listing
from alb_mtls.pki.inventory import (
    BroughtCertificate,
    CertificateRequest,
    Due,
    Inventory,
    IssuedCertificate,
    fleet_of,
    leaving,
    moment_of,
)

_MOST_LINES = 5
# True also of an `up` that swaps the CA: whoever issues certificates does not know what listeners trust.
_WHILE_TRUSTED = "as long as a listener trusts its root CA: the ALB knows no revocation"


def departure_lines(
    held: Inventory,
    requests: Sequence[CertificateRequest],
    brought: Sequence[BroughtCertificate],
    now: datetime,
) -> Iterator[str]:
    """Yield a sentence for each certificate that is forgotten, or that a client brings no more; one for each fleet.

    Args:
        held: what the last run left.
        requests: of all clients whose certificates are issued here.
        brought: by all others.
        now: aware; what has ended by then is accepted no more.
    """
    fleets: dict[str, list[IssuedCertificate]] = {}
    by_itself: list[IssuedCertificate] = []
    for one in leaving(held, requests, brought):
        if datetime.fromisoformat(one.not_after) > now:
            fleet = fleet_of(one.client)
            (by_itself if fleet is None else fleets.setdefault(fleet, [])).append(one)
    issued_here = {one.name for one in requests}
    for one in by_itself[:_MOST_LINES]:
        yield _departure(one, held, is_issued=one.client in issued_here)
    if rest := by_itself[_MOST_LINES:]:
        yield f"and {len(rest)} more; of their certificates {_accepted(rest)}"
    for fleet, left in sorted(fleets.items()):
        yield f"{fleet}: of the certificates of clients that leave, {_accepted(left)}"


def replacement_lines(
    held: Inventory, due: Sequence[Due], now: datetime, *, generation: int | None = None
) -> Iterator[str]:
    """Yield a sentence for each certificate that is replaced before its time in the renewal window.

    Args:
        held: what the last run left.
        due: what is issued now.
        now: aware.
        generation: of the root CA, when all are replaced because another certificate signs; one sentence then.
    """
    in_force = held.in_force()
    replaced = [
        one
        for each in due
        if each.renewal is None
        and fleet_of(each.request.name) is None
        and (one := in_force.get(each.request.name)) is not None
        and datetime.fromisoformat(one.not_after) > now
    ]
    if generation is not None and replaced:
        last = max((one.not_after for one in replaced), key=datetime.fromisoformat)
        yield (
            f"clients get certificates of generation {generation}; those that they hold are accepted as long as a "
            f"listener trusts their root CA, the last until {moment_of(last)}"
        )
        return
    for one in replaced[:_MOST_LINES]:
        yield (
            f"client {one.client} gets another certificate; the one that it holds is accepted until "
            f"{moment_of(one.not_after)}, {_WHILE_TRUSTED}"
        )
    if rest := replaced[_MOST_LINES:]:
        yield f"and {len(rest)} more; of the certificates that they hold {_accepted(rest)}"


def lost_inventory(held: Inventory, now: datetime) -> str | None:
    """Return the sentence about an inventory that goes, with its stack or by hand; None when all in it has ended."""
    left = [*held.certificates, *(one.in_inventory("issued") for one in held.brought)]
    left = [one for one in left if datetime.fromisoformat(one.not_after) > now]
    if not left:
        return None
    left.sort(key=lambda one: datetime.fromisoformat(one.not_after), reverse=True)
    named = listing([f"{one.client} until {moment_of(one.not_after)}" for one in left])
    return (
        f"the inventory goes, and with it what is known of certificates that have not ended ({named}); whoever "
        "trusts their root CA accepts them until then"
    )


def _departure(one: IssuedCertificate, held: Inventory, *, is_issued: bool) -> str:
    end = one.not_after
    if one.status == "forgotten":
        # What was superseded may end last: when the life of new ones was made shorter.
        of_client = [end, *(each.not_after for each in held.certificates if each.client == one.client)]
        end = max(of_client, key=datetime.fromisoformat)
        what = f"client {one.client} leaves the configuration; its certificate"
    elif is_issued:
        what = f"client {one.client} gets its certificate from this stack from now on; the one that it brought"
    elif one.generation is None:
        what = f"client {one.client} brings another certificate than before; the former one"
    else:
        what = f"client {one.client} brings its certificate from now on; the one that was issued here"
    return f"{what} is accepted until {moment_of(end)}, {_WHILE_TRUSTED}"


def _accepted(certificates: Iterable[IssuedCertificate]) -> str:
    last = max((one.not_after for one in certificates), key=datetime.fromisoformat)
    return f"the last is accepted until {moment_of(last)}, {_WHILE_TRUSTED}"
