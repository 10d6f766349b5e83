"""Which keys are made, which are taken from outside, and that none is ever shown."""

import subprocess
from pathlib import Path
from unittest.mock import patch

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.keys import (
    generate_private_key,
    load_private_key,
    private_key_pem,
    public_key_problem,
    spki_sha256,
)
from tests.helpers.certificates import P256

P384 = KeySpec(algorithm="ecdsa", curve="P-384")
RSA3072 = KeySpec(algorithm="rsa", size=3072)


@pytest.mark.parametrize("spec", [P256, P384, RSA3072])
def test_a_key_survives_its_pem_form(spec: KeySpec) -> None:
    key = generate_private_key(spec)
    assert private_key_pem(key).startswith("-----BEGIN PRIVATE KEY-----\n")
    assert spki_sha256(load_private_key(private_key_pem(key)).public_key()) == spki_sha256(key.public_key())


def test_without_further_words_a_key_is_rsa_4096_and_an_ecdsa_key_on_p256() -> None:
    rsa_key, ecdsa_key = generate_private_key(KeySpec()), generate_private_key(KeySpec(algorithm="ecdsa"))
    assert isinstance(rsa_key, rsa.RSAPrivateKey)
    assert rsa_key.key_size == 4096
    assert isinstance(ecdsa_key, ec.EllipticCurvePrivateKey)
    assert ecdsa_key.curve.name == "secp256r1"


@pytest.mark.parametrize(
    ("allowed", "refused"),
    [
        (KeySpec(size=3072), KeySpec(size=2048)),
        (KeySpec(size=4096), KeySpec(size=8192)),
        (KeySpec(), KeySpec(curve="P-256")),
        (P384, KeySpec(algorithm="ecdsa", curve="P-521")),
        (P256, KeySpec(algorithm="ecdsa", size=4096)),
        (P256, KeySpec(algorithm="ed25519")),  # type: ignore[arg-type] # as it may stand in JSON
    ],
)
def test_an_offered_kind_of_key_has_no_problem_and_its_twin_is_not_made(allowed: KeySpec, refused: KeySpec) -> None:
    assert allowed.problems() == []
    assert len(refused.problems()) == 1
    with pytest.raises(PkiError):
        generate_private_key(refused)


@pytest.mark.parametrize(
    ("numbers", "problem"),
    [
        (2047, "the RSA key has 2047 bits, but at least 2048 are needed"),
        (2048, None),
        (8192, None),
        (8193, "the RSA key has 8193 bits, but at most 8192 are taken"),
    ],
)
def test_an_rsa_key_from_outside_has_a_floor_and_a_ceiling(numbers: int, problem: str | None) -> None:
    # The modulus need not be a product of primes to be measured, and making one of 8192 bits takes a minute.
    key = rsa.RSAPublicNumbers(65537, (1 << numbers) - 1).public_key()
    assert public_key_problem(key) == problem


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_the_nist_curves_that_tls_knows_are_taken(curve: ec.EllipticCurve) -> None:
    assert public_key_problem(ec.generate_private_key(curve).public_key()) is None


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP256K1()),
        ec.generate_private_key(ec.SECP224R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
)
def test_other_curves_and_kinds_are_refused(key: PrivateKeyTypes) -> None:
    assert public_key_problem(key.public_key()) is not None
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(PkiError):
        load_private_key(pem)


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_an_encrypted_key_is_refused_with_a_command_that_opens_it_and_keeps_it(
    form: PrivateFormat, tmp_path: Path
) -> None:
    key = generate_private_key(P256)
    plain = key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()
    locked = key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"secret")).decode()
    assert spki_sha256(load_private_key(plain).public_key()) == spki_sha256(key.public_key())
    with pytest.raises(PkiError) as refused:
        load_private_key(locked)
    # One file for both would lose the key: OpenSSL empties what it writes before it reads.
    (tmp_path / "FILE").write_text(locked)
    command = str(refused.value).partition("(")[2].rstrip(")").split()
    subprocess.run([*command, "-passin", "pass:secret"], cwd=tmp_path, check=True, timeout=30)
    assert (tmp_path / "FILE").read_text() == locked
    opened = load_private_key((tmp_path / "FILE2").read_text())
    assert spki_sha256(opened.public_key()) == spki_sha256(key.public_key())


def test_a_key_of_openssh_is_refused_with_a_command_that_converts_it_and_a_public_one_by_its_name() -> None:
    key = generate_private_key(P256)
    openssh = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    with pytest.raises(PkiError, match="ssh-keygen -p -m PEM -f COPY"):
        load_private_key(openssh)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(PkiError, match="this is a public key; give the private one"):
        load_private_key(public)


def test_a_key_is_found_behind_the_parameters_that_openssl_writes_first(tmp_path: Path) -> None:
    path = tmp_path / "ec.key"
    command = ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-out", str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    text = path.read_text()
    assert text.startswith("-----BEGIN EC PARAMETERS-----")
    assert isinstance(load_private_key(text), ec.EllipticCurvePrivateKey)


def test_what_cannot_be_read_as_a_key_is_refused_without_showing_it() -> None:
    weak = rsa.generate_private_key(65537, 1024).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    whole = private_key_pem(generate_private_key(P256))
    for text in ("nothing", weak.decode(), whole[:80], whole.replace("M", "?", 1)):
        with pytest.raises(PkiError) as refused:
            load_private_key(text)
        assert "BEGIN" not in str(refused.value)
        assert whole.split("\n")[1] not in str(refused.value)


@given(st.text())
def test_any_other_text_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(PkiError):
        load_private_key(text)


def test_a_key_has_4096_bits_by_default_and_as_many_as_its_kind_requests() -> None:
    made = patch("alb_mtls.pki.keys.rsa.generate_private_key")
    for spec, size in ((KeySpec(), 4096), (KeySpec(size=3072), 3072)):
        with made as generate:
            generate_private_key(spec)
        generate.assert_called_once_with(public_exponent=65537, key_size=size)
