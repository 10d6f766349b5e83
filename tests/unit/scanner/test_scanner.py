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
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.keys import PrivateKey, generate_private_key, private_key_pem
from tests.helpers.certificates import ClientCredential, make_root
from tests.helpers.scanner import Scanner

ACCESS_KEY_SECRET = token_hex(16)
ROOT = make_root()
KEYS = {
    "ecdsa": ROOT.key,
    "p-384": generate_private_key(KeySpec(algorithm="ecdsa", curve="P-384")),
    "rsa": generate_private_key(KeySpec(algorithm="rsa", size=3072)),
}
FORMS = {"PKCS#8": PrivateFormat.PKCS8, "traditional": PrivateFormat.TraditionalOpenSSL}


def der(key: PrivateKey, form: PrivateFormat) -> bytes:
    return key.private_bytes(Encoding.DER, form, NoEncryption())


def pem(key: PrivateKey, form: PrivateFormat) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def body(key: PrivateKey, form: PrivateFormat) -> str:
    return "".join(pem(key, form).splitlines()[1:-1])


def octets(data: bytes, separator: str) -> str:
    return data.hex(separator)


PLANTED: dict[str, Callable[[PrivateKey, PrivateFormat], str]] = {
    "PEM": pem,
    "PEM in JSON": lambda key, form: json.dumps({"key": pem(key, form)}),
    "PEM in JSON in JSON": lambda key, form: json.dumps(json.dumps({"key": pem(key, form)})),
    "PEM with Windows line ends": lambda key, form: pem(key, form).replace("\n", "\r\n"),
    "PEM, indented": lambda key, form: textwrap.indent(pem(key, form), "      "),
    "PEM body without line ends": body,
    "PEM body in lines of 76": lambda key, form: "\n".join(textwrap.wrap(body(key, form), 76)),
    "base64 of PEM, as in a Kubernetes Secret": lambda key, form: base64.b64encode(pem(key, form).encode()).decode(),
    "base64 of DER": lambda key, form: base64.b64encode(der(key, form)).decode(),
    "base64 of DER, one byte later": lambda key, form: base64.b64encode(b"x" + der(key, form)).decode(),
    "base64 of DER, two bytes later": lambda key, form: base64.b64encode(b"xx" + der(key, form)).decode(),
    "base64 for URLs": lambda key, form: base64.urlsafe_b64encode(der(key, form)).decode(),
    "hex of DER": lambda key, form: der(key, form).hex(),
    "hex in capitals": lambda key, form: der(key, form).hex().upper(),
    "hex with colons": lambda key, form: octets(der(key, form), ":"),
    "hex in lines, as openssl -text prints": lambda key, form: "\n    ".join(
        textwrap.wrap(octets(der(key, form), ":"), 45)
    ),
    "hex as C writes it": lambda key, form: ", ".join(f"0x{byte:02x}" for byte in der(key, form)),
    "hex as Python writes bytes": lambda key, form: "".join(f"\\x{byte:02x}" for byte in der(key, form)),
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
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", KEYS)
def test_a_private_key_is_found_in_every_form(scanner: Scanner, name: str, form: str, planted: str) -> None:
    text = f"updating (3s) {PLANTED[planted](KEYS[name], FORMS[form])} done"
    assert any(found.secret.startswith((name, "a private key")) for found in scanner.find("output", text))


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("form", FORMS)
def test_a_private_key_is_found_in_a_file_of_der(scanner: Scanner, tmp_path: Path, name: str, form: str) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "key.der").write_bytes(der(KEYS[name], FORMS[form]))
    found = scanner.find_in_files(tmp_path)
    assert {each.where for each in found} == {"deep/er/key.der"}
    assert {each.form for each in found} == {"raw bytes"}


def test_a_number_printed_by_a_debugger_is_found(scanner: Scanner) -> None:
    key = KEYS["ecdsa"]
    assert isinstance(key, EllipticCurvePrivateKey)
    assert scanner.find("log", f"private_value={key.private_numbers().private_value}")


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", KEYS)
def test_a_private_key_that_nobody_told_of_is_found_in_every_form(name: str, form: str, planted: str) -> None:
    text = f"updating (3s) {PLANTED[planted](KEYS[name], FORMS[form])} done"
    assert {found.secret.split(" (")[0] for found in Scanner().find("output", text)} == {"a private key"}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", KEYS)
