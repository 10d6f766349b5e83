"""Who holds which generation, with counts and up to five names, at each step of a rollover."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from alb_mtls.pki.inventory import Inventory, IssuedCertificate
from alb_mtls.pki.rollover_lines import rollover_lines
from tests.helpers.certificates import NOW

DAY = timedelta(days=1)
SEVEN = ("alice", "bob", "carol", "dan", "eve", "frank", "grace")


def certificate(client: str, generation: int, status: str = "issued", *, days_left: int = 100) -> IssuedCertificate:
    return IssuedCertificate(
        client=client,
        generation=generation,
        status=status,  # type: ignore[arg-type]
        certificate_pem="",
        chain_pem="",
        fingerprint=f"{client}-{generation}",
        serial_number="1",
        not_before=NOW.isoformat(),
        not_after=(NOW + days_left * DAY).isoformat(),
    )


def before(*clients: str) -> Inventory:
    """Return what stands before the first step."""
    return Inventory(certificates=tuple(certificate(one, 1) for one in clients))


def after(*clients: str, days_left: int = 100) -> Inventory:
    """Return what stands after it."""
    issued = tuple(certificate(one, 2) for one in clients)
    return Inventory(
        certificates=(*issued, *(certificate(one, 1, "superseded", days_left=days_left) for one in clients))
    )


def lines(held: Inventory, clients: Sequence[str], *, trusted: int, bound: Sequence[int] = (1,)) -> list[str]:
    return list(rollover_lines(held, clients, issues=2, trusted=trusted, bound=bound, now=NOW))


@pytest.mark.parametrize("held", [before, after])
def test_in_the_first_step_whoever_holds_the_older_generation_must_fetch(held: Callable[..., Inventory]) -> None:
    assert lines(held(*SEVEN), SEVEN, trusted=1) == [
        (
            "7 clients hold generation 1 and must fetch their files again before rootCa.trusted: 2: "
            "alice, bob, carol, dan, eve and 2 more"
        )
    ]
    assert lines(held("alice"), ["alice"], trusted=1) == [
        "1 client holds generation 1 and must fetch its files again before rootCa.trusted: 2: alice"
    ]


def test_who_holds_only_the_newer_one_or_one_that_has_ended_or_left_is_not_named() -> None:
    held = Inventory(
        certificates=(
            certificate("new", 2),
            certificate("ended", 2),
            certificate("ended", 1, "superseded", days_left=-1),
            certificate("left", 1, "forgotten"),
        )
    )
    assert lines(held, ["new", "ended"], trusted=1) == []


def test_in_the_swap_whoever_has_not_fetched_since_is_rejected() -> None:
    [line] = lines(after("alice", "bob"), ["alice", "bob"], trusted=2)
    assert line.startswith("2 clients have had files of generation 2 since 2026-11-23; who has not fetched the files ")
    assert line.endswith("since then is rejected from this `up` on: alice, bob")
    # Later ones have nothing to announce.
    assert lines(after("alice", "bob"), ["alice", "bob"], trusted=2, bound=(2,)) == []


def test_a_hard_swap_names_whom_it_rejects() -> None:
    [line] = lines(before("alice", "bob"), ["alice", "bob"], trusted=2)
    assert line == (
        "2 clients hold generation 1 and are rejected from this `up` on, until files of generation 2 are fetched: "
        "alice, bob"
    )


@pytest.mark.parametrize("held", [before, after])
def test_while_listeners_request_nothing_clients_are_rejected_only_once_they_do(
    held: Callable[..., Inventory],
) -> None:
    for enabled, words in ((True, "rejected from this `up` on"), (False, "rejected as soon as enabled is true")):
        [line] = rollover_lines(held("alice"), ["alice"], issues=2, trusted=2, bound=(1,), enabled=enabled, now=NOW)
        assert words in line


@pytest.mark.parametrize("held", [before, after])
def test_where_git_swaps_the_listeners_clients_are_rejected_only_once_it_has(held: Callable[..., Inventory]) -> None:
    found = rollover_lines(held("alice"), ["alice"], issues=2, trusted=2, bound=(1, 2), of_git=True, now=NOW)
    [line] = found
    assert "rejected as soon as Git has brought generation 2" in line
    assert "`up`" not in line
