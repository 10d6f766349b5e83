"""What is printed of a fleet does not grow with it, and of other clients nothing is left out."""

from datetime import UTC, datetime, timedelta

from ops.expiry import Expiry
from ops.fleet_rows import one_for_each_fleet, one_row_for_each_fleet

NOW = datetime(2026, 11, 27, tzinfo=UTC)
NAMES = [f"devices/d{number}" for number in range(8)]


def end(name: str, days: int) -> Expiry:
    after = NOW + timedelta(days=days)
    return Expiry(kind="client", name=name, fingerprint="f", not_before=NOW, not_after=after, renewed_from=None)


def test_clients_of_a_fleet_share_a_row_where_the_same_is_known_of_them() -> None:
    rows = [
        ("alice", "accepted"),
        ("bob", "accepted"),
        *((name, "accepted") for name in NAMES),
        ("devices/x", "rejected"),
    ]
    assert list(one_row_for_each_fleet(rows)) == [
        ("alice", "accepted"),
        ("bob", "accepted"),
        ("devices: 8 (d0, d1, d2, d3, d4 and 3 more)", "accepted"),
        ("devices: 1 (x)", "rejected"),
    ]


def test_of_the_ends_of_a_fleet_the_next_is_shown() -> None:
    ends = [end("devices/d1", 3), end("alice", 4), end("devices/d2", 5), end("workers/w", 6)]
    assert [one.name for one in one_for_each_fleet(ends)] == [
        "devices: the next of 2, d1",
        "alice",
        "workers: the next of 1, w",
    ]
