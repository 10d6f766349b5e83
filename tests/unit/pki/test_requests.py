"""Requests of clients that keep their key: the key is proven, strong enough and of a kind that ALB takes."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from alb_mtls.pki.csr import csr_problems, load_csr
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import PrivateKey, generate_private_key, private_key_pem, spki_sha256
from tests.helpers.certificates import P256


def _csr(key: PrivateKey | ed25519.Ed25519PrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "device")])
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, algorithm)
    return csr.public_bytes(Encoding.PEM).decode()


def test_a_request_is_taken_whatever_stands_around_it() -> None:
    key = generate_private_key(P256)
    text = "Certificate Request:\r\n" + _csr(key).replace("\n", "\r\n")
    assert csr_problems(load_csr(text)) == []
    assert spki_sha256(load_csr(text).public_key()) == spki_sha256(key.public_key())


def test_a_request_of_2048_bits_is_taken_and_one_of_1024_is_not() -> None:
    assert csr_problems(load_csr(_csr(rsa.generate_private_key(65537, 2048)))) == []
    weak = csr_problems(load_csr(_csr(rsa.generate_private_key(65537, 1024))))
    assert weak == ["the RSA key has 1024 bits, but at least 2048 are needed"]


def test_a_request_with_a_key_that_alb_cannot_take_is_refused() -> None:
    assert "must be RSA or ECDSA" in csr_problems(load_csr(_csr(ed25519.Ed25519PrivateKey.generate())))[0]


def test_a_request_with_an_sm2_key_is_refused_in_words(tmp_path: Path) -> None:
    key, path = tmp_path / "sm2.key", tmp_path / "sm2.csr"
    for command in (
        ["openssl", "genpkey", "-algorithm", "SM2", "-out", str(key)],
        ["openssl", "req", "-new", "-key", str(key), "-sm3", "-subj", "/CN=device", "-out", str(path)],
    ):
        subprocess.run(command, check=True, capture_output=True, timeout=30)
    with pytest.raises(PkiError, match="not SM2"):
        load_csr(path.read_text())


def test_a_request_whose_signature_was_tampered_with_is_refused() -> None:
    der = bytearray(x509.load_pem_x509_csr(_csr(generate_private_key(P256)).encode()).public_bytes(Encoding.DER))
    der[-1] ^= 1
    assert "does not verify" in csr_problems(x509.load_der_x509_csr(bytes(der)))[0]


def test_a_request_with_its_private_key_beside_it_is_refused() -> None:
    key = generate_private_key(P256)
    with pytest.raises(PkiError, match="private key beside the request"):
        load_csr(private_key_pem(key) + _csr(key))


@given(st.text().map("-----BEGIN CERTIFICATE REQUEST-----\n{}\n-----END CERTIFICATE REQUEST-----\n".format))
def test_a_text_that_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(PkiError, match="not a certificate signing request"):
        load_csr(text)
