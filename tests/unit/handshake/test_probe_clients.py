"""What the certificates of a proof are, by OpenSSL's own verdict."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import crypto

from alb_mtls.handshake.probe_clients import ClientCredential, probe_clients_of, probe_clients_of_unknown_ca
from alb_mtls.pki.imported import key_matches
from tests.helpers.certificates import make_client
from tests.helpers.handshakes import NOW, PROBES, ROOT
from tests.helpers.profiles import client_profile_violations

CA = ROOT.certificate


def verification_error(credential: ClientCredential) -> int:
    """Return OpenSSL's error for a client of CA, 0 for none."""
    store = crypto.X509Store()
    store.add_cert(crypto.X509.from_cryptography(CA))
    leaf, *beside = (crypto.X509.from_cryptography(certificate) for certificate in credential.chain)
    try:
        crypto.X509StoreContext(store, leaf, chain=beside or None).verify_certificate()
    except crypto.X509StoreContextError as error:
        return int(error.errors[0])
    return 0


def test_the_valid_one_is_of_our_profile_and_lives_for_minutes() -> None:
    assert PROBES.valid is not None
    certificate = PROBES.valid.chain[0]
    assert client_profile_violations(certificate, CA) == []
    assert verification_error(PROBES.valid) == 0
    assert certificate.not_valid_after_utc - NOW <= timedelta(minutes=15)
    # The CA was made this second, and has no client older than itself.
    assert certificate.not_valid_before_utc >= CA.not_valid_before_utc


@pytest.mark.parametrize(
    ("kind", "error"),
    # X509_V_ERR_: self-signed certificate in chain, no local issuer, has expired, not yet valid.
    [("other_ca", {19, 20}), ("other_ca_same_name", {7, 19, 20}), ("expired", {10}), ("not_yet_valid", {9})],
)
def test_the_others_are_rejected_for_their_own_reason(kind: str, error: set[int]) -> None:
    assert verification_error(getattr(PROBES, kind)) in error


def test_the_wrong_usage_is_for_servers_only() -> None:
    assert PROBES.wrong_eku is not None
    usage = PROBES.wrong_eku.chain[0].extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_the_other_ca_copies_our_name_and_not_our_key() -> None:
    assert PROBES.other_ca_same_name is not None
    leaf, forged = PROBES.other_ca_same_name.chain
    assert leaf.issuer == forged.subject == CA.subject
    assert not key_matches(forged, ROOT.key)
    assert PROBES.other_ca.chain[0].issuer != CA.subject


def test_a_client_never_outlives_its_ca() -> None:
    probes = probe_clients_of(CA, ROOT.key, NOW, life=timedelta(days=9000))
    assert probes.valid is not None
    assert probes.valid.chain[0].not_valid_after_utc == CA.not_valid_after_utc


def test_without_the_ca_s_key_only_other_clients_are_made() -> None:
    probes = probe_clients_of(CA, None, NOW)
    assert (probes.valid, probes.expired, probes.not_yet_valid, probes.wrong_eku) == (None, None, None, None)
    assert probes.other_ca_same_name is not None
    assert probes.other_ca_same_name.chain[0].issuer == CA.subject


def test_a_client_that_exists_is_used_in_place_of_a_new_one() -> None:
    alice = make_client(ROOT, now=NOW)
    given = ClientCredential(chain=[alice.certificate], key=alice.key)
    assert probe_clients_of(CA, None, NOW, valid=given).valid is given
    assert probe_clients_of(CA, ROOT.key, NOW, valid=given).valid is given


def test_no_key_shows_in_what_is_printed() -> None:
    assert "key" not in repr(PROBES.valid)


def test_of_an_unknown_ca_the_issuer_of_the_last_in_its_client_s_chain_is_copied() -> None:
    assert PROBES.valid is not None
    below = ClientCredential(chain=[PROBES.other_ca.chain[0], PROBES.valid.chain[0]], key=PROBES.other_ca.key)
    for client in (PROBES.valid, below):
        probes = probe_clients_of_unknown_ca(NOW, valid=client)
        assert probes.valid is client
        assert probes.other_ca_same_name is not None
        assert probes.other_ca_same_name.chain[0].issuer == CA.subject
        assert verification_error(probes.other_ca_same_name) in {7, 19, 20}


def test_of_an_unknown_ca_without_a_client_the_plain_other_ca_is_there_all_the_same() -> None:
    probes = probe_clients_of_unknown_ca(NOW)
    assert (probes.valid, probes.other_ca_same_name, probes.expired) == (None, None, None)
    assert verification_error(probes.other_ca) in {19, 20}
