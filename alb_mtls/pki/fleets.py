"""What is done with the clients of fleets at once: whom a skipped request leaves as it was, and how many of what."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from alb_mtls.listing import listing
from alb_mtls.pki.inventory import CertificateRequest, Due, Inventory, IssuedCertificate, fleet_of


@dataclass(frozen=True, kw_only=True)
class FleetCounts:
    """How many certificates of a fleet are accepted.

    Attributes:
        clients: that hold one.
        superseded: earlier ones of theirs.
        forgotten: of clients that left the fleet, or of a fleet that left the configuration.
        first_end: when the first of those that clients hold ends, ISO 8601; None when no client is left.
    """

    clients: int
    superseded: int
    forgotten: int
    first_end: str | None = None


def counts_of(certificates: Sequence[IssuedCertificate]) -> dict[str, FleetCounts]:
    """Return the counts of each fleet, by its name."""
    by_fleet: dict[str, list[IssuedCertificate]] = {}
    for one in certificates:
        fleet = fleet_of(one.client)
        if fleet is not None:
            by_fleet.setdefault(fleet, []).append(one)
    return {
        fleet: FleetCounts(
            clients=len(held := [one for one in of_it if one.status == "issued"]),
            superseded=sum(one.status == "superseded" for one in of_it),
            forgotten=sum(one.status == "forgotten" for one in of_it),
            first_end=min((one.not_after for one in held), key=datetime.fromisoformat, default=None),
        )
        for fleet, of_it in sorted(by_fleet.items())
    }


def with_kept(
    requests: Sequence[CertificateRequest], kept: Sequence[str], earlier: Sequence[CertificateRequest]
) -> tuple[CertificateRequest, ...]:
    """Return the requests of all clients, those among them whose request is skipped today as they were requested last.

    A request that cannot be read says nothing about its client, which would be forgotten otherwise: and a key that was
    made here would be lost with it.

    Args:
        requests: that can be read.
        kept: clients whose request cannot, and `<fleet>/*` for all of a fleet.
        earlier: those of the last run.
    """
    if not kept:
        return tuple(requests)
    there, names = {one.name for one in requests}, set(kept)
    # A request that stands under another name today has moved there: it is no request of the former one any more.
    moved = {one.csr_pem for one in requests} - {None}
    left = [
        one
        for one in earlier
        if one.name not in there
        and one.csr_pem not in moved
        and (one.name in names or f"{fleet_of(one.name)}/*" in names)
    ]
    return (*requests, *left)


def fleet_lines(requests: Sequence[CertificateRequest], held: Inventory, due: Sequence[Due]) -> Iterator[str]:
    """Yield a sentence for each fleet of which something is issued or forgotten, a few clients by name.

    Args:
        requests: of all clients.
        held: what the last run left.
        due: what is issued now.
    """
    in_force, names = held.in_force(), {one.name for one in requests}
    before = {one.name: one for one in held.requests}
    changes: dict[str, dict[str, list[str]]] = {}
    for one in due:
        name = one.request.name
        if name not in in_force:
            what = "new"
        elif one.renewal is not None:
            what = "renewed"
        else:
            # Of another root CA where the request is as it was.
            same = name in before and one.request.same_certificate_as(before[name])
            what = "issued again" if same else "changed"
        _note(changes, name, what)
    for name in in_force:
        if name not in names:
            _note(changes, name, "forgotten")
    for fleet, by_kind in sorted(changes.items()):
        yield f"{fleet}: " + ", ".join(
            f"{len(of_it)} {what} ({listing(of_it)})"
            for what in ("new", "changed", "issued again", "renewed", "forgotten")
            if (of_it := by_kind.get(what))
        )


def _note(changes: dict[str, dict[str, list[str]]], client: str, what: str) -> None:
    fleet = fleet_of(client)
    if fleet is not None:
        changes.setdefault(fleet, {}).setdefault(what, []).append(client.removeprefix(f"{fleet}/"))
