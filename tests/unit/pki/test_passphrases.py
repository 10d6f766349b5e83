"""Encrypted keys of CAs as OpenSSL and other tools write them, and where their passphrases come from."""

import json
import subprocess
from pathlib import Path

import pytest

from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import generate_private_key, is_encrypted, load_private_key, private_key_pem, spki_sha256
from alb_mtls.pki.passphrases import VARIABLE, KeyPassphrases, Passphrase, passphrase_for
from alb_mtls.pki.pem_files import ca_key_in_file, is_locked, load_ca_key
from alb_mtls.redaction import redact
from alb_mtls.session import Session
from tests.helpers.certificates import P256

WORDS = "correct horse\u00e9"
RIGHT = Passphrase(text=WORDS, origin="rootCa.keyPassphrase")
WRONG = Passphrase(text="battery staple", origin="rootCa.keyPassphrase")
KEY = generate_private_key(P256)

# What the tools write: openssl 3 and easy-rsa 3.1, openssl 1.0 and easy-rsa 2, `step crypto` and older `openssl pkcs8`.
_PKCS8, _OLD, _LEGACY = ("pkcs8", "-topk8"), ("ec",), ("-provider", "legacy", "-provider", "default")
TAKEN = {
    "PBES2, AES-256 and HMAC-SHA-256": (*_PKCS8, "-v2", "aes-256-cbc"),
    "PBES2, AES-128 and HMAC-SHA-1": (*_PKCS8, "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"),
    "PBES2, AES-256 and HMAC-SHA-512": (*_PKCS8, "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"),
    "PBES2 and 3DES": (*_PKCS8, "-v2", "des3"),
    "scrypt": (*_PKCS8, "-scrypt"),
    "PBES1 and 3DES": (*_PKCS8, "-v1", "PBE-SHA1-3DES"),
    "PBES1 and RC4": (*_PKCS8, "-v1", "PBE-SHA1-RC4-128", *_LEGACY),
    "the older PEM encryption, AES-256": (*_OLD, "-aes256"),
    "the older PEM encryption, 3DES": (*_OLD, "-des3"),
}
NOT_TAKEN = {
    "PBES2 and Camellia": (*_PKCS8, "-v2", "camellia-256-cbc"),
    "PBES1 and two-key 3DES": (*_PKCS8, "-v1", "PBE-SHA1-2DES", *_LEGACY),
    "the older PEM encryption, Camellia": (*_OLD, "-camellia256"),
}


def _encrypted(arguments: tuple[str, ...], passphrase: str = WORDS) -> str:
    command = ["openssl", arguments[0], "-passout", f"pass:{passphrase}", *arguments[1:]]
    run = subprocess.run(command, input=private_key_pem(KEY), capture_output=True, text=True, check=True, timeout=30)
    return run.stdout


@pytest.mark.parametrize("form", TAKEN)
def test_an_encrypted_key_is_opened_by_its_passphrase_and_by_no_other(form: str) -> None:
    pem = _encrypted(TAKEN[form])
    assert is_encrypted(pem)
    assert spki_sha256(load_private_key(pem, RIGHT).public_key()) == spki_sha256(KEY.public_key())
    with pytest.raises(PkiError, match=r"^the passphrase in rootCa\.keyPassphrase does not open it; ") as refused:
        load_private_key(pem, WRONG)
    assert WRONG.text not in str(refused.value)


@pytest.mark.parametrize("form", NOT_TAKEN)
def test_a_key_that_is_encrypted_in_a_way_that_is_not_read_is_refused_with_a_command(form: str) -> None:
    with pytest.raises(PkiError, match="encrypted in a way that is not read here") as refused:
        load_private_key(_encrypted(NOT_TAKEN[form]), RIGHT)
    assert "openssl pkey -in FILE -aes256 -out FILE2" in str(refused.value)


def test_the_passphrase_of_a_key_in_the_clear_is_not_needed() -> None:
    pem = private_key_pem(KEY)
    assert not is_encrypted(pem)
    assert spki_sha256(load_private_key(pem, RIGHT).public_key()) == spki_sha256(KEY.public_key())


def test_an_encrypted_key_of_a_ca_without_a_passphrase_says_where_it_is_set() -> None:
    pem = _encrypted(TAKEN["scrypt"])
    assert spki_sha256(load_ca_key(pem, RIGHT).public_key()) == spki_sha256(KEY.public_key())
    with pytest.raises(PkiError, match=r"rootCa\.keyPassphrase .*--secret.* or the variable ALB_MTLS_CA_KEY_PASS"):
        load_ca_key(pem, None)


def test_a_file_is_locked_while_nothing_is_known_that_opens_it(tmp_path: Path) -> None:
    locked, clear, gone = tmp_path / "locked.key", tmp_path / "clear.key", tmp_path / "gone.key"
    locked.write_text(_encrypted(TAKEN["scrypt"]))
    clear.write_text(private_key_pem(KEY))
    assert is_locked(str(locked), lambda _: None)
    assert not is_locked(str(locked), lambda _: WRONG)
    assert not is_locked(str(clear), lambda _: None)
    assert not is_locked(str(gone), lambda _: None)
    with pytest.raises(PkiError, match="does not open it") as refused:
        ca_key_in_file(str(locked), lambda _: WRONG)
    assert str(refused.value).startswith(f"rootCa.keyFile {locked}: ")


