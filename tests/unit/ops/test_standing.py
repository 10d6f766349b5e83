"""Who is accepted as far as certificates decide; that a listener really does so, only handshakes can show."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alb_mtls.pki.encoding import certificate_pem
from ops.current_listeners import CurrentListener
from ops.state_records import ClientRecord
from ops.status import standing_of
from tests.helpers.certificates import NOW, ClientCredential, make_client, make_root
from tests.helpers.current import IDENTIFIER, current, deployed, in_cas, never_switched, on_alb

ROOT = make_root()
ALICE = make_client(ROOT, days=40)
ANOTHER = "2222aaaa-984f-6644-84eb-b234ea25f66a"


def _client(identity: ClientCredential, *, sent: str = "") -> ClientRecord:
    certificate = certificate_pem(identity.certificate)
    return ClientRecord(
        name="alice",
        certificate_pem=certificate,
        chain_pem=certificate + sent,
        private_key_pem=None,
        renewal=None,
    )


def _rejection(client: ClientRecord, found: CurrentListener, *, days_later: float = 0) -> str | None:
    return standing_of(client, found, NOW + timedelta(days=days_later)).because


def test_a_client_of_the_ca_that_the_listener_trusts_is_accepted() -> None:
    assert _rejection(_client(ALICE), current(ROOT)) is None


def test_every_client_is_accepted_where_no_certificate_is_requested() -> None:
    stranger = _client(make_client(make_root()))
    open_listener = current(ROOT, listener=deployed(ROOT, enabled=False), on_alb=on_alb(enabled=False))
    assert _rejection(stranger, open_listener) is None
    assert _rejection(stranger, current(ROOT)) is not None


def test_a_client_of_another_ca_is_rejected_unless_what_it_sends_leads_to_ours() -> None:
    other = make_root()
    stranger = make_client(other)
    assert _rejection(_client(stranger), current(ROOT)) == "its certificate is of another CA than the listener's"
    # Any certificate that our root signed will do here: path and extensions are the handshake's business.
    assert _rejection(_client(stranger, sent=certificate_pem(ALICE.certificate)), current(ROOT)) is None


@pytest.mark.parametrize(
    ("days_later", "sentence"), [(-1, "begins on"), (0, None), (39, None), (41, "its certificate ended on 2027-01-02")]
)
def test_a_client_is_accepted_only_during_the_life_of_its_certificate(days_later: float, sentence: str | None) -> None:
    rejection = _rejection(_client(ALICE), current(ROOT), days_later=days_later)
    assert (rejection is None) if sentence is None else (rejection is not None and sentence in rejection)


def test_no_client_is_accepted_where_the_listener_checks_with_another_ca() -> None:
    found = current(ROOT, on_alb=on_alb(identifiers=(ANOTHER,)))
    assert _rejection(_client(ALICE), found) == "the listener checks clients with another CA"


def test_who_is_accepted_is_not_known_where_a_run_that_did_not_end_has_bound_another_ca_of_the_stack() -> None:
    for before in (never_switched(), deployed(ROOT)):
        bound = replace(before, claim=replace(before.claim, known=(IDENTIFIER, ANOTHER)))
        found = current(ROOT, listener=bound, on_alb=on_alb(identifiers=(ANOTHER,)))
        standing = standing_of(_client(ALICE), found, NOW)
        assert standing.accepted is None
        assert "a CA of this stack that no finished up has set" in (standing.because or "")
        foreign = current(ROOT, listener=bound, on_alb=on_alb(identifiers=("ca-of-somebody",)))
        assert standing_of(_client(ALICE), foreign, NOW).accepted is False


def test_whether_a_client_is_accepted_is_not_known_where_the_ca_could_not_be_read() -> None:
    standing = standing_of(_client(ALICE), current(ROOT, listener=deployed(None), ca=None, ca_searched=False), NOW)
    assert standing.accepted is None
    assert standing.because is not None
    assert "could not be read" in standing.because


def test_whether_a_client_is_accepted_is_not_known_where_the_alb_does_not_name_the_ca() -> None:
    standing = standing_of(_client(ALICE), current(ROOT, on_alb=on_alb(identifiers=())), NOW)
    assert standing.accepted is None
    assert standing.because is not None
    assert "the ALB API does not name the CA" in standing.because


@pytest.mark.parametrize(
    "found",
    [
        current(ROOT, listener=deployed(None, enabled=False), ca=None, on_alb=on_alb(enabled=False)),
        current(ROOT, listener=deployed(None), ca=None, on_alb=on_alb(identifiers=(ANOTHER,))),
    ],
    ids=["no certificate is requested", "another CA is bound"],
)
def test_what_the_listener_does_decides_before_a_ca_that_could_not_be_read(found: CurrentListener) -> None:
    standing = standing_of(_client(ALICE), found, NOW)
    assert standing.accepted is not None


def test_the_ca_that_counts_is_the_stacks_own_and_that_of_cas_for_a_purchased_one() -> None:
    purchased = make_root()
    assert current(ROOT, ca=in_cas(purchased)).trusted_ca == ROOT.certificate
    bought = deployed(None, ca_identifier="bought")
    assert current(purchased, listener=bought).trusted_ca == purchased.certificate
    assert current(ROOT, listener=bought, ca=None).trusted_ca is None
