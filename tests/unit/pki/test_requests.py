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
from alb_mtls.pki.der import SEQUENCE, element, encoded
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import PrivateKey, generate_private_key, private_key_pem, spki_sha256
from alb_mtls.pki.pem import pem_of
from tests.helpers.certificates import P256
from tests.helpers.documents import REPOSITORY

CASES = REPOSITORY / "tests" / "cases"


def _csr(key: PrivateKey | ed25519.Ed25519PrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "device")])
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, algorithm)
    return csr.public_bytes(Encoding.PEM).decode()


SOUND = _csr(generate_private_key(P256))


def test_a_request_is_taken_whatever_stands_around_it() -> None:
    key = generate_private_key(P256)
    text = "Certificate Request:\r\n" + _csr(key).replace("\n", "\r\n")
    assert csr_problems(load_csr(text)) == []
    assert spki_sha256(load_csr(text).public_key) == spki_sha256(key.public_key())


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


def _pem(der: bytes) -> str:
    return pem_of("CERTIFICATE REQUEST", der)


@pytest.mark.parametrize("key", [generate_private_key(P256), rsa.generate_private_key(65537, 2048)])
@pytest.mark.parametrize("digest", ["sha224", "sha256", "sha384", "sha512", "sha3-256"])
def test_a_request_proves_its_key_and_one_that_was_tampered_with_does_not(
    tmp_path: Path, key: PrivateKey, digest: str
) -> None:
    pem = _openssl_csr(tmp_path, private_key_pem(key), f"-{digest}")
    assert csr_problems(load_csr(pem)) == []
    der = x509.load_pem_x509_csr(pem.encode()).public_bytes(Encoding.DER)
    for position in (len(der) - 1, der.index(b"device")):
        tampered = bytearray(der)
        tampered[position] ^= 1
        [problem] = csr_problems(load_csr(_pem(bytes(tampered))))
        assert "does not verify" in problem


def _openssl_csr(folder: Path, key: str, *options: str) -> str:
    path = folder / "device.key"
    path.write_text(key)
    command = ["openssl", "req", "-new", "-key", str(path), "-subj", "/CN=device", *options]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


def test_a_request_that_a_plain_rsa_key_signs_with_pss_is_taken_and_with_sha1_in_it_is_not(tmp_path: Path) -> None:
    key = private_key_pem(rsa.generate_private_key(65537, 2048))
    pem = _openssl_csr(tmp_path, key, "-sha256", "-sigopt", "rsa_padding_mode:pss")
    assert csr_problems(load_csr(pem)) == []
    [problem] = csr_problems(load_csr(_openssl_csr(tmp_path, key, "-sha1", "-sigopt", "rsa_padding_mode:pss")))
    assert problem.startswith("the request is signed with SHA-1, which proves nothing any more")


def test_a_request_that_openssl_verifies_with_an_algorithm_not_known_here_is_not_called_invalid(
    tmp_path: Path,
) -> None:
    key = private_key_pem(rsa.generate_private_key(65537, 2048))
    assert csr_problems(load_csr(_openssl_csr(tmp_path, key, "-sha512"))) == []
    [problem] = csr_problems(load_csr(_openssl_csr(tmp_path, key, "-ripemd160")))
    assert "an algorithm that is not known here (1.3.36.3.3.1.2); make it again" in problem


# The forms that cryptography does not read, each as `openssl req` takes it.
LENIENT = ("csr-no-attributes", "csr-unsorted-attributes", "csr-version-3")


@pytest.mark.parametrize("name", LENIENT)
def test_a_request_of_another_form_is_taken_as_openssl_takes_it_and_kept_as_it_is(name: str) -> None:
    text = (CASES / f"{name}.pem").read_text()
    request = load_csr(text)
    assert csr_problems(request) == []
    assert request.pem == text
    assert load_csr(request.pem) == request
    with pytest.raises((ValueError, x509.InvalidVersion)):
        _ = x509.load_pem_x509_csr(text.encode()).attributes


@pytest.mark.parametrize("name", LENIENT)
def test_a_request_of_another_form_that_was_tampered_with_is_refused(name: str) -> None:
    der = load_csr((CASES / f"{name}.pem").read_text()).der
    [problem] = csr_problems(load_csr(_pem(der.replace(b"device", b"evil12"))))
    assert "does not verify" in problem


