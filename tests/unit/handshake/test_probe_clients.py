"""What the certificates of a proof are, by OpenSSL's own verdict."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from OpenSSL import crypto

from alb_mtls.handshake.checks import Client
from alb_mtls.handshake.credentials import ClientCredential, ClientNames, names_of
from alb_mtls.handshake.plans import impostors
from alb_mtls.handshake.probe_clients import PROBE_NAME, probe_clients_of, probe_clients_of_unknown_ca
from alb_mtls.pki.keys import key_matches
from tests.helpers.authorities import DAY, ca_of_depth, issued
from tests.helpers.certificates import ClientCredential as Ca
from tests.helpers.certificates import make_client
from tests.helpers.handshakes import NOW, PROBES, ROOT
from tests.helpers.profiles import client_profile_violations

CA = ROOT.certificate
X509_V_ERR_PERMITTED_VIOLATION = 47


PROBES_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, PROBE_NAME)])


def verification_error(credential: ClientCredential, ca: x509.Certificate = CA) -> int:
    """Return OpenSSL's error for a client of a CA, 0 for none."""
    store = crypto.X509Store()
    store.add_cert(crypto.X509.from_cryptography(ca))
    leaf, *beside = (crypto.X509.from_cryptography(certificate) for certificate in credential.chain)
    try:
        crypto.X509StoreContext(store, leaf, chain=beside or None).verify_certificate()
    except crypto.X509StoreContextError as error:
        return int(error.errors[0])
    return 0


def key_identifiers(certificate: x509.Certificate) -> tuple[bytes, bytes | None]:
    """Return the key identifier of a certificate, and that of its issuer."""
    extensions = certificate.extensions
    own = extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return own.digest, extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier


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
    # X509_V_ERR_: self-signed certificate in chain, no local issuer, signature failure, self-signed, has expired, not
    # yet valid.
    [
        ("other_ca", {19, 20}),
        ("other_ca_same_name", {7}),
        ("self_signed", {18}),
        ("expired", {10}),
        ("not_yet_valid", {9}),
    ],
)
def test_the_others_are_rejected_for_their_own_reason(kind: str, error: set[int]) -> None:
    assert verification_error(getattr(PROBES, kind)) in error


def test_the_wrong_usage_is_for_servers_only() -> None:
    assert PROBES.wrong_eku is not None
    usage = PROBES.wrong_eku.chain[0].extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_the_other_ca_copies_our_name_and_key_identifier_and_not_our_key() -> None:
    assert PROBES.other_ca_same_name is not None
    leaf, forged = PROBES.other_ca_same_name.chain
    assert leaf.issuer == forged.subject == CA.subject
    assert key_identifiers(leaf)[1] == key_identifiers(forged)[0] == key_identifiers(CA)[0]
    assert not key_matches(forged, ROOT.key)
    plain_leaf, plain = PROBES.other_ca.chain
    assert plain.subject != CA.subject
    assert key_identifiers(plain_leaf)[1] == key_identifiers(plain)[0] != key_identifiers(CA)[0]


def test_the_self_signed_one_has_the_names_of_the_client_that_is_accepted() -> None:
    alice = make_client(ROOT, now=NOW)
    given = ClientCredential(chain=[alice.certificate], key=alice.key)
    for probes in (probe_clients_of(CA, None, NOW, given=given), probe_clients_of_unknown_ca(NOW, valid=given)):
        [forged] = probes.self_signed.chain
        assert forged.issuer == names_of(forged).subject == alice.certificate.subject
        assert names_of(forged) == names_of(alice.certificate)
        assert verification_error(probes.self_signed) == 18
    assert probe_clients_of(CA, ROOT.key, NOW).self_signed.chain[0].subject == PROBES_NAME


def test_every_client_that_must_be_rejected_is_an_impostor_where_it_can_be_made() -> None:
    everybody = {
        Client.OTHER_CA: PROBES.other_ca,
        Client.OTHER_CA_SAME_NAME: PROBES.other_ca_same_name,
        Client.SELF_SIGNED: PROBES.self_signed,
        Client.EXPIRED: PROBES.expired,
        Client.NOT_YET_VALID: PROBES.not_yet_valid,
        Client.WRONG_USAGE: PROBES.wrong_eku,
    }
    assert dict(impostors(PROBES)) == everybody
    without_key = probe_clients_of(CA, None, NOW)
    assert set(dict(impostors(without_key))) == {Client.OTHER_CA, Client.OTHER_CA_SAME_NAME, Client.SELF_SIGNED}
    unknown = probe_clients_of_unknown_ca(NOW)
    assert set(dict(impostors(unknown))) == {Client.OTHER_CA, Client.SELF_SIGNED}


