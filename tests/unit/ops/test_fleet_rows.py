"""What is printed of a fleet does not grow with it, and of other clients nothing is left out."""

from datetime import UTC, datetime, timedelta

from alb_mtls.cluster.findings import Finding
from ops.expiry import Expiry
from ops.findings import OpsFindingCode
from ops.fleet_rows import few_for_each_fleet, one_row_for_each_fleet
from ops.status_text import _one_for_each_fleet

NOW = datetime(2026, 11, 27, tzinfo=UTC)
NAMES = [f"devices/d{number}" for number in range(8)]


def finding(subject: str) -> Finding:
    return Finding(code=OpsFindingCode.CLIENT_EXPIRING, subject=subject, evidence="e", remedy="r")


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


def test_of_the_findings_about_a_fleet_five_are_shown_and_the_rest_counted() -> None:
    rows = list(few_for_each_fleet([finding("client alice"), *(finding(f"client {name}") for name in NAMES)]))
    assert [row.subject for row in rows] == [
        "client alice",
        *(f"client {name}" for name in NAMES[:5]),
        "3 more clients of devices",
    ]


def test_up_to_five_are_all_shown_and_so_is_what_is_about_no_fleet() -> None:
    findings = [
        *(finding(f"client c{number}") for number in range(9)),
        *(finding(f"client {one}") for one in NAMES[:5]),
    ]
    assert [row.subject for row in few_for_each_fleet(findings)] == [one.subject for one in findings]


def test_of_the_ends_of_a_fleet_the_next_is_shown() -> None:
    ends = [end("devices/d1", 3), end("alice", 4), end("devices/d2", 5), end("workers/w", 6)]
    assert [one.name for one in _one_for_each_fleet(ends)] == [
        "devices: the next of 2, d1",
        "alice",
        "workers: the next of 1, w",
    ]
