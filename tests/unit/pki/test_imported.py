"""A CA that was made elsewhere: what makes it useless is an error, what only narrows its use a warning."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from alb_mtls.pki.encoding import load_certificate
from alb_mtls.pki.extensions import key_usage
from alb_mtls.pki.imported import imported_ca_findings
from alb_mtls.pki.keys import key_matches, private_key_pem
from alb_mtls.pki.verification import ca_problems, problems_of
from tests.helpers.certificates import NOW, make_client, make_root
from tests.helpers.mutated_certificates import Mutation, mutated_client, mutated_root, replaced_by, with_value, without
from tests.helpers.profiles import ca_profile_violations

ROOT = make_root()
CLIENT = make_client(ROOT)


def _errors(certificate: x509.Certificate) -> list[str]:
    return imported_ca_findings(certificate).errors


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=30)


def _sm2_certificate(folder: Path) -> x509.Certificate:
    key, path = folder / "sm2.key", folder / "sm2.crt"
    _openssl("genpkey", "-algorithm", "SM2", "-out", key)
    _openssl("req", "-x509", "-new", "-key", key, "-sm3", "-subj", "/C=CN/CN=root", "-days", "100", "-out", path)
    return load_certificate(path.read_text())


def test_our_own_root_is_a_good_import_and_has_nothing_to_warn_of() -> None:
    findings = imported_ca_findings(ROOT.certificate)
    assert findings.errors == []
    assert findings.warnings == []


def test_a_leaf_is_refused_as_a_ca() -> None:
    assert "it is not a CA" in _errors(CLIENT.certificate)[0]


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
    errors = imported_ca_findings(certificate).errors
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
    findings = imported_ca_findings(mutated_root(mutation))
    assert findings.errors == []
    assert [said in warning for warning in findings.warnings] == [True]


def test_an_intermediate_ca_is_taken_with_a_warning() -> None:
    constraints = x509.BasicConstraints(ca=True, path_length=None)
    usage = ROOT.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    findings = imported_ca_findings(mutated_client(ROOT, replaced_by(usage, constraints)))
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
    findings = imported_ca_findings(old)
    assert findings.errors == []
    assert ["version 1" in warning for warning in findings.warnings] == [True]
    refused = imported_ca_findings(load_certificate(client.read_text()))
    assert ["not self-signed, so it is not a CA" in error for error in refused.errors] == [True]
    assert ca_problems(old, later) == []
    # With no extension to tell them apart, only the key says which of the two is the client.
    assert problems_of(load_certificate(client.read_text()), (), old, later) == []
    assert problems_of(old, (), old, later) == ["it carries the root CA's own key; make the client a key of its own"]
    assert problems_of(old, (), None, later) == ["it is self-signed, so no root CA has issued it"]


def test_an_sm2_root_is_refused_in_words_and_its_profile_checked_without_a_crash(tmp_path: Path) -> None:
    certificate = _sm2_certificate(tmp_path)
    errors = imported_ca_findings(certificate).errors
    assert ["not SM2" in error for error in errors] == [True]
    assert any("not SM2" in violation for violation in ca_profile_violations(certificate))
    assert not key_matches(certificate, ROOT.key)


def test_a_clients_own_certificate_with_an_sm2_key_is_refused_in_words(tmp_path: Path) -> None:
    certificate = _sm2_certificate(tmp_path)
    assert "not SM2" in problems_of(certificate, (), ROOT.certificate, NOW)[0]


def test_a_key_fits_its_own_certificate_only() -> None:
    assert key_matches(CLIENT.certificate, CLIENT.key)
    assert not key_matches(CLIENT.certificate, ROOT.key)