def test_a_client_never_outlives_its_ca() -> None:
    probes = probe_clients_of(CA, ROOT.key, NOW, life=timedelta(days=9000))
    assert probes.valid is not None
    assert probes.valid.chain[0].not_valid_after_utc == CA.not_valid_after_utc


def test_without_the_ca_s_key_only_other_clients_are_made() -> None:
    probes = probe_clients_of(CA, None, NOW)
    assert (probes.valid, probes.expired, probes.not_yet_valid, probes.wrong_eku) == (None, None, None, None)
    assert probes.other_ca_same_name is not None
    assert probes.other_ca_same_name.chain[0].issuer == CA.subject


def test_a_client_that_exists_stands_beside_a_new_one_and_in_its_place_only_without_the_key() -> None:
    alice = make_client(ROOT, now=NOW)
    given = ClientCredential(chain=[alice.certificate], key=alice.key)
    without_key = probe_clients_of(CA, None, NOW, given=given)
    assert (without_key.valid, without_key.given) == (given, None)
    with_key = probe_clients_of(CA, ROOT.key, NOW, given=given)
    assert with_key.given is given
    assert with_key.valid is not None
    assert with_key.valid.chain[0].subject != alice.certificate.subject


BASE = x509.Name(
    [x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "ours")]
)
PARTNER = ClientNames(
    subject=x509.Name(
        [*BASE.rdns, x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COMMON_NAME, "partner")])]
    ),
    sans=x509.SubjectAlternativeName([x509.DNSName("partner.clients.example"), x509.RFC822Name("a@ours.example")]),
)
PERMITTED: list[list[x509.GeneralName]] = [
    [x509.DNSName("clients.example"), x509.RFC822Name("ours.example")],
    [x509.DirectoryName(BASE)],
    [x509.DNSName("clients.example"), x509.DirectoryName(BASE), x509.RFC822Name("ours.example")],
]


def permitting(names: list[x509.GeneralName]) -> Ca:
    constraints = x509.NameConstraints(permitted_subtrees=names, excluded_subtrees=None), True
    return issued(None, "root", *ca_of_depth(), constraints, begin=NOW - DAY, end=NOW + DAY)


@pytest.mark.parametrize("names", [None, PARTNER], ids=["without a client", "with one"])
@pytest.mark.parametrize("permitted", PERMITTED, ids=["names", "DNs", "both"])
def test_a_client_of_a_ca_that_permits_certain_names_only_is_valid(
    permitted: list[x509.GeneralName], names: ClientNames | None
) -> None:
    constrained = permitting(permitted)
    probes = probe_clients_of(constrained.certificate, constrained.key, NOW, names=names)
    assert probes.valid is not None
    assert verification_error(probes.valid, constrained.certificate) == 0
    assert names is None or names_of(probes.valid.chain[0]) == names
    # Where all names are permitted, those of no other client are borrowed.
    plain = probe_clients_of(CA, ROOT.key, NOW, names=names).valid
    assert plain is not None
    assert plain.chain[0].subject == PROBES_NAME


def test_what_a_ca_does_not_permit_is_rejected_as_that() -> None:
    constrained = permitting([x509.DirectoryName(BASE)])
    stranger = ClientNames(subject=PROBES_NAME)
    probes = probe_clients_of(constrained.certificate, constrained.key, NOW, names=stranger)
    assert probes.valid is not None
    assert verification_error(probes.valid, constrained.certificate) == X509_V_ERR_PERMITTED_VIOLATION


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
        assert verification_error(probes.other_ca_same_name) == 7


def test_of_an_unknown_ca_without_a_client_the_plain_other_ca_is_there_all_the_same() -> None:
    probes = probe_clients_of_unknown_ca(NOW)
    assert (probes.valid, probes.other_ca_same_name, probes.expired) == (None, None, None)
    assert verification_error(probes.other_ca) in {19, 20}