def test_a_passphrase_shows_in_no_representation() -> None:
    known = KeyPassphrases.read({"keyFile": "ca.key", "keyPassphrase": WORDS}, {VARIABLE: "another one"})
    assert sorted(known.texts()) == sorted([WORDS, "another one"])
    shown = repr((known, known.of("ca.key"), known.of("other.key")))
    assert WORDS not in shown
    assert "another one" not in shown


@pytest.mark.parametrize("encoded", [True, False])
def test_each_generation_has_its_own_passphrase(encoded: bool) -> None:
    generations = [
        {"number": 1.0, "source": "imported", "keyFile": "one.key", "keyPassphrase": "of one"},
        {"number": 2.0, "source": "imported", "keyFile": "two.key"},
        {"number": 3.0, "source": "imported", "keyFile": "three.key"},
    ]
    root_ca = {"generations": generations, "trusted": 1}
    environment = {f"{VARIABLE}_1": "unused", f"{VARIABLE}_2": "of two", VARIABLE: "of any"}
    known = KeyPassphrases.read(json.dumps(root_ca) if encoded else root_ca, environment)
    found = {path: known.of(path) for path in ("one.key", "two.key", "three.key")}
    assert {path: one.text for path, one in found.items() if one} == {
        "one.key": "of one",
        "two.key": "of two",
        "three.key": "of any",
    }
    assert [one.origin for one in found.values() if one] == [
        "rootCa.generations[0].keyPassphrase",
        f"{VARIABLE}_2",
        VARIABLE,
    ]


def test_the_number_of_a_root_that_is_described_by_itself_is_one_unless_it_is_given() -> None:
    environment = {f"{VARIABLE}_1": "of one", f"{VARIABLE}_7": "of seven"}
    alone = KeyPassphrases.read({"keyFile": "ca.key"}, environment).of("ca.key")
    seventh = KeyPassphrases.read({"keyFile": "ca.key", "generations": [7]}, environment).of("ca.key")
    assert alone is not None
    assert seventh is not None
    assert (alone.text, seventh.text) == ("of one", "of seven")


def test_a_file_of_an_entry_is_named_by_the_key_of_that_entry(tmp_path: Path) -> None:
    path = tmp_path / "two.key"
    path.write_text(_encrypted(TAKEN["PBES2 and 3DES"]))
    generations = [{"number": 1, "source": "generated"}, {"number": 2, "source": "imported", "keyFile": str(path)}]
    known = KeyPassphrases.read({"generations": generations}, {})
    assert is_locked(str(path), known.of)
    entry = r"rootCa\.generations\[1\]"
    with pytest.raises(PkiError, match=rf"^{entry}\.keyFile .*set {entry}\.keyPassphrase"):
        ca_key_in_file(str(path), known.of)
    alone = KeyPassphrases.read({"source": "imported", "keyFile": str(path)}, {})
    with pytest.raises(PkiError, match=r"^rootCa\.keyFile .*set rootCa\.keyPassphrase"):
        ca_key_in_file(str(path), alone.of)
    opened = KeyPassphrases.read({"generations": generations}, {f"{VARIABLE}_2": WORDS})
    assert not is_locked(str(path), opened.of)
    ca_key_in_file(str(path), opened.of)


def test_an_empty_variable_is_no_passphrase() -> None:
    assert passphrase_for(None, "rootCa.keyPassphrase", 1, {VARIABLE: ""}) is None
    assert passphrase_for("", "rootCa.keyPassphrase", 1, {VARIABLE: WORDS}) == Passphrase(text=WORDS, origin=VARIABLE)
    assert passphrase_for(WORDS, "rootCa.keyPassphrase", 1, {VARIABLE: "another one"}) == RIGHT


@pytest.mark.parametrize("root_ca", [None, "", "no JSON", "[1]", [1], {"generations": 3}, {"keyFile": 3}])
def test_what_is_no_root_ca_has_no_passphrase_of_its_own(root_ca: object) -> None:
    assert KeyPassphrases.read(root_ca, {}).texts() == []
    assert KeyPassphrases.read(root_ca, {VARIABLE: WORDS}).of("ca.key") == Passphrase(text=WORDS, origin=VARIABLE)


def test_a_variable_that_is_no_utf_8_is_the_passphrase_all_the_same() -> None:
    # As Python gives a variable whose octets are ISO 8859-1.
    text = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert Passphrase(text=text, origin=VARIABLE).octets == b"caf\xe9"


def test_whoever_works_with_a_stack_hides_its_passphrases_in_every_text() -> None:
    root_ca = {"keyFile": "ca.key", "keyPassphrase": "a long enough passphrase"}
    session = Session({"rootCa": json.dumps(root_ca)}.get)
    known = session.passphrase_of("ca.key")
    assert known is not None
    assert known.text == root_ca["keyPassphrase"]
    assert redact(f"openssl was given {known.text}, and failed") == "openssl was given [hidden], and failed"
