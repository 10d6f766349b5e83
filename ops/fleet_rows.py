"""Rows of a table about thousands of clients, as few as say the same: a fleet is one row. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from alb_mtls.cluster.findings import Finding
from alb_mtls.listing import listing
from alb_mtls.pki.inventory import fleet_of

_CLIENT = "client "
_MOST_ROWS = 5


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


def few_for_each_fleet(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield each finding; of the clients of a fleet for the first few of a code, and one for the rest."""
    found: dict[tuple[str, str], int] = {}
    for one in findings:
        fleet = fleet_of(one.subject.removeprefix(_CLIENT)) if one.subject.startswith(_CLIENT) else None
        if fleet is not None:
            key = (fleet, str(one.code))
            found[key] = found.get(key, 0) + 1
            if found[key] > _MOST_ROWS:
                continue
        yield one
    for (fleet, code), number in found.items():
        if number > _MOST_ROWS:
            yield Finding(
                code=code,
                subject=f"{number - _MOST_ROWS} more clients of {fleet}",
                evidence="the same",
                remedy="see --json, which has all of them",
            )
