"""A CA that was made elsewhere: what makes it useless is an error, what only narrows its use a warning."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from alb_mtls.pki.encoding import load_certificate
from alb_mtls.pki.extensions import key_usage
from alb_mtls.pki.imported import imported_ca_findings
from alb_mtls.pki.keys import key_matches
from alb_mtls.pki.verification import ca_problems, problems_of
from tests.helpers.certificates import NOW, make_client, make_root
from tests.helpers.mutated_certificates import Mutation, mutated_client, mutated_root, replaced_by, with_value, without
from tests.helpers.profiles import ca_profile_violations

_P256 = ["-pkeyopt", "ec_paramgen_curve:P-256"]

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


@pytest.mark.parametrize(
    ("algorithm", "digest", "weak"),
    [
        ("rsa:2048", "sha1", True),
        ("rsa:2048", "md5", True),
        ("ec", "sha1", True),
        ("rsa:2048", "sha256", False),
        ("ec", "sha512", False),
    ],
)
def test_a_root_ca_that_is_signed_with_a_broken_hash_is_taken_with_a_warning_as_servers_take_it(
    tmp_path: Path, algorithm: str, digest: str, *, weak: bool
) -> None:
    certificate, client = _root_and_client(tmp_path, algorithm, digest, of_client="sha256")
    findings = imported_ca_findings(certificate)
    assert findings.errors == []
    assert [one for one in findings.warnings if "not self-signed" in one] == []
    assert any(f"it is signed with {digest}: TLS stacks do not check" in one for one in findings.warnings) is weak
    assert ("it is not signed with SHA-256 or longer" in ca_profile_violations(certificate)) is weak
    now = datetime.now(UTC)
    assert (ca_problems(certificate, now), problems_of(client, [], certificate, now)) == ([], [])
    assert _verifies(tmp_path)


@pytest.mark.parametrize("digest", ["sha1", "sha256"])
def test_a_client_that_is_signed_with_sha1_is_refused_as_servers_reject_it(tmp_path: Path, digest: str) -> None:
    certificate, client = _root_and_client(tmp_path, "rsa:2048", "sha256", of_client=digest)
    problems = problems_of(client, [], certificate, datetime.now(UTC))
    assert any("it is signed with sha1, which TLS stacks reject" in one for one in problems) is (digest == "sha1")
    assert bool(problems) is not _verifies(tmp_path)


@pytest.mark.parametrize("digest", ["sha1", "sha256"])
def test_an_intermediate_that_is_signed_with_sha1_is_refused_as_a_ca_and_in_a_chain_as_servers_reject_it(
    tmp_path: Path, digest: str
) -> None:
    weak = digest == "sha1"
    root, intermediate = _root_and_client(tmp_path, "rsa:2048", "sha256", of_client=digest, ca=True)
    client = _issued(tmp_path, "leaf", "client", "sha256")
    refused = [one for one in _errors(intermediate) if "it is signed with sha1, which TLS stacks reject" in one]
    assert bool(refused) is weak
    problems = problems_of(client, [intermediate], root, datetime.now(UTC))
    assert problems == (
        ["its issuer 'CN=client': it is signed with sha1, which TLS stacks reject; issue it again with SHA-256"]
        if weak
        else []
    )
    assert _verifies(tmp_path, "-untrusted", tmp_path / "client.crt", client="leaf") is not weak


def test_a_root_ca_whose_sha1_signature_is_anothers_is_refused(tmp_path: Path) -> None:
    certificate, _ = _root_and_client(tmp_path, "rsa:2048", "sha1", of_client="sha256")
    der = bytearray(certificate.public_bytes(Encoding.DER))
    der[-1] ^= 1
    assert "it is signed with sha1, which TLS stacks reject" in _errors(x509.load_der_x509_certificate(bytes(der)))[0]


def _root_and_client(
    folder: Path, algorithm: str, digest: str, *, of_client: str, ca: bool = False
) -> tuple[x509.Certificate, x509.Certificate]:
    curve = _P256 if algorithm == "ec" else []
    new: list[str | Path] = ["-new", "-newkey", algorithm, *curve, "-nodes", "-keyout", folder / "ca.key"]
    _openssl("req", "-x509", *new, f"-{digest}", "-subj", "/CN=root", "-days", "100", "-out", folder / "ca.crt")
    return load_certificate((folder / "ca.crt").read_text()), _issued(folder, "client", "ca", of_client, ca=ca)


def _issued(folder: Path, name: str, by: str, digest: str, *, ca: bool = False) -> x509.Certificate:
    extensions, request, path = folder / f"{name}.ext", folder / f"{name}.csr", folder / f"{name}.crt"
    usage = "keyCertSign" if ca else "digitalSignature"
    extensions.write_text(f"basicConstraints=critical,CA:{str(ca).upper()}\nkeyUsage=critical,{usage}\n")
    key: list[str | Path] = ["-newkey", "ec", *_P256, "-nodes", "-keyout", folder / f"{name}.key"]
    _openssl("req", "-new", *key, "-subj", f"/CN={name}", "-out", request)
    issuer: list[str | Path] = ["-CA", folder / f"{by}.crt", "-CAkey", folder / f"{by}.key", "-CAcreateserial"]
    _openssl("x509", "-req", "-in", request, *issuer, f"-{digest}", "-days", "50", "-extfile", extensions, "-out", path)
    return load_certificate(path.read_text())


def _verifies(folder: Path, *more: str | Path, client: str = "client") -> bool:
    """Say whether `openssl verify` takes a client at the security level that servers have."""
    command = ["openssl", "verify", "-purpose", "sslclient", "-auth_level", "1", "-CAfile", folder / "ca.crt"]
    answered = subprocess.run(
        [*map(str, (*command, *more)), str(folder / f"{client}.crt")], check=False, capture_output=True, timeout=30
    )
    return answered.returncode == 0


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
