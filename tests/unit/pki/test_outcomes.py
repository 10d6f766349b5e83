"""Which certificates stay valid and which stop working, for the report of a run."""

from collections.abc import Sequence

import pytest

from alb_mtls.pki.inventory import BroughtCertificate, CertificateRequest, Due, Inventory, IssuedCertificate
from alb_mtls.pki.outcomes import outcomes
from alb_mtls.pki.subject import Subject
from tests.helpers.certificates import NOW
from tests.unit.pki.test_rollover_lines import certificate


def _request(name: str) -> CertificateRequest:
    return CertificateRequest(name=name, subject=Subject(common_name=name), validity="365d", renew_before="33%")


def _found(
    held: Sequence[IssuedCertificate],
    clients: Sequence[str] = ("alice",),
    due: Sequence[Due] = (),
    *,
    brought: Sequence[BroughtCertificate] = (),
    trusted: int | None = None,
    bound: Sequence[int] = (),
) -> list[tuple[str, int | None, str, str]]:
    inventory, requests = Inventory(certificates=tuple(held)), [_request(one) for one in clients]
    found = outcomes(inventory, requests, brought, due, now=NOW, trusted=trusted, bound=bound)
    values = [one.to_json() for one in found]
    return [(one["client"], one["generation"], one["outcome"], one["why"]) for one in values]


def test_nothing_is_reported_of_a_certificate_that_its_client_goes_on_using() -> None:
    assert _found([certificate("alice", 1)]) == []


def test_what_a_client_leaves_behind_stays_valid_and_what_has_ended_is_not_reported() -> None:
    held = [certificate("bob", 1), certificate("bob", 0, "superseded"), certificate("carol", 1, days_left=-1)]
    assert _found(held) == [("bob", 1, "stays valid", "leaves"), ("bob", 0, "stays valid", "leaves")]


@pytest.mark.parametrize(("renewal", "why"), [("it is renewed", "renewed"), (None, "replaced")])
def test_the_certificate_before_one_that_is_issued_stays_valid(renewal: str | None, why: str) -> None:
    due = [Due(request=_request("alice"), renewal=renewal), Due(request=_request("new"))]
    assert _found([certificate("alice", 1)], ["alice", "new"], due) == [("alice", 1, "stays valid", why)]


def test_a_client_that_brings_its_certificate_from_now_on_has_one_that_was_replaced() -> None:
    mine = BroughtCertificate(
        client="alice", certificate_pem="", fingerprint="f", serial_number="1", not_before="", not_after=""
    )
    assert _found([certificate("alice", 1)], [], brought=[mine]) == [("alice", 1, "stays valid", "replaced")]


def test_with_another_trusted_generation_every_certificate_of_an_older_one_stops_working() -> None:
    held = [certificate("alice", 2), certificate("alice", 1, "superseded"), certificate("gone", 1, "forgotten")]
    stopping = [("alice", 1, "stops working", "generation"), ("gone", 1, "stops working", "generation")]
    assert _found(held, trusted=2, bound=(1,)) == stopping
    # Before its first `up` a listener accepts everybody.
    assert _found(held, trusted=2) == stopping


def test_what_an_earlier_up_has_made_useless_is_no_news() -> None:
    held = [certificate("alice", 2), certificate("alice", 1, "superseded"), certificate("bob", 1)]
    assert _found(held, trusted=2, bound=(2,)) == [("bob", 1, "rejected already", "leaves")]
