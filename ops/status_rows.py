"""Rows of the tables of `status`, as few as say the same: many clients are one row, and an open listener is. Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from alb_mtls.cluster.findings import time_left
from alb_mtls.cluster.owners import besides
from alb_mtls.listing import listing
from alb_mtls.natural_order import natural
from ops.expiry import Expiry
from ops.fleet_rows import one_for_each_fleet, one_row_for_each_fleet
from ops.listener_standing import StandingState
from ops.status import ClientStanding, Status

_MOST_ROWS: Final = 5
_DAYS: Final = timedelta(days=2)


def client_rows(status: Status) -> Iterator[tuple[str, ...]]:
    """Yield whom the listeners accept; who is accepted with anything has no name."""
    state = {one.listener: one.state for one in status.standings}
    opened = [key.short_label for key, one in state.items() if one is StandingState.OPEN]
    if opened:
        yield "everybody", "accepted, with any certificate or none", listing(opened)
    listeners: dict[tuple[str, str], list[str]] = {}
    for one in status.clients:
        if state[one.listener] is not StandingState.OPEN:
            text = _standing(one, is_known=state[one.listener] is not StandingState.NOT_KNOWN)
            listeners.setdefault((one.name, text), []).append(one.listener.short_label)
    rows = ((name, text, listing(some)) for (name, text), some in listeners.items())
    yield from _one_for_many(one_row_for_each_fleet(rows))


def end_rows(status: Status) -> Iterator[tuple[str, ...]]:
    """Yield the ends of root CAs and cross certificates, and the next ones of clients; of a fleet the next one."""
    rest: list[Expiry] = []
    shown = 0
    for end in one_for_each_fleet(status.expiries):
        shown += end.kind == "client"
        if end.kind == "client" and shown > _MOST_ROWS:
            rest.append(end)
            continue
        left = "none" if end.not_after <= status.now else time_left(end.not_after, status.now)
        yield f"{end.kind} {end.name}", _day(end.not_after, status.now), left, _renewal(end, status.now)
    if rest:
        left = time_left(rest[0].not_after, status.now)
        yield f"{len(rest)} more clients", f"from {_day(rest[0].not_after, status.now)}", left, ""


def host_lines(status: Status) -> Iterator[str]:
    """Yield for each listener that requests certificates the hosts that it is about."""
    lines: dict[str, list[str]] = {}
    for one in status.listeners:
        if one.requests_certificates:
            hosts = one.snapshot.hosts
            named = (
                None if hosts is None else sorted((f"{host.host} ({host.ingress_text})" for host in hosts), key=natural)
            )
            shown = "not known" if named is None else listing(named) or "none"
            lines.setdefault(shown, []).append(one.key.short_label)
    for hosts_of_them, listeners in lines.items():
        yield f"hosts that demand a certificate, on {listing(listeners)}: {hosts_of_them}"


def writer_lines(status: Status) -> Iterator[str]:
    """Yield who keeps the AlbConfigs elsewhere, and who else writes them."""
    kept: dict[tuple[str, ...], list[str]] = {}
    written: dict[tuple[str, ...], list[str]] = {}
    for one in status.listeners:
        owners = one.snapshot.owners
        by = tuple(owner.evident_text for owner in owners if owner.syncs)
        for table, found in ((kept, by), (written, besides(owners, one.snapshot.field_managers))):
            names = table.setdefault(found, [])
            if one.key.alb_config not in names:
                names.append(one.key.alb_config)
    yield from (f"AlbConfig {listing(names)} is kept by {listing(by)}" for by, names in kept.items() if by)
    for managers, names in written.items():
        if managers:
            yield f"others that write AlbConfig {listing(names)}: {listing(managers)}"


def _one_for_many(rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, *rest in rows:
        alike.setdefault(tuple(rest), []).append(name)
    for row, names in alike.items():
        if len(names) > _MOST_ROWS:
            yield f"{len(names)}: {listing(names)}", *row
        else:
            yield from ((name, *row) for name in names)


def _standing(client: ClientStanding, *, is_known: bool) -> str:
    if client.accepted is None:
        return f"not known: {client.because}"
    text = "accepted" if client.accepted else f"rejected: {client.because}"
    return text if is_known else f"{text}, if the listener is as the last up left it"


def _renewal(end: Expiry, now: datetime) -> str:
    if end.renewed_from is not None:
        return f"from {_day(end.renewed_from, now)}"
    return "never" if end.ends_with is None else f"never: it ends with {end.ends_with}"


def _day(moment: datetime, now: datetime) -> str:
    """Return a day, and of one that is near the time."""
    text = "%Y-%m-%d" if abs(moment - now) > _DAYS else "%Y-%m-%d %H:%M UTC"
    return moment.astimezone(UTC).strftime(text)
