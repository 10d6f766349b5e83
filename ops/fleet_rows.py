"""Rows of a table about thousands of clients, as few as say the same: a fleet is one row. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from alb_mtls.listing import listing
from alb_mtls.pki.inventory import fleet_of
from ops.expiry import Expiry


def one_row_for_each_fleet(rows: Iterable[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield rows that begin with the name of a client; of a fleet, one for all clients with the same row.

    It names the fleet, the number of these clients, and a few of them.
    """
    of_fleets: dict[tuple[str, ...], list[str]] = {}
    for name, *rest in rows:
        fleet = fleet_of(name)
        if fleet is None:
            yield name, *rest
        else:
            of_fleets.setdefault((fleet, *rest), []).append(name.removeprefix(f"{fleet}/"))
    for (fleet, *rest), names in of_fleets.items():
        yield f"{fleet}: {len(names)} ({listing(names)})", *rest


def one_for_each_fleet(ends: Sequence[Expiry]) -> Iterator[Expiry]:
    """Yield all ends but those of fleets, of which the next counts, with how many there are."""
    number = Counter(fleet for end in ends if (fleet := _fleet_of(end)) is not None)
    for end in ends:
        fleet = _fleet_of(end)
        if fleet is None:
            yield end
        elif fleet in number:
            yield replace(end, name=f"{fleet}: the next of {number.pop(fleet)}, {end.name.removeprefix(f'{fleet}/')}")


def _fleet_of(end: Expiry) -> str | None:
    return fleet_of(end.name) if end.kind == "client" else None
