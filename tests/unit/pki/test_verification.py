"""Whom a TLS server would reject, beside the nearest one that it accepts; `openssl verify` judges the pairs too."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from alb_mtls.pki.extensions import key_usage
from alb_mtls.pki.verification import ca_problems, problems_of
from tests.helpers.authorities import DAY, SIGNS, Extension, alternative, ca_of_depth, excluded, issued, permitted
from tests.helpers.certificates import NOW, ClientCredential, make_client, make_root
from tests.helpers.openssl_verify import openssl_accepts

CLIENT_AUTH, SERVER_AUTH, ANY_PURPOSE = (
    (x509.ExtendedKeyUsage([purpose]), False)
    for purpose in (
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    )
)
BOTH = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), False)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
NS_CERT_TYPE = x509.ObjectIdentifier("2.16.840.1.113730.1.1")
NS_SERVER, NS_CLIENT = (
    x509.UnrecognizedExtension(NS_CERT_TYPE, bits) for bits in (b"\x03\x02\x06\x40", b"\x03\x02\x07\x80")
)
SIGNS_HANDSHAKES = (key_usage(signs_certificates=False), True)
KEY_IDENTIFIER = (x509.SubjectKeyIdentifier(b"ours"), False)
CA = ca_of_depth()
ROOT = issued(None, "root", *CA)


def distinguished(**values: str) -> x509.Name:
    oids = {"o": x509.NameOID.ORGANIZATION_NAME, "cn": x509.NameOID.COMMON_NAME, "email": x509.NameOID.EMAIL_ADDRESS}
    return x509.Name([x509.NameAttribute(oids[kind], value) for kind, value in values.items()])


# What is said of the second, while the first is accepted: extensions of the CA, and of its client.
PAIRS: dict[
    str, tuple[tuple[Sequence[Extension], Sequence[Extension]], tuple[Sequence[Extension], Sequence[Extension]], str]
] = {
    "a purpose of the client": (([], [BOTH]), ([], [SERVER_AUTH]), "its extendedKeyUsage lacks clientAuth, so"),
    "any purpose of the client": (
        ([], []),
        ([], [ANY_PURPOSE]),
        "lacks clientAuth (OpenSSL does not count anyExtendedKeyUsage), so servers reject it",
    ),
    "a usage of the client": (([], [SIGNS_HANDSHAKES]), ([], [SIGNS]), "its keyUsage lacks digitalSignature"),
    "a Netscape type": (([], [(NS_CLIENT, False)]), ([], [(NS_SERVER, False)]), "its nsCertType lacks client"),
    "an unknown extension of the client": (
        ([], [(UNKNOWN, False)]),
        ([], [(UNKNOWN, True)]),
        "it has a critical extension that OpenSSL does not know (1.2.3.4.5)",
    ),
    "an extension that only cryptography knows": (
        ([], [SIGNS_HANDSHAKES, (x509.TLSFeature([x509.TLSFeatureType.status_request]), False)]),
        ([], [SIGNS_HANDSHAKES, (x509.TLSFeature([x509.TLSFeatureType.status_request]), True)]),
        "it has a critical extension that OpenSSL does not know (1.3.6.1.5.5.7.1.24)",
    ),
    "the key identifier of another CA": (
        ([KEY_IDENTIFIER], [(x509.AuthorityKeyIdentifier(b"ours", None, None), False)]),
        ([KEY_IDENTIFIER], [(x509.AuthorityKeyIdentifier(b"another", None, None), False)]),
        "it has an authorityKeyIdentifier that does not fit the certificate of its issuer 'CN=root', so OpenSSL",
    ),
    "a host outside": (
        ([permitted(x509.DNSName("corp.example"))], [alternative(x509.DNSName("a.corp.example"))]),
        (
            [permitted(x509.DNSName("corp.example"))],
            [alternative(x509.DNSName("a.corp.example"), x509.DNSName("a.example"))],
        ),
        "(subject 'CN=alice', dns:'a.corp.example', dns:'a.example') breaks the nameConstraints of its issuers: ",
    ),
    "an excluded host": (
        ([excluded(x509.DNSName("corp.example"))], [alternative(x509.DNSName("a.example"))]),
        ([excluded(x509.DNSName("corp.example"))], [alternative(x509.DNSName("a.corp.example"))]),
        "'CN=root' excludes dns:'corp.example'",
    ),
    "an address outside": (
        ([permitted(x509.RFC822Name("ali.example"))], [alternative(x509.RFC822Name("a@ali.example"))]),
        ([permitted(x509.RFC822Name("ali.example"))], [alternative(x509.RFC822Name("a@other.example"))]),
        "permits only email:'ali.example'",
    ),
    "a URI outside": (
        (
            [permitted(x509.UniformResourceIdentifier(".ali.example"))],
            [alternative(x509.UniformResourceIdentifier("spiffe://a.ali.example/x"))],
        ),
        (
            [permitted(x509.UniformResourceIdentifier(".ali.example"))],
            [alternative(x509.UniformResourceIdentifier("spiffe://other.example/x"))],
        ),
        "permits only uri:'.ali.example'",
    ),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_a_client_that_servers_reject_is_refused_and_its_twin_is_taken(tmp_path: Path, pair: str) -> None:
    allowed, refused, said = PAIRS[pair]
    for (of_ca, of_client), expected in ((allowed, []), (refused, [said])):
        ca = issued(None, "root", *CA, *of_ca)
        client = issued(ca, "alice", *of_client).certificate
        problems = problems_of(client, (), ca.certificate, NOW)
        assert [part in problem for problem, part in zip(problems, expected, strict=True)] == [True] * len(expected)
        assert openssl_accepts(tmp_path, ca.certificate, [client]) is (expected == [])


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        (distinguished(o="alibaba", cn="alice"), distinguished(o="other", cn="alice")),
        (distinguished(o="ALIBABA", cn="alice"), distinguished(cn="alice", o="alibaba")),
    ],
    ids=["another organization", "another order"],
)
def test_a_subject_outside_of_a_constrained_tree_is_refused_and_one_inside_taken(
    inside: x509.Name, outside: x509.Name
) -> None:
    ca = issued(None, "root", *CA, permitted(x509.DirectoryName(distinguished(o="alibaba"))))
    assert problems_of(issued(ca, inside).certificate, (), ca.certificate, NOW) == []
    [line] = problems_of(issued(ca, outside).certificate, (), ca.certificate, NOW)
    assert "permits only subject 'O=alibaba'" in line


def test_an_address_in_the_subject_counts_as_one_in_the_alternative_names() -> None:
    ca = issued(None, "root", *CA, permitted(x509.RFC822Name("ali.example")))
    for domain, taken in (("ali.example", True), ("other.example", False)):
        client = issued(ca, distinguished(cn="alice", email=f"alice@{domain}")).certificate
        assert (problems_of(client, (), ca.certificate, NOW) == []) is taken


# What is said of a CA with the second extension, while one with the first is good.
AUTHORITIES: dict[str, tuple[list[Extension], list[Extension], str]] = {
    "a purpose": ([BOTH], [SERVER_AUTH], "lacks clientAuth, so servers reject every client that it issues; take a CA"),
    "any purpose": ([], [ANY_PURPOSE], "(OpenSSL does not count anyExtendedKeyUsage), so servers reject every client"),
    "an unknown extension": (
        [(UNKNOWN, False)],
        [(UNKNOWN, True)],
        "it has a critical extension that OpenSSL does not",
    ),
}


@pytest.mark.parametrize("kind", AUTHORITIES)
def test_a_ca_whose_clients_servers_reject_is_refused_and_its_twin_is_taken(tmp_path: Path, kind: str) -> None:
    allowed, refused, said = AUTHORITIES[kind]
    good, bad = (issued(None, "root", *CA, *extensions) for extensions in (allowed, refused))
    assert ca_problems(good.certificate, NOW) == []
    [line] = ca_problems(bad.certificate, NOW)
    assert said in line
    for ca, accepted in ((good, True), (bad, False)):
        client = issued(ca, "alice").certificate
        # It is reported at the CA, and not once more with every client.
        assert problems_of(client, (), ca.certificate, NOW) == []
        assert openssl_accepts(tmp_path, ca.certificate, [client]) is accepted


def test_a_ca_is_refused_outside_of_its_life_and_says_everything_at_once() -> None:
    ca = issued(None, "root", *CA, SERVER_AUTH, (UNKNOWN, True)).certificate
    assert ca_problems(ROOT.certificate, NOW) == []
    for moment, said in ((NOW - 2 * DAY, "it begins on"), (NOW + DAY, "it ended on")):
        assert [line.startswith(said) for line in ca_problems(ROOT.certificate, moment)] == [True]
        begun, purpose, extension = ca_problems(ca, moment)
        assert begun.startswith(said)
        assert "clientAuth" in purpose
        assert "critical" in extension


def test_a_client_says_everything_that_is_wrong_with_it_at_once() -> None:
    ca = issued(None, "root", *CA, permitted(x509.DNSName("corp.example")))
    extensions = (SIGNS, SERVER_AUTH, (UNKNOWN, True), alternative(x509.DNSName("a.example")))
    client = issued(ca, "alice", *extensions, end=NOW).certificate
    said = ("it ended on", "digitalSignature", "clientAuth", "1.2.3.4.5", "nameConstraints")
    lines = problems_of(client, (), ca.certificate, NOW)
    assert [part in line for part, line in zip(said, lines, strict=True)] == [True] * 5


def test_an_intermediate_with_the_key_identifier_of_another_ca_is_named_and_not_the_client() -> None:
    root = issued(None, "root", *CA, KEY_IDENTIFIER)
    for identifier, said in ((b"ours", []), (b"another", ["its issuer 'CN=intermediate' has an authorityKeyId"])):
        intermediate = issued(root, "intermediate", *CA, (x509.AuthorityKeyIdentifier(identifier, None, None), False))
        client = issued(intermediate, "alice").certificate
        problems = problems_of(client, [intermediate.certificate], root.certificate, NOW)
        assert [line[: len(said[0])] for line in problems] == said


def test_a_malformed_extension_is_the_cause_and_not_a_key_identifier_that_fits(tmp_path: Path) -> None:
    kind = x509.ObjectIdentifier("2.16.840.1.113730.1.1")
    for value, said in ((b"\3\2\7\x80", []), (b"zz", ["OpenSSL does not take 'CN=root' for the issuer of 'CN=alice'"])):
        client = issued(ROOT, "alice", (x509.UnrecognizedExtension(kind, value), False)).certificate
        problems = problems_of(client, (), ROOT.certificate, NOW)
        assert openssl_accepts(tmp_path, ROOT.certificate, [client]) is not bool(said)
        assert [line[: len(said[0])] for line in problems] == said


def test_a_certificate_signed_with_sha3_is_refused_and_with_any_sha2_taken() -> None:
    for digest, said in ((hashes.SHA384(), []), (hashes.SHA3_256(), ["it is signed with sha3-256, which no version"])):
        client = issued(ROOT, "alice", digest=digest).certificate
        problems = problems_of(client, (), ROOT.certificate, NOW)
        assert [line.startswith(part) for line, part in zip(problems, said, strict=True)] == [True] * len(said)


def test_the_roots_own_key_is_refused_as_a_clients_and_any_other_taken() -> None:
    said = "it carries the root CA's own key; make the client a key of its own"
    own = issued(ROOT, "alice", key=ROOT.key).certificate
    assert problems_of(own, (), ROOT.certificate, NOW) == [said]
    assert problems_of(issued(ROOT, "alice").certificate, (), ROOT.certificate, NOW) == []


def test_our_own_root_and_client_have_nothing_against_them(tmp_path: Path) -> None:
    root = make_root()
    client: ClientCredential = make_client(root)
    assert ca_problems(root.certificate, NOW) == []
    assert problems_of(client.certificate, (), root.certificate, NOW) == []
    assert openssl_accepts(tmp_path, root.certificate, [client.certificate])
