"""The scanner finds every form of a secret wherever it is planted, and nothing in what is clean.

Were it blind, every test that hands it what a stack left behind would pass for nothing.
"""

import base64
import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.keys import generate_private_key, private_key_pem
from tests.helpers.certificates import make_root
from tests.helpers.scanner import Scanner

ACCESS_KEY_SECRET = token_hex(16)
ROOT = make_root()
KEYS = {
    "ecdsa": ROOT.key,
    "p-384": generate_private_key(KeySpec(algorithm="ecdsa", curve="P-384")),
    "rsa": generate_private_key(KeySpec(algorithm="rsa", size=3072)),
}
# From PEM and DER.
PLANTED: dict[str, Callable[[str, bytes], str | bytes]] = {
    "PEM": lambda pem, _: pem,
    "PEM in JSON in JSON": lambda pem, _: json.dumps(json.dumps({"key": pem})),
    "PEM with Windows line ends": lambda pem, _: pem.replace("\n", "\r\n"),
    "PEM body, indented": lambda pem, _: textwrap.indent("".join(pem.splitlines(keepends=True)[1:-1]), "      "),
    "PEM body without line ends": lambda pem, _: "".join(pem.splitlines()[1:-1]),
    "base64 of PEM, as in a Kubernetes Secret": lambda pem, _: base64.b64encode(pem.encode()),
    "DER": lambda _, der: der,
    "base64 of DER, one byte later": lambda _, der: base64.b64encode(b"x" + der),
    "base64 of DER, two bytes later": lambda _, der: base64.b64encode(b"xx" + der),
    "base64 for URLs": lambda _, der: base64.urlsafe_b64encode(der),
    "hex in capitals": lambda _, der: der.hex().upper(),
    "hex in lines, as openssl -text prints": lambda _, der: "\n    ".join(textwrap.wrap(der.hex(":"), 45)),
    "hex as C writes it": lambda _, der: ", ".join(f"0x{byte:02x}" for byte in der),
    "hex as Python writes bytes": lambda _, der: "".join(f"\\x{byte:02x}" for byte in der),
}


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    """Knows all keys above and the access key secret; made once, since to read an RSA key is to prove its primes."""
    scanner = Scanner()
    for name, key in KEYS.items():
        scanner.learn_key(name, private_key_pem(key))
    scanner.learn_text("access key secret", ACCESS_KEY_SECRET)
    return scanner


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("name", KEYS)
def test_a_private_key_is_found_in_every_form(scanner: Scanner, name: str, form: PrivateFormat, planted: str) -> None:
    pem, der = (KEYS[name].private_bytes(encoding, form, NoEncryption()) for encoding in (Encoding.PEM, Encoding.DER))
    text = PLANTED[planted](pem.decode(), der)
    assert {found.secret.split(" (")[0] for found in Scanner().find("output", text)} == {"a private key"}
    # The numbers of a key do not stand in the base64 of its base64.
    known = "a private key" if "Secret" in planted else name
    assert any(found.secret.startswith(known) for found in scanner.find("output", text))


def test_a_number_printed_by_a_debugger_is_found(scanner: Scanner) -> None:
    assert isinstance(ROOT.key, EllipticCurvePrivateKey)
    assert scanner.find("log", f"private_value={ROOT.key.private_numbers().private_value}")


@pytest.mark.parametrize(
    "planted",
    [
        f"Signature failed for {ACCESS_KEY_SECRET}&",
        base64.b64encode(f"id:{ACCESS_KEY_SECRET}".encode()).decode(),
        ACCESS_KEY_SECRET.encode().hex(),
    ],
    ids=["in a sentence", "in a basic authorization", "hex"],
)
def test_an_access_key_secret_is_found_and_named_but_never_its_value(scanner: Scanner, planted: str) -> None:
    [found] = scanner.find("output of pulumi up", planted)
    assert str(found) == f"output of pulumi up: access key secret as {found.form}"
    assert ACCESS_KEY_SECRET not in str(found)


def test_files_and_their_names_are_looked_at_but_no_link_is_followed(scanner: Scanner, tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    (inside / "deep").mkdir(parents=True)
    outside.mkdir()
    (outside / "key.pem").write_text(private_key_pem(ROOT.key))
    (inside / "link").symlink_to(outside)
    assert scanner.find_in_files(inside) == []
    (inside / "deep" / "key.pem").write_text(private_key_pem(ROOT.key))
    (inside / ACCESS_KEY_SECRET).touch()
    assert {found.where for found in scanner.find_in_files(inside)} == {"deep/key.pem", f"the name of {inside}"}


def test_nothing_is_found_in_what_is_public(scanner: Scanner) -> None:
    clean = [ROOT.certificate.public_bytes(encoding) for encoding in (Encoding.DER, Encoding.PEM)]
    for key in KEYS.values():
        request = x509.CertificateSigningRequestBuilder().subject_name(ROOT.certificate.subject)
        signed = request.sign(key, hashes.SHA256())
        clean += [signed.public_bytes(encoding) for encoding in (Encoding.DER, Encoding.PEM)]
        clean.append(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    clean += [
        b"Resources:\n    + 11 created\n",
        json.dumps({"privateKeyPem": {"ciphertext": "v1:0iCYBMSrAn0N7Dco:6dqGPzoN3mM="}}).encode(),
        b"give the file of the private key, not a BEGIN PRIVATE KEY block",
        ACCESS_KEY_SECRET[:-1].encode(),
    ]
    texts = [text for data in clean for text in (data, data.hex(), base64.b64encode(data))]
    assert [found for text in texts for found in scanner.find("output", text)] == []


def test_a_secret_too_short_to_differ_from_words_is_refused(scanner: Scanner) -> None:
    with pytest.raises(ValueError, match="too short to be looked for: 4 of 8"):
        scanner.learn_text("password", "abcd")
