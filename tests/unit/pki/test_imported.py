"""A CA that was made elsewhere: what makes it useless is an error, what only narrows its use a warning."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from alb_mtls.pki.encoding import load_certificate
from alb_mtls.pki.extensions import key_usage
from alb_mtls.pki.imported import end_problem, imported_ca_findings, imported_client_errors, key_matches
from alb_mtls.pki.keys import private_key_pem
from tests.helpers.certificates import NOW, make_client, make_root
from tests.helpers.mutated_certificates import Mutation, mutated_client, mutated_root, replaced_by, with_value, without
from tests.helpers.profiles import ca_profile_violations

ROOT = make_root()
CLIENT = make_client(ROOT)


def _errors(certificate: x509.Certificate) -> list[str]:
    return imported_ca_findings(certificate, now=NOW).errors


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=30)


def _sm2_certificate(folder: Path) -> x509.Certificate:
    key, path = folder / "sm2.key", folder / "sm2.crt"
    _openssl("genpkey", "-algorithm", "SM2", "-out", key)
    _openssl("req", "-x509", "-new", "-key", key, "-sm3", "-subj", "/C=CN/CN=root", "-days", "100", "-out", path)
    return load_certificate(path.read_text())


def test_our_own_root_is_a_good_import_and_has_nothing_to_warn_of() -> None:
    findings = imported_ca_findings(ROOT.certificate, now=NOW)
    assert findings.errors == []
    assert findings.warnings == []


def test_a_leaf_is_refused_as_a_ca() -> None:
    assert "it is not a CA" in _errors(CLIENT.certificate)[0]


def test_a_ca_is_refused_before_its_beginning_and_not_from_then_on() -> None:
    begin = ROOT.certificate.not_valid_before_utc
    before = imported_ca_findings(ROOT.certificate, now=begin - timedelta(seconds=1)).errors
    assert "it begins on" in before[0]
    assert imported_ca_findings(ROOT.certificate, now=begin).errors == []


def test_a_certificate_has_ended_from_its_end_on_and_not_a_second_before() -> None:
    end = ROOT.certificate.not_valid_after_utc
    assert end_problem(ROOT.certificate, now=end - timedelta(seconds=1)) is None
    assert end_problem(ROOT.certificate, now=end) == f"it ended on {end:%Y-%m-%d}"


@pytest.mark.parametrize(
    ("mutation", "said"),
    [
        # As the controller would.
        (with_value(x509.NameOID.COMMON_NAME), "commonName"),
        (without(x509.BasicConstraints), "no basicConstraints"),
        (replaced_by(key_usage(signs_certificates=False)), "keyCertSign"),
    ],
    ids=["no commonName", "no basicConstraints", "keyUsage of a client"],
)
def test_a_ca_that_cannot_sign_or_has_no_name_is_refused(mutation: Mutation, said: str) -> None:
    assert [said in error for error in _errors(mutated_root(mutation))] == [True]


@pytest.mark.parametrize(("digest", "refused"), [("sha1", True), ("sha256", False), ("sha512", False)])
def test_a_ca_that_is_signed_with_sha1_is_refused(tmp_path: Path, digest: str, *, refused: bool) -> None:
    key, path = tmp_path / "ca.key", tmp_path / "ca.crt"
    key.write_text(private_key_pem(ROOT.key))
    _openssl("req", "-x509", "-new", "-key", key, f"-{digest}", "-subj", "/CN=root", "-days", "100", "-out", path)
    certificate = load_certificate(path.read_text())
    errors = imported_ca_findings(certificate, now=certificate.not_valid_before_utc).errors
    assert any("signed with sha1" in error for error in errors) is refused
    assert ("it is not signed with SHA-256 or longer" in ca_profile_violations(certificate)) is refused


@pytest.mark.parametrize(
    ("mutation", "said"),
    [
        (replaced_by(x509.BasicConstraints(ca=True, path_length=0)), "pathLen 0"),
        (without(x509.KeyUsage), "no keyUsage"),
    ],
)
def test_a_ca_that_only_narrows_what_is_possible_is_taken_with_a_warning(mutation: Mutation, said: str) -> None:
    findings = imported_ca_findings(mutated_root(mutation), now=NOW)
    assert findings.errors == []
    assert [said in warning for warning in findings.warnings] == [True]


def test_an_intermediate_ca_is_taken_with_a_warning() -> None:
    constraints = x509.BasicConstraints(ca=True, path_length=None)
    usage = ROOT.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    findings = imported_ca_findings(mutated_client(ROOT, replaced_by(usage, constraints)), now=NOW)
    assert findings.errors == []
    assert ["not self-signed" in warning for warning in findings.warnings] == [True]


def test_a_version_1_root_of_the_old_recipe_is_taken_with_a_warning_and_its_version_1_client_refused(
    tmp_path: Path,
) -> None:
    ca_key, ca_csr, ca = tmp_path / "ca.key", tmp_path / "ca.csr", tmp_path / "ca.crt"
    key, csr, client = tmp_path / "client.key", tmp_path / "client.csr", tmp_path / "client.crt"
    for private, request, name in ((ca_key, ca_csr, "root"), (key, csr, "alice")):
        _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", private)
        _openssl("req", "-new", "-key", private, "-out", request, "-subj", f"/C=CN/O=alibaba/CN={name}")
    _openssl("x509", "-req", "-in", ca_csr, "-out", ca, "-signkey", ca_key, "-days", "3650")
    signed_by = ("-CA", ca, "-CAkey", ca_key, "-CAcreateserial")
    _openssl("x509", "-req", "-in", csr, "-out", client, *signed_by, "-days", "3650")
    old = load_certificate(ca.read_text())
    later = old.not_valid_before_utc + timedelta(hours=1)
    findings = imported_ca_findings(old, now=later)
    assert findings.errors == []
    assert ["version 1" in warning for warning in findings.warnings] == [True]
    refused = imported_ca_findings(load_certificate(client.read_text()), now=later)
    assert ["not self-signed, so it is not a CA" in error for error in refused.errors] == [True]
    # With no extension to tell them apart, only the key says which of the two is the client.
    assert imported_client_errors(load_certificate(client.read_text()), issuer=old) == []
    assert imported_client_errors(old, issuer=old) == [
        "it carries the root CA's own key; make the client a key of its own"
    ]
    assert imported_client_errors(old, issuer=None) == ["it is self-signed, so no root CA has issued it"]


def test_an_sm2_root_is_refused_in_words_and_its_profile_checked_without_a_crash(tmp_path: Path) -> None:
    certificate = _sm2_certificate(tmp_path)
    errors = imported_ca_findings(certificate, now=certificate.not_valid_before_utc).errors
    assert ["not SM2" in error for error in errors] == [True]
    assert any("not SM2" in violation for violation in ca_profile_violations(certificate))
    assert not key_matches(certificate, ROOT.key)


BOTH_PURPOSES = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
SERVER_ONLY = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
SIGNING_CERTIFICATES = key_usage(signs_certificates=True)


@pytest.mark.parametrize(
    ("allowed", "refused", "said"),
    [
        (replaced_by(BOTH_PURPOSES), replaced_by(SERVER_ONLY), "clientAuth"),
        (
            without(x509.ExtendedKeyUsage),
            replaced_by(SERVER_ONLY),
            "clientAuth",
        ),
        (
            without(x509.KeyUsage),
            replaced_by(SIGNING_CERTIFICATES),
            "digitalSignature",
        ),
    ],
)
def test_a_clients_own_certificate_is_taken_when_it_can_authenticate_and_its_twin_is_refused(
    allowed: Mutation, refused: Mutation, said: str
) -> None:
    assert imported_client_errors(mutated_client(ROOT, allowed), issuer=ROOT.certificate) == []
    errors = imported_client_errors(mutated_client(ROOT, refused), issuer=ROOT.certificate)
    assert [said in error for error in errors] == [True]


def test_a_clients_own_certificate_must_come_from_the_root_when_that_is_known() -> None:
    stranger = make_client(make_root()).certificate
    assert imported_client_errors(stranger, issuer=None) == []
    assert imported_client_errors(stranger, issuer=ROOT.certificate) == ["it was not issued by the root CA"]


def test_a_clients_own_certificate_with_an_sm2_key_is_refused_in_words(tmp_path: Path) -> None:
    certificate = _sm2_certificate(tmp_path)
    errors = imported_client_errors(certificate, issuer=ROOT.certificate)
    assert "not SM2" in errors[0]


def test_a_key_fits_its_own_certificate_only() -> None:
    assert key_matches(CLIENT.certificate, CLIENT.key)
    assert not key_matches(CLIENT.certificate, ROOT.key)
