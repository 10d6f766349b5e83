"""Our own predicates hold every rule of the two profiles: what we issue keeps them, each broken twin is caught."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from alb_mtls.pki.extensions import key_usage
from alb_mtls.pki.key_spec import KeySpec
from tests.helpers.certificates import NOW, P256, make_client, make_root
from tests.helpers.mutated_certificates import (
    Mutation,
    added,
    mutated_client,
    mutated_root,
    otherwise_critical,
    replaced_by,
    root_with_raw_end,
    with_value,
    without,
)
from tests.helpers.profiles import ca_profile_violations, client_profile_violations

P384 = KeySpec(algorithm="ecdsa", curve="P-384")
RSA = KeySpec(algorithm="rsa", size=3072)
ROOT = make_root()
FOREIGN_KEY_IDENTIFIER = x509.AuthorityKeyIdentifier(b"\1" * 20, None, None)

# The rows of docs/facts/x509-and-tls.md, Checkers, but for its last one (times, below), and the words by which our
# predicate names each.
ROWS_OF_R = {
    "basicConstraints not critical": (otherwise_critical(x509.BasicConstraints), "basicConstraints is not critical"),
    "no basicConstraints": (without(x509.BasicConstraints), "basicConstraints is missing"),
    "no keyUsage": (without(x509.KeyUsage), "keyUsage is missing"),
    "keyUsage not critical": (otherwise_critical(x509.KeyUsage), "keyUsage is not critical"),
    "no subjectKeyIdentifier": (without(x509.SubjectKeyIdentifier), "subjectKeyIdentifier is missing"),
    "no authorityKeyIdentifier": (without(x509.AuthorityKeyIdentifier), "authorityKeyIdentifier is missing"),
    "serial number 1": (Mutation(serial=1), "serial number is not random"),
    "country in lower case": (with_value(NameOID.COUNTRY_NAME, "cn"), "country 'cn'"),
    "organization of 65 characters": (with_value(NameOID.ORGANIZATION_NAME, "o" * 65), "organization has 65"),
    "state of 129 characters": (with_value(NameOID.STATE_OR_PROVINCE_NAME, "s" * 129), "state has 129"),
    "email in the name only": (without(x509.SubjectAlternativeName), "not in its subjectAltName"),
    "NUL in the commonName": (with_value(NameOID.COMMON_NAME, "ro\0ot"), "cannot be printed"),
}

MORE_DEFECTS_OF_A_CA = {
    "pathLen 0": (replaced_by(x509.BasicConstraints(ca=True, path_length=0)), "carry a pathLen"),
    "keyUsage of a client": (replaced_by(key_usage(signs_certificates=False)), "not exactly keyCertSign and cRLSign"),
    "extendedKeyUsage": (added(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])), "the extension 2.5.29.37"),
    "critical subjectAltName": (otherwise_critical(x509.SubjectAlternativeName), "subjectAltName is critical"),
    "critical subjectKeyIdentifier": (
        otherwise_critical(x509.SubjectKeyIdentifier),
        "subjectKeyIdentifier is critical",
    ),
    "subjectKeyIdentifier of another key": (
        # Its own authorityKeyIdentifier follows, so that nothing else is wrong with it.
        replaced_by(x509.SubjectKeyIdentifier(b"\1" * 20), FOREIGN_KEY_IDENTIFIER),
        "not the SHA-1 of its key",
    ),
    "authorityKeyIdentifier of another key": (replaced_by(FOREIGN_KEY_IDENTIFIER), "authorityKeyIdentifier"),
    "no commonName": (with_value(NameOID.COMMON_NAME), "commonName is required"),
    "two commonNames": (with_value(NameOID.COMMON_NAME, "root", "root"), "stands twice"),
    "a title": (with_value(NameOID.TITLE, "Dr"), "not of the profile"),
}

DEFECTS_OF_A_CLIENT = {
    "CA:TRUE": (replaced_by(x509.BasicConstraints(ca=True, path_length=None)), "basicConstraints say CA:TRUE"),
    "basicConstraints not critical": (otherwise_critical(x509.BasicConstraints), "basicConstraints is not critical"),
    "keyUsage of a CA": (replaced_by(key_usage(signs_certificates=True)), "not exactly digitalSignature"),
    "no extendedKeyUsage, which nginx, Go and OpenSSL take for any": (
        without(x509.ExtendedKeyUsage),
        "extendedKeyUsage is missing",
    ),
    "serverAuth": (replaced_by(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])), "not exactly clientAuth"),
    "clientAuth and serverAuth": (
        replaced_by(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH])),
        "not exactly clientAuth",
    ),
    "critical extendedKeyUsage": (otherwise_critical(x509.ExtendedKeyUsage), "extendedKeyUsage is critical"),
    "no authorityKeyIdentifier": (without(x509.AuthorityKeyIdentifier), "authorityKeyIdentifier is missing"),
    "authorityKeyIdentifier of another root": (replaced_by(FOREIGN_KEY_IDENTIFIER), "authorityKeyIdentifier"),
    "begins before its root": (
        Mutation(begin=ROOT.certificate.not_valid_before_utc - timedelta(seconds=1)),
        "begins before the root CA",
    ),
    "ends after its root": (
        Mutation(end=ROOT.certificate.not_valid_after_utc + timedelta(seconds=1)),
        "ends after the root CA",
    ),
    "serial number 1": (Mutation(serial=1), "serial number is not random"),
    "email in the name only": (
        replaced_by(x509.SubjectAlternativeName([x509.DNSName("alice.example")])),
        "not in its subjectAltName",
    ),
}


@pytest.mark.parametrize("spec", [P256, P384, RSA], ids=["P-256", "P-384", "RSA"])
def test_what_we_issue_keeps_every_rule(spec: KeySpec) -> None:
    root = make_root(spec)
    client = make_client(root, spec)
    assert ca_profile_violations(root.certificate) == []
    assert client_profile_violations(client.certificate, root.certificate) == []


@pytest.mark.parametrize(
    ("mutation", "words"),
    [*ROWS_OF_R.values(), *MORE_DEFECTS_OF_A_CA.values()],
    ids=[*ROWS_OF_R, *MORE_DEFECTS_OF_A_CA],
)
def test_each_defect_of_a_ca_is_caught_and_is_the_only_one(mutation: Mutation, words: str) -> None:
    violations = ca_profile_violations(mutated_root(mutation))
    assert [words in violation for violation in violations] == [True], violations


@pytest.mark.parametrize(("mutation", "words"), DEFECTS_OF_A_CLIENT.values(), ids=DEFECTS_OF_A_CLIENT)
def test_each_defect_of_a_client_is_caught_and_is_the_only_one(mutation: Mutation, words: str) -> None:
    violations = client_profile_violations(mutated_client(ROOT, mutation), ROOT.certificate)
    assert [words in violation for violation in violations] == [True], violations


@pytest.mark.parametrize("days", [8000, 9000], ids=["ends in 2048", "ends in 2051"])
def test_a_root_keeps_every_rule_on_both_sides_of_2050(days: int) -> None:
    assert ca_profile_violations(make_root(days=days).certificate) == []


@pytest.mark.parametrize(
    ("tag", "text", "words"),
    [
        (0x17, "600101000000Z", "ends before it begins"),
        (0x18, "20361120120000Z", "UTCTime through 2049"),
    ],
    ids=["2060 as UTCTime, which means 1960", "2036 as GeneralizedTime"],
)
def test_an_end_in_the_wrong_kind_of_time_is_caught_on_both_sides_of_2050(tag: int, text: str, words: str) -> None:
    assert ca_profile_violations(root_with_raw_end(0x18, "20600101000000Z")) == []
    violations = ca_profile_violations(root_with_raw_end(tag, text))
    assert [words in violation for violation in violations] == [True], violations


def test_a_root_that_ends_when_it_begins_is_caught() -> None:
    assert ca_profile_violations(mutated_root(Mutation(begin=NOW, end=NOW))) == ["it ends before it begins"]


def test_a_client_is_no_ca_and_a_ca_is_no_client() -> None:
    client = make_client(ROOT)
    assert "basicConstraints say CA:FALSE" in ca_profile_violations(client.certificate)
    assert "it is not signed by itself, so it is no root" in ca_profile_violations(client.certificate)
    assert "basicConstraints say CA:TRUE" in client_profile_violations(ROOT.certificate, ROOT.certificate)


def test_a_client_of_another_root_of_the_same_name_is_distinguished_from_ours() -> None:
    violations = client_profile_violations(make_client(make_root()).certificate, ROOT.certificate)
    assert violations == [
        "it is not signed by the root CA",
        "authorityKeyIdentifier is not the root CA's subjectKeyIdentifier alone",
    ]