def test_a_request_of_an_algorithm_that_nobody_here_knows_is_refused_by_its_number() -> None:
    der = load_csr((CASES / "csr-no-attributes.pem").read_text()).der
    sha256_with_rsa, sha3_with_rsa = bytes.fromhex("06092a864886f70d01010b"), bytes.fromhex("060960864801650304030e")
    [problem] = csr_problems(load_csr(_pem(der.replace(sha256_with_rsa, sha3_with_rsa))))
    assert "an algorithm that is not known here (2.16.840.1.101.3.4.3.14); make it again" in problem


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("csr-sha1", "the request is signed with SHA-1, which proves nothing any more; make it again with openssl req"),
        ("csr-pss-key", "its key is for RSASSA-PSS signatures only"),
    ],
)
def test_a_request_that_openssl_verifies_and_nobody_should_take_is_refused_for_the_true_reason(
    name: str, said: str
) -> None:
    [problem] = csr_problems(load_csr((CASES / f"{name}.pem").read_text()))
    assert problem.startswith(said)


def test_a_request_signed_with_sha1_by_an_elliptic_key_is_refused_and_with_md5_too(tmp_path: Path) -> None:
    elliptic = private_key_pem(generate_private_key(P256))
    plain = private_key_pem(rsa.generate_private_key(65537, 2048))
    for key, digest, said in ((elliptic, "sha1", "SHA-1"), (plain, "md5", "MD5")):
        [problem] = csr_problems(load_csr(_openssl_csr(tmp_path, key, f"-{digest}")))
        assert f"signed with {said}, which" in problem


def test_one_request_in_a_file_is_taken_and_two_are_not() -> None:
    text = (CASES / "csr-two-devices.pem").read_text()
    with pytest.raises(PkiError, match="holds 2 requests, but must hold exactly one"):
        load_csr(text)
    first = text[: text.index("-----BEGIN", 1)]
    assert csr_problems(load_csr(f"Bag Attributes\n{first}")) == []


def test_a_request_in_the_words_of_old_microsoft_tools_is_taken_and_a_certificate_is_not() -> None:
    text = _csr(generate_private_key(P256))
    assert load_csr(text.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")).pem == text
    with pytest.raises(PkiError, match="this is a certificate, not a certificate signing request"):
        load_csr((CASES / "client-not-begun.pem").read_text())


def test_a_certificate_under_the_label_of_a_request_is_no_request() -> None:
    certificate = (CASES / "client-not-begun.pem").read_text()
    assert load_csr(SOUND).pem == SOUND
    with pytest.raises(PkiError, match="although its BEGIN line says so"):
        load_csr(certificate.replace("CERTIFICATE-----", "CERTIFICATE REQUEST-----"))


def test_a_request_with_a_curve_by_name_is_taken_and_one_that_spells_it_out_is_not(tmp_path: Path) -> None:
    for encoding, taken in (("named_curve", True), ("explicit", False)):
        made = ["openssl", "ecparam", "-name", "prime256v1", "-param_enc", encoding, "-genkey", "-noout"]
        key = subprocess.run(made, check=True, capture_output=True, text=True, timeout=30).stdout
        problems = csr_problems(load_csr(_openssl_csr(tmp_path, key)))
        assert [problem.startswith("its key spells out") for problem in problems] == [True] * (not taken)


def test_a_request_with_its_private_key_beside_it_is_refused() -> None:
    key = generate_private_key(P256)
    with pytest.raises(PkiError, match="private key beside the certificate signing request"):
        load_csr(private_key_pem(key) + _csr(key))


@pytest.mark.parametrize("left_out", ["the key", "the algorithm", "the signature"])
def test_a_request_with_a_part_left_out_is_none(left_out: str) -> None:
    info, algorithm, signature = element(load_csr(SOUND).der).children()
    parts = {
        "the key": (encoded(SEQUENCE, b"".join(one.whole for one in info.children()[:2])), algorithm.whole),
        "the algorithm": (info.whole, encoded(SEQUENCE, b"")),
        "the signature": (info.whole, algorithm.whole),
    }
    end = b"" if left_out == "the signature" else signature.whole
    assert load_csr(_pem(encoded(SEQUENCE, b"".join((info.whole, algorithm.whole, signature.whole))))).pem == SOUND
    with pytest.raises(PkiError, match="although its BEGIN line says so"):
        load_csr(_pem(encoded(SEQUENCE, b"".join(parts[left_out]) + end)))


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_request_with_any_octet_changed_is_refused_or_checked_but_never_crashes(position: int, octet: int) -> None:
    der = bytearray(load_csr(SOUND).der)
    changed = der[: position % len(der)] + bytes([octet]) + der[position % len(der) + 1 :]
    try:
        request = load_csr(_pem(bytes(changed)))
    except PkiError:
        return
    assert csr_problems(request) != [] or request.signed == load_csr(SOUND).signed


@given(st.text().map("-----BEGIN CERTIFICATE REQUEST-----\n{}\n-----END CERTIFICATE REQUEST-----\n".format))
def test_a_text_that_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(PkiError, match=r"not a certificate signing request|no text"):
        load_csr(text)