def test_a_private_key_that_nobody_told_of_is_found_in_a_file_of_der(tmp_path: Path, name: str, form: str) -> None:
    (tmp_path / "key.der").write_bytes(der(KEYS[name], FORMS[form]))
    assert {found.where for found in Scanner().find_in_files(tmp_path)} == {"key.der"}


def test_a_request_and_a_certificate_are_no_private_key_to_one_that_knows_none() -> None:
    clean = [ROOT.certificate.public_bytes(encoding) for encoding in (Encoding.DER, Encoding.PEM)]
    for key in KEYS.values():
        request = x509.CertificateSigningRequestBuilder().subject_name(ROOT.certificate.subject)
        signed = request.sign(key, hashes.SHA256())
        clean += [signed.public_bytes(encoding) for encoding in (Encoding.DER, Encoding.PEM)]
        clean.append(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    texts = [text for data in clean for text in (data, data.hex(), base64.b64encode(data))]
    assert [found for text in texts for found in Scanner().find("output", text)] == []


@pytest.mark.parametrize(
    "planted",
    [
        ACCESS_KEY_SECRET,
        f"Signature failed for {ACCESS_KEY_SECRET}&",
        base64.b64encode(f"id:{ACCESS_KEY_SECRET}".encode()).decode(),
        ACCESS_KEY_SECRET.encode().hex(),
    ],
    ids=["bare", "in a sentence", "in a basic authorization", "hex"],
)
def test_an_access_key_secret_is_found(scanner: Scanner, planted: str) -> None:
    assert {found.secret for found in scanner.find("output", planted)} == {"access key secret"}


def test_the_name_of_a_file_is_looked_at_too(scanner: Scanner, tmp_path: Path) -> None:
    (tmp_path / ACCESS_KEY_SECRET).touch()
    assert scanner.find_in_files(tmp_path)


def test_a_link_is_not_followed_out_of_the_folder(scanner: Scanner, tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "key.pem").write_text(private_key_pem(ROOT.key))
    (inside / "link").symlink_to(outside)
    assert scanner.find_in_files(inside) == []


def test_a_secret_among_the_arguments_of_a_process_is_found(scanner: Scanner) -> None:
    found = scanner.find_in_process("curl", ["curl", "--user", f"id:{ACCESS_KEY_SECRET}"], {}, given={})
    assert [each.where for each in found] == ["arguments of curl"]


def test_a_secret_in_an_environment_is_found_unless_the_person_put_it_there(scanner: Scanner) -> None:
    own = {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET}
    assert scanner.find_in_process("pulumi", [], own, given=own) == []
    passed_on = {**own, "CONFIG": f'{{"secretKey": "{ACCESS_KEY_SECRET}"}}'}
    found = scanner.find_in_process("python", [], passed_on, given=own)
    assert {each.where for each in found} == {"environment of python, CONFIG"}


def test_nothing_is_found_in_what_may_be_seen(scanner: Scanner) -> None:
    identity: ClientCredential = ROOT
    clean = [
        certificate_pem(identity.certificate),
        identity.certificate.public_bytes(Encoding.DER).hex(),
        "Resources:\n    + 11 created\n",
        json.dumps({"privateKeyPem": {"ciphertext": "v1:0iCYBMSrAn0N7Dco:6dqGPzoN3mM="}}),
        "[secret]",
        "give the file of the private key, not a BEGIN PRIVATE KEY block",
        ACCESS_KEY_SECRET[:-1],
    ]
    assert [found for text in clean for found in scanner.find("output", text)] == []


def test_an_encrypted_container_is_clean(scanner: Scanner) -> None:
    key = KEYS["ecdsa"]
    assert isinstance(key, EllipticCurvePrivateKey)
    bundle = serialize_key_and_certificates(b"root", key, ROOT.certificate, None, BestAvailableEncryption(b"open it"))
    assert scanner.find("bundle.p12", bundle) == []


def test_a_finding_names_the_secret_and_the_place_but_never_the_value(scanner: Scanner) -> None:
    [found] = scanner.find("output of pulumi up", ACCESS_KEY_SECRET)
    assert str(found) == "output of pulumi up: access key secret as text"


def test_a_secret_too_short_to_be_told_from_words_is_refused(scanner: Scanner) -> None:
    with pytest.raises(ValueError, match="too short to be looked for: 4 of 8"):
        scanner.learn_text("password", "abcd")
