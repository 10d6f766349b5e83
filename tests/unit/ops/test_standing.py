"""Who gets in as far as certificates decide; that a listener really does so, only handshakes can show."""

from datetime import timedelta

import pytest

from alb_mtls.pki.encoding import certificate_pem
from ops.snapshots import Observed
from ops.state import ClientRecord
from ops.status import standing_of, trusted_ca
from tests.helpers import stack_state
from tests.helpers.certificates import NOW, ClientCredential, make_client, make_root
from tests.helpers.observed import in_cas, observed, on_alb, record, state_of

ROOT = make_root()
ALICE = make_client(ROOT, days=40)


def _client(identity: ClientCredential, *, sent: str = "") -> ClientRecord:
    certificate = certificate_pem(identity.certificate)
    return ClientRecord(
        name="alice",
        certificate_pem=certificate,
        chain_pem=certificate + sent,
        private_key_pem=None,
        renew_before=None,
        issuer_key_file=None,
    )


def _refusal(client: ClientRecord, found: Observed, *, days_later: float = 0) -> str | None:
    now = NOW + timedelta(days=days_later)
    return standing_of(client, found, ROOT.certificate, now).because


def test_a_client_of_the_cas_that_the_listener_asks_for_gets_in() -> None:
    assert _refusal(_client(ALICE), observed(ROOT)) is None


def test_everybody_gets_in_where_nobody_asks() -> None:
    stranger = _client(make_client(make_root()))
    open_listener = observed(ROOT, record=record(enabled=False), live=on_alb(enabled=False))
    assert _refusal(stranger, open_listener) is None
    assert _refusal(stranger, observed(ROOT)) is not None


def test_a_client_of_another_ca_is_refused_unless_what_it_sends_leads_to_ours() -> None:
    other = make_root()
    stranger = make_client(other)
    assert _refusal(_client(stranger), observed(ROOT)) == "its certificate is of another CA than the listener's"
    # Any certificate that our root signed will do here: path and extensions are the handshake's business.
    assert _refusal(_client(stranger, sent=certificate_pem(ALICE.certificate)), observed(ROOT)) is None


@pytest.mark.parametrize(
    ("days_later", "said"), [(-1, "begins on"), (0, None), (39, None), (41, "its certificate ended on 2027-01-02")]
)
def test_a_client_gets_in_only_during_the_life_of_its_certificate(days_later: float, said: str | None) -> None:
    refusal = _refusal(_client(ALICE), observed(ROOT), days_later=days_later)
    assert (refusal is None) if said is None else (refusal is not None and said in refusal)


def test_nobody_gets_in_where_the_listener_checks_with_another_ca() -> None:
    found = observed(ROOT, live=on_alb(identifiers=("2222aaaa-984f-6644-84eb-b234ea25f66a",)))
    assert _refusal(_client(ALICE), found) == "the listener checks clients with another CA"


def test_whether_a_client_gets_in_is_not_known_where_the_ca_could_not_be_read() -> None:
    standing = standing_of(_client(ALICE), observed(ROOT, ca=None, ca_asked=False), None, NOW)
    assert standing.admitted is None
    assert standing.because is not None
    assert "could not be read" in standing.because


@pytest.mark.parametrize(
    "found",
    [
        observed(ROOT, record=record(enabled=False), live=on_alb(enabled=False)),
        observed(ROOT, live=on_alb(identifiers=("2222aaaa-984f-6644-84eb-b234ea25f66a",))),
    ],
    ids=["nobody asks", "another CA is bound"],
)
def test_what_the_listener_does_decides_before_a_ca_that_could_not_be_read(found: Observed) -> None:
    standing = standing_of(_client(ALICE), found, None, NOW)
    assert standing.admitted is not None


def test_the_ca_that_counts_is_the_stacks_own_and_that_of_cas_for_a_purchased_one() -> None:
    purchased = make_root()
    state = state_of(stack_state.client(ALICE), root=ROOT)
    assert trusted_ca(state, observed(ROOT, ca=in_cas(purchased))) == ROOT.certificate
    bought = observed(purchased, record=record(identifier="bought"))
    assert trusted_ca(state, bought) == purchased.certificate
    assert trusted_ca(state, observed(ROOT, record=record(identifier="bought"), ca=None)) is None
