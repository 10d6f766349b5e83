"""Every certificate of a stack as a report shows it: lives for the timeline, counts, the first of the list. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from alb_mtls.cluster.findings import time_left
from alb_mtls.listing import listing
from alb_mtls.natural_order import natural
from alb_mtls.pki.inventory import fleet_of
from ops.expiry import SOON, Expiry
from ops.inventory import Entry
from ops.state import StackState
from ops.status import Status

MOST_LIVES: Final = 30
MOST_ENTRIES: Final = 40
_DAYS: Final = timedelta(days=2)
_KINDS: Final = ("root CA", "cross certificate", "client", "fleet", "former client")
_ALONE: Final = "single clients"
_KEY_IN_STATE: Final = "its key is in the state, encrypted: whoever may decrypt the secrets of this stack"
_KEY_ELSEWHERE: Final = "its key is not in the state: whoever has that key, which no look at a stack finds out"
_PURCHASED: Final = "no root CA is in the state: its certificate authority in CAS, for whoever may use that"


@dataclass(frozen=True, kw_only=True)
class Life:
    """One certificate, or all of a fleet, from its begin to its end.

    Attributes:
        kind: `root CA`, `cross certificate`, `client`, `fleet` or `former client`.
        count: of certificates.
        next_end: of the one that ends first.
        renewed_from: when an `up` begins to renew the first of them; None when nothing does.
        state: `valid`, `renewal due`, `renewal overdue`, `ends soon` or `ended`.
        renewal: for people.
    """

    kind: str
    name: str
    count: int
    begin: datetime
    end: datetime
    next_end: datetime
    renewed_from: datetime | None
    state: str
    renewal: str

    def to_json(self, now: datetime) -> dict[str, Any]:
        """Return it for the page and for scripts."""
        return {
            "kind": self.kind,
            "name": self.name,
            "count": self.count,
            "notBefore": self.begin.isoformat(),
            "notAfter": self.end.isoformat(),
            "nextEnd": self.next_end.isoformat(),
            "renewedFrom": None if self.renewed_from is None else self.renewed_from.isoformat(),
            "state": self.state,
            "begins": moment(self.begin, now),
            "ends": self._ends(now),
            "left": "none" if self.next_end <= now else time_left(self.next_end, now),
            "renewal": self.renewal,
        }

    def _ends(self, now: datetime) -> str:
        last = moment(self.end, now)
        return last if self.next_end == self.end else f"{moment(self.next_end, now)} to {last}"


def moment(at: datetime, now: datetime) -> str:
    """Return a day, and of one that is near its time."""
    return f"{at.astimezone(UTC):{'%Y-%m-%d' if abs(at - now) > _DAYS else '%Y-%m-%d %H:%M UTC'}}"


def lives_of(status: Status, entries: Iterable[Entry]) -> list[Life]:
    """Return root CAs by generation, cross certificates, clients and fleets, and last what is accepted beside these."""
    now, fleets = status.now, dict[str, list[Expiry]]()
    found: list[Life] = []
    for one in status.expiries:
        fleet = fleet_of(one.name) if one.kind == "client" else None
        if fleet is None:
            found.append(_life(one.kind, one.name, [one], now))
        else:
            fleets.setdefault(fleet, []).append(one)
    found += [_life("fleet", f"{name}: {len(some):,} clients", some, now) for name, some in fleets.items()]
    found += [_former(one, now) for one in entries if one.status != "current"]
    return sorted(found, key=lambda one: (_KINDS.index(one.kind), *_place(one)))


def signers_of(state: StackState) -> tuple[str, ...]:
    """Return who can sign clients of each generation of the root CA, a sentence each."""
    found = sorted(state.root_cas, key=lambda one: one.generation)
    keys = [(one, _KEY_IN_STATE if one.private_key_pem else _KEY_ELSEWHERE) for one in found]
    return tuple(f"generation {one.generation}: {where}" for one, where in keys) or (_PURCHASED,)


def _place(one: Life) -> tuple[Any, ...]:
    return (one.name, one.next_end) if one.kind == "root CA" else (one.next_end, one.name)


def _life(kind: str, name: str, some: Sequence[Expiry], now: datetime) -> Life:
    due = min((one.renewed_from for one in some if one.renewed_from is not None), default=None)
    states = [_state(one, now) for one in some]
    worst = ("ended", "renewal overdue", "ends soon", "renewal due", "valid")
    return Life(
        kind=kind,
        name=name,
        count=len(some),
        begin=min(one.not_before for one in some),
        end=max(one.not_after for one in some),
        next_end=min(one.not_after for one in some),
        renewed_from=due,
        state=min(states, key=worst.index),
        renewal=_renewal(some[0], due, now),
    )


def _state(one: Expiry, now: datetime) -> str:
    if one.not_after <= now:
        return "ended"
    if one.renewed_from is None:
        return "ends soon" if now >= one.not_after - min(SOON, (one.not_after - one.not_before) / 3) else "valid"
    if one.overdue_from is not None and now >= one.overdue_from:
        return "renewal overdue"
    return "renewal due" if now >= one.renewed_from else "valid"


def _renewal(one: Expiry, due: datetime | None, now: datetime) -> str:
    if due is not None:
        return f"by an up from {moment(due, now)} on"
    if one.ends_with is not None:
        return f"none: it ends with {one.ends_with}"
    return "none: it is replaced by a new generation" if one.kind == "root CA" else "none: whoever made it renews it"


def _former(one: Entry, now: datetime) -> Life:
    accepted = f"; accepted by {listing(one.accepted_by)}" if one.accepted_by else ""
    return Life(
        kind="former client",
        name=f"{one.client}, {one.status}",
        count=1,
        begin=one.not_before,
        end=one.not_after,
        next_end=one.not_after,
        renewed_from=None,
        state="ended" if one.has_ended(now) else "valid",
        renewal=f"none: {one.status}{accepted}",
    )


def inventory_of_report(entries: Sequence[Entry], now: datetime) -> dict[str, Any]:
    """Return counts for each fleet and for the other clients, the first certificates, and all of them for scripts."""
    groups: dict[str, list[Entry]] = {}
    for one in entries:
        groups.setdefault(fleet_of(one.client) or _ALONE, []).append(one)
    first = sorted(entries, key=lambda one: natural(one.client))[:MOST_ENTRIES]
    rest = len(entries) - MOST_ENTRIES
    return {
        "groups": [_group(name, some, now) for name, some in groups.items()],
        "first": [_entry(one, now) for one in first],
        "rest": f"{rest:,} more: --json has each of them." if rest > 0 else "",
        "certificates": [one.to_json() for one in entries],
    }


def _group(name: str, some: Sequence[Entry], now: datetime) -> dict[str, Any]:
    counts = {status: sum(one.status == status for one in some) for status in ("current", "superseded", "forgotten")}
    ends = [one.not_after for one in some if not one.has_ended(now)]
    return {
        "name": name,
        **counts,
        "ended": len(some) - len(ends),
        "nextEnd": moment(min(ends), now) if ends else "none",
    }


def _entry(one: Entry, now: datetime) -> dict[str, Any]:
    accepted = listing(one.accepted_by) or "none"
    if one.not_known:
        accepted = f"not known: the CA of {listing(one.not_known)} is in CAS alone"
    return {
        "client": one.client,
        "status": f"{one.status}, brought" if one.brought else one.status,
        "generation": "none in the state" if one.generation is None else str(one.generation),
        "ends": moment(one.not_after, now),
        "acceptedBy": "none: it has ended" if one.has_ended(now) else accepted,
        "sha256": one.sha256,
    }
