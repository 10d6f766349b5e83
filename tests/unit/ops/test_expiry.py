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


def _codes(within: str, *, days_later: float) -> list[str]:
    now = NOW + timedelta(days=days_later)
    return [str(one.code) for one in expiry_findings(_expiries(), parse_within(within), now)]


def test_every_certificate_of_the_stack_is_told_the_next_end_first() -> None:
    assert [(one.kind, one.name) for one in _expiries()] == [("client", "alice"), ("root CA", "generation 1")]


def test_a_client_tells_from_when_an_up_renews_it_and_a_root_ca_that_nothing_does() -> None:
    client, root = _expiries()
    life = client.not_after - client.not_before
    assert client.renewed_from == client.not_after - life * 33 / 100
    assert root.renewed_from is None


@pytest.mark.parametrize(("days_later", "codes"), [(9.9, []), (10, ["CLIENT_EXPIRING"]), (41, ["CLIENT_EXPIRING"])])
def test_a_client_is_a_finding_from_the_first_moment_of_the_window(days_later: float, codes: list[str]) -> None:
    assert _codes("30d", days_later=days_later) == codes


def test_a_root_ca_has_a_code_of_its_own() -> None:
    assert _codes("30d", days_later=71) == ["CLIENT_EXPIRING", "CA_EXPIRING"]


def test_a_window_longer_than_a_life_means_always() -> None:
    assert _codes("4000d", days_later=0) == ["CLIENT_EXPIRING", "CA_EXPIRING"]


def test_a_window_can_be_a_share_of_each_life() -> None:
    assert _codes("50%", days_later=19.9) == []
    assert _codes("50%", days_later=50) == ["CLIENT_EXPIRING", "CA_EXPIRING"]


def test_an_ended_certificate_is_told_as_ended() -> None:
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
