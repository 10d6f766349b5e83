"""When certificates end, and from which moment that is worth an exit code."""

from datetime import timedelta

import pytest

from ops.errors import OpsError
from ops.expiry import Expiry, expiries, expiry_findings, expiry_of, parse_within
from tests.helpers import stack_state
from tests.helpers.certificates import NOW, make_client, make_root
from tests.helpers.current import state_of

ROOT = make_root(days=100)
ALICE = make_client(ROOT, days=40)


def _expiries() -> list[Expiry]:
    return expiries(state_of(stack_state.client(ALICE), root=ROOT))


def test_every_certificate_of_the_stack_is_listed_the_next_end_first() -> None:
    assert [(one.kind, one.name) for one in _expiries()] == [("client", "alice"), ("root CA", "generation 1")]


def test_a_client_shows_from_when_an_up_renews_it_and_a_root_ca_that_nothing_does() -> None:
    client, root = _expiries()
    window = (client.not_after - client.not_before) * 33 / 100
    assert client.renewed_from is not None
    assert client.not_after - window <= client.renewed_from <= client.not_after - window / 2
    assert root.renewed_from is None


CLIENT, BOTH = ["CLIENT_EXPIRING"], ["CLIENT_EXPIRING", "CA_EXPIRING"]


@pytest.mark.parametrize(
    ("within", "days_later", "codes"),
    [
        # From the first moment of the window on; a root CA has a code of its own.
        ("30d", 9.9, []),
        ("30d", 10, CLIENT),
        ("30d", 41, CLIENT),
        ("30d", 71, BOTH),
        # A window longer than a life means always.
        ("4000d", 0, BOTH),
        # A share of each life.
        ("50%", 19.9, []),
        ("50%", 50, BOTH),
    ],
)
def test_a_certificate_is_a_finding_inside_its_window(within: str, days_later: float, codes: list[str]) -> None:
    found = expiry_findings(_expiries(), parse_within(within), NOW + timedelta(days=days_later))
    assert [str(one.code) for one in found] == codes


def test_an_ended_certificate_is_listed_as_ended() -> None:
    found = expiry_findings(_expiries(), parse_within("1d"), NOW + timedelta(days=41))
    assert found[0].evidence.startswith("ended on 2027-01-02 12:00 UTC")


def test_a_certificate_that_was_brought_is_renewed_by_whoever_brought_it() -> None:
    brought = expiry_of("client", "bob", ALICE.certificate)
    found = expiry_findings([brought], parse_within("90d"), NOW)
    assert "certificateFile" in found[0].remedy


@pytest.mark.parametrize("text", ["soon", "30", "0d", "-1d", ""])
def test_a_window_that_is_neither_time_nor_share_is_refused(text: str) -> None:
    with pytest.raises(OpsError, match="--within"):
        parse_within(text)
