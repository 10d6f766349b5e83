"""What a preview says of certificates that nobody is to use any more and that stay accepted until their end."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from alb_mtls.listing import first_few, listing
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

_GETS_ANOTHER = "client {} gets another certificate; the one that it holds"
_WHILE_TRUSTED = "as long as a listener trusts its root CA: the ALB knows no revocation"


def departure_lines(
    held: Inventory,
    requests: Sequence[CertificateRequest],
    brought: Sequence[BroughtCertificate],
    now: datetime,
    *,
    trusted: int | None = None,
) -> Iterator[str]:
    """Yield a sentence for each certificate that is forgotten, or that a client brings no more; one for each fleet.

    Args:
        held: what the last run left.
        requests: of all clients whose certificates are issued here.
        brought: by all others.
        now: aware; what has ended by then is accepted no more.
        trusted: generation that the listeners trust from this `up` on; None when that is not known, or when they are
            to request no certificate.
    """
    fleets: dict[str, list[IssuedCertificate]] = {}
    by_itself: list[IssuedCertificate] = []
    for one in leaving(held, requests, brought):
        if datetime.fromisoformat(one.not_after) > now:
            fleet = fleet_of(one.client)
            (by_itself if fleet is None else fleets.setdefault(fleet, [])).append(one)
    issued_here = {one.name for one in requests}
    yield from first_few(
        by_itself,
        lambda one: _departure(one, held, trusted, is_issued=one.client in issued_here),
        lambda rest: f"and {len(rest)} more; of their certificates {_accepted(rest, trusted)}",
    )
    for fleet, left in sorted(fleets.items()):
        yield f"{fleet}: of the certificates of clients that leave, {_accepted(left, trusted)}"


def renewal_lines(due: Iterable[Due]) -> Iterator[str]:
    """Yield a sentence for each of the first renewals of clients by themselves, and one for the rest."""
    yield from first_few(
        [one for one in due if one.renewal is not None and fleet_of(one.request.name) is None],
        lambda one: str(one.renewal),
        lambda rest: f"and {len(rest)} more are renewed: {listing([one.request.name for one in rest])}",
    )


def replacement_lines(
    held: Inventory,
    due: Sequence[Due],
    now: datetime,
    *,
    generation: int | None = None,
    trusted: int | None = None,
) -> Iterator[str]:
    """Yield a sentence for each certificate that is replaced before its time in the renewal window.

    Args:
        held: what the last run left.
        due: what is issued now.
        now: aware.
        generation: of the root CA, when all are replaced because another certificate signs; one sentence then.
        trusted: as in `departure_lines`.
    """
    in_force = held.in_force()
    replaced = [
        one
        for each in due
        if each.renewal is None
        and fleet_of(each.request.name) is None
        and (one := in_force.get(each.request.name)) is not None
    ]
    ended = [one for one in replaced if datetime.fromisoformat(one.not_after) <= now]
    replaced = [one for one in replaced if one not in ended]
    yield from first_few(
        ended,
        lambda one: f"{_GETS_ANOTHER.format(one.client)} ended on {moment_of(one.not_after)}",
        lambda rest: f"and {len(rest)} more, whose certificates have ended: {listing([one.client for one in rest])}",
    )
    if generation is not None and replaced:
        accepted = _not_rejected(replaced, trusted)
        held_ones = f"those that they hold are {_rejected(trusted)}"
        if accepted:
            last = max((one.not_after for one in accepted), key=datetime.fromisoformat)
            held_ones = (
                "those that they hold are accepted as long as a listener trusts their root CA, the last until "
                f"{moment_of(last)}"
            )
        yield f"clients get certificates of generation {generation}; {held_ones}"
        return
    yield from first_few(
        replaced,
        lambda one: f"{_GETS_ANOTHER.format(one.client)} {_standing([one], trusted)}",
        lambda rest: f"and {len(rest)} more; of the certificates that they hold {_accepted(rest, trusted)}",
    )


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


def _departure(one: IssuedCertificate, held: Inventory, trusted: int | None, *, is_issued: bool) -> str:
    meant = [one]
    if one.status == "forgotten":
        # What was superseded may end last: when the life of new ones was made shorter.
        meant += [each for each in held.certificates if each.client == one.client]
        what = f"client {one.client} leaves the configuration; its certificate"
    elif is_issued:
        what = f"client {one.client} gets its certificate from this stack from now on; the one that it brought"
    elif one.generation is None:
        what = f"client {one.client} brings another certificate than before; the former one"
    else:
        what = f"client {one.client} brings its certificate from now on; the one that was issued here"
    return f"{what} {_standing(meant, trusted)}"


def _accepted(certificates: Sequence[IssuedCertificate], trusted: int | None) -> str:
    if not _not_rejected(certificates, trusted):
        return f"each {_standing(certificates, trusted)}"
    return f"the last {_standing(certificates, trusted)}"


def _standing(certificates: Sequence[IssuedCertificate], trusted: int | None) -> str:
    """Return what becomes of certificates: until when the last is accepted, or that all are rejected."""
    accepted = _not_rejected(certificates, trusted)
    if not accepted:
        return f"is {_rejected(trusted)}"
    last = max((one.not_after for one in accepted), key=datetime.fromisoformat)
    return f"is accepted until {moment_of(last)}, {_WHILE_TRUSTED}"


def _not_rejected(certificates: Iterable[IssuedCertificate], trusted: int | None) -> list[IssuedCertificate]:
    """Return the certificates that listeners may accept; who brings one may be of any generation."""
    return [one for one in certificates if trusted is None or one.generation is None or one.generation >= trusted]


def _rejected(trusted: int | None) -> str:
    return f"rejected from this `up` on, with which the listeners trust generation {trusted} alone"
