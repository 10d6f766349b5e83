"""Chains through intermediate CAs that a TLS server would reject, beside those that it accepts."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID

from alb_mtls.pki.verification import ca_problems, problems_of
from tests.helpers.authorities import DAY, Extension, alternative, ca_of_depth, issued, permitted
from tests.helpers.certificates import NOW, make_client, make_root
from tests.helpers.openssl_verify import openssl_accepts

SERVER_AUTH = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
CA = ca_of_depth()
ROOT = issued(None, "root", *CA)
INTERMEDIATE = issued(ROOT, "intermediate", *CA)
LEAF = issued(INTERMEDIATE, "alice")


@pytest.mark.parametrize("with_root", [False, True])
def test_a_client_below_an_intermediate_is_taken_with_its_chain_and_refused_without(
    tmp_path: Path, *, with_root: bool
) -> None:
    root = [ROOT.certificate] if with_root else []
    complete = [INTERMEDIATE.certificate, *root]
    assert problems_of(LEAF.certificate, complete, ROOT.certificate, NOW) == []
    assert problems_of(LEAF.certificate, [*root, INTERMEDIATE.certificate], ROOT.certificate, NOW) == []
    [line] = problems_of(LEAF.certificate, root, ROOT.certificate, NOW)
    assert line.startswith("it was not issued by the root CA 'CN=root', and the certificate of its issuer, ")
    assert line.endswith(
        "'CN=intermediate', is not in the file. Put it there, after the client's own; where a key takes one "
        "certificate only, as clients[].certificateFile does, give that CA to the listener as its root CA"
    )
    assert openssl_accepts(tmp_path, ROOT.certificate, [LEAF.certificate, *complete])
    assert not openssl_accepts(tmp_path, ROOT.certificate, [LEAF.certificate, *root])


def test_the_certificate_that_is_missing_may_be_further_up() -> None:
    upper = issued(ROOT, "upper", *CA)
    lower = issued(upper, "lower", *CA)
    client = issued(lower, "alice").certificate
    assert problems_of(client, [lower.certificate, upper.certificate], ROOT.certificate, NOW) == []
    [line] = problems_of(client, [lower.certificate], ROOT.certificate, NOW)
    assert "the certificate of the issuer of 'CN=lower', 'CN=upper', is not in the file" in line


def test_a_chain_that_begins_with_a_ca_is_refused_as_such_and_in_its_order_taken() -> None:
    [line] = problems_of(INTERMEDIATE.certificate, [LEAF.certificate], ROOT.certificate, NOW)
    assert line.startswith("it begins with a CA, 'CN=intermediate'; the client's own certificate comes first")
    assert problems_of(LEAF.certificate, [INTERMEDIATE.certificate], ROOT.certificate, NOW) == []


def test_a_client_of_another_ca_is_refused_also_when_that_one_copies_name_or_key_identifier() -> None:
    root = make_root()
    other, copy = issued(None, "other", *CA), issued(None, root.certificate.subject, *CA)
    assert problems_of(make_client(root).certificate, (), root.certificate, NOW) == []
    [line] = problems_of(issued(copy, "alice").certificate, (), root.certificate, NOW)
    assert line.startswith("it was not issued by the root CA")
    [line] = problems_of(issued(other, "alice").certificate, (other.certificate,), root.certificate, NOW)
    assert line.endswith(", but by another one, 'CN=other'")
    [line] = problems_of(issued(None, "alice").certificate, (), root.certificate, NOW)
    assert line.endswith(", but by another one, 'CN=alice'")


def test_an_intermediate_that_has_ended_is_found_by_openssl_too_where_its_name_is_encoded_otherwise(
    tmp_path: Path,
) -> None:
    attribute = x509.NameOID.COMMON_NAME
    utf8, printable = (
        x509.Name([x509.NameAttribute(attribute, "between", kind)])
        for kind in (_ASN1Type.UTF8String, _ASN1Type.PrintableString)
    )
    for end, taken in ((NOW + DAY, True), (NOW - DAY / 24, False)):
        between = issued(ROOT, utf8, *CA, end=end)
        same_key = issued(ROOT, printable, *CA, key=between.key)
        client = issued(same_key, "alice").certificate
        problems = problems_of(client, [between.certificate], ROOT.certificate, NOW)
        assert openssl_accepts(tmp_path, ROOT.certificate, [client, between.certificate]) is taken
        assert problems == ([] if taken else ["OpenSSL rejects it: certificate has expired"])


def test_a_cross_certificate_leads_to_the_old_root_unless_openssl_meets_the_new_one_first(tmp_path: Path) -> None:
    new_root = issued(None, "root G2", *CA)
    cross = issued(ROOT, "root G2", *CA, key=new_root.key)
    client = issued(new_root, "alice").certificate
    for sent, ca, said in (
        ([cross], ROOT, None),
        ([cross, new_root], ROOT, None),
        ([cross, new_root], new_root, None),
        ([new_root, cross], ROOT, "OpenSSL follows 'CN=root G2', which stands in the file too"),
        ([new_root], ROOT, "it was not issued by the root CA 'CN=root', but by another one, 'CN=root G2'"),
    ):
        chain = [one.certificate for one in sent]
        assert openssl_accepts(tmp_path, ca.certificate, [client, *chain]) is (said is None)
        problems = problems_of(client, chain, ca.certificate, NOW)
        assert [str(said) in line for line in problems] == [True] * (said is not None)


@pytest.mark.parametrize(("depth", "taken"), [(None, True), (1, True), (0, False)])
def test_a_chain_longer_than_the_root_allows_is_refused(depth: int | None, *, taken: bool) -> None:
    root = issued(None, "root", *ca_of_depth(depth))
    between = issued(root, "intermediate", *CA)
    problems = problems_of(issued(between, "alice").certificate, [between.certificate], root.certificate, NOW)
    assert [line.startswith("there are more CAs between it and the root CA") for line in problems] == [True] * (
        not taken
    )


# What is said of a chain through an intermediate with these extensions and this end.
INTERMEDIATES: dict[str, tuple[list[Extension], str]] = {
    "no CA": ([], "is not a CA (basicConstraints), so it may not issue certificates"),
    "a purpose": ([*CA, SERVER_AUTH], "its issuer 'CN=intermediate': its extendedKeyUsage lacks clientAuth"),
    "an unknown extension": ([*CA, (UNKNOWN, True)], "its issuer 'CN=intermediate' has a critical extension"),
    "constraints": (
        [*CA, permitted(x509.DNSName("corp.example"))],
        "'CN=intermediate' permits only dns:'corp.example'",
    ),
}


@pytest.mark.parametrize("kind", INTERMEDIATES)
def test_an_intermediate_that_servers_reject_is_named(tmp_path: Path, kind: str) -> None:
    extensions, said = INTERMEDIATES[kind]
    between = issued(ROOT, "intermediate", *extensions)
    client = issued(between, "alice", alternative(x509.DNSName("alice.example"))).certificate
    [line] = problems_of(client, [between.certificate], ROOT.certificate, NOW)
    assert said in line
    assert not openssl_accepts(tmp_path, ROOT.certificate, [client, between.certificate])


def test_an_intermediate_that_has_ended_is_named_and_one_with_a_day_left_is_taken() -> None:
    for end, taken in ((NOW, False), (NOW + DAY, True)):
        between = issued(ROOT, "intermediate", *CA, end=end)
        problems = problems_of(issued(between, "alice").certificate, [between.certificate], ROOT.certificate, NOW)
        assert [line.startswith("its issuer 'CN=intermediate': it ended on") for line in problems] == [True] * (
            not taken
        )


def test_an_intermediate_that_has_ended_beside_a_current_one_of_the_same_key_keeps_nobody_out(tmp_path: Path) -> None:
    ended = issued(ROOT, "intermediate", *CA, end=NOW - DAY / 24)
    current = issued(ROOT, "intermediate", *CA, key=ended.key)
    client = issued(current, "alice").certificate
    for sent, taken in (([ended, current], True), ([current, ended], True), ([ended], False)):
        chain = [one.certificate for one in sent]
        assert openssl_accepts(tmp_path, ROOT.certificate, [client, *chain]) is taken
        assert (problems_of(client, chain, ROOT.certificate, NOW) == []) is taken


def test_a_trusted_intermediate_is_an_anchor_like_any_other() -> None:
    assert problems_of(LEAF.certificate, (), INTERMEDIATE.certificate, NOW) == []
    assert ca_problems(INTERMEDIATE.certificate, NOW) == []


def test_a_client_of_an_unknown_ca_is_checked_in_all_other_respects() -> None:
    assert problems_of(LEAF.certificate, (), None, NOW) == []
    assert problems_of(LEAF.certificate, (INTERMEDIATE.certificate,), None, NOW) == []
    self_signed = issued(None, "alice").certificate
    assert problems_of(self_signed, (), None, NOW) == ["it is self-signed, so no root CA has issued it"]
    [line] = problems_of(issued(ROOT, "alice", SERVER_AUTH).certificate, (), None, NOW)
    assert "clientAuth" in line
