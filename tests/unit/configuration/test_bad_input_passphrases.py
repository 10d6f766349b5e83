"""The passphrase of an imported root's key file: what is wrong with it is reported by its key, and never shown."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from alb_mtls.configuration.parse import parse_settings
from alb_mtls.configuration.problems import SettingsError
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.pki.passphrases import VARIABLE
from alb_mtls.session import Session
from components.providers import process
from components.providers.issued_certificates import IssuedCertificatesProvider
from tests.helpers.certificates import make_root
from tests.helpers.imported_stack import OTHER, ROOT, SOUND
from tests.helpers.issued import request
from tests.helpers.stack_file import surroundings
from tests.unit.configuration.conftest import Findings

WORDS, OTHER_WORDS = "correct horse", "battery staple"


def locked(key: Any = ROOT.key, words: str = WORDS) -> str:
    encryption = BestAvailableEncryption(words.encode())
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode())


LOCKED, CLEAR = locked(), private_key_pem(ROOT.key)


def findings(
    passphrase: object = None,
    *,
    key: str | None = LOCKED,
    variables: dict[str, str] | None = None,
    enabled: bool = True,
    root_ca: dict[str, Any] | None = None,
    **around: Any,
) -> Findings:
    files = {"ca.pem": SOUND, **({} if key is None else {"ca.key": key})}

    def read_file(path: str) -> str:
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory", path)
        return files[path]

    given = {} if passphrase is None else {"keyPassphrase": passphrase}
    imported = {"source": "imported", "certificateFile": "ca.pem", "keyFile": "ca.key", **given}
    values = {
        "enabled": enabled,
        "rootCa": imported if root_ca is None else root_ca,
        "cas": {"endpoint": "china"},
        "listeners": [{"albConfig": "alb", "port": 443}],
    }
    context = {"is_secret": lambda name: name == "rootCa", "environment": variables or {}, **around}
    try:
        return Findings(warnings=parse_settings(values, surroundings(read_file=read_file, **context)).warnings)
    except SettingsError as error:
        return Findings(problems=error.problems)


def test_an_encrypted_key_is_taken_with_its_passphrase_from_the_configuration_or_a_variable() -> None:
    assert findings(WORDS) == Findings()
    assert findings(variables={VARIABLE: WORDS}) == Findings()
    assert findings(variables={f"{VARIABLE}_1": WORDS, VARIABLE: OTHER_WORDS}) == Findings()
    assert findings(WORDS, variables={VARIABLE: OTHER_WORDS}) == Findings()


_REMEDY = "set it with pulumi config set --path --secret 'rootCa.keyPassphrase'"
ONE_SENTENCE: dict[str, tuple[Findings, str]] = {
    "wrong": (
        findings(OTHER_WORDS),
        (
            "rootCa.keyFile: ca.key: the passphrase in rootCa.keyPassphrase does not open it; give the one that it was "
            "encrypted with"
        ),
    ),
    "wrong in the variable": (
        findings(variables={VARIABLE: OTHER_WORDS}),
        (
            f"rootCa.keyFile: ca.key: the passphrase in {VARIABLE} does not open it; give the one that it was "
            "encrypted with"
        ),
    ),
    "missing": (
        findings(),
        f"rootCa.keyPassphrase: is missing: ca.key is encrypted; {_REMEDY}, or in the variable {VARIABLE}",
    ),
    "missing, with an empty variable": (
        findings(variables={VARIABLE: ""}),
        f"rootCa.keyPassphrase: is missing: ca.key is encrypted; {_REMEDY}, or in the variable {VARIABLE}",
    ),
    "without need": (
        findings(WORDS, key=CLEAR),
        (
            "rootCa.keyPassphrase: opens nothing: ca.key is not encrypted; encrypt it (openssl pkey -aes256), or "
            "remove this key"
        ),
    ),
    "empty": (
        findings(""),
        (
            "rootCa.keyPassphrase: is empty; set it (pulumi config set --path --secret 'rootCa.keyPassphrase'), or "
            "remove it"
        ),
    ),
    "with a line end": (
        findings(f"{WORDS}\n"),
        (
            "rootCa.keyPassphrase: holds a line end, which is no part of a passphrase for OpenSSL; set it again "
            "without one"
        ),
    ),
    "with a line end in the variable": (
        findings(variables={VARIABLE: f"{WORDS}\r\n"}),
        (
            f"rootCa.keyFile: ca.key: the passphrase in {VARIABLE} holds a line end, which is no part of a passphrase "
            "for OpenSSL; set it again without one"
        ),
    ),
    "a number": (findings(12345678), "rootCa.keyPassphrase: must be a text, not a number; put it in quotes"),
    "in the clear": (
        findings(WORDS, is_secret=lambda _: False),
        (
            "rootCa.keyPassphrase: is not encrypted in the stack file; choose another one for the key if others may "
            f"have read that file, and {_REMEDY}"
        ),
    ),
    "without a file": (
        findings(root_ca={"source": "imported", "certificateFile": "ca.pem", "keyPassphrase": WORDS}),
        "rootCa.keyPassphrase: opens a keyFile, and there is none; add keyFile, or remove it",
    ),
    "of another source": (
        findings(root_ca={"source": "purchased", "identifier": "ca-1", "keyPassphrase": WORDS}),
        "rootCa.keyPassphrase: goes with source imported, but the source is purchased; remove one of them",
    ),
    "of a key of another CA": (
        findings(WORDS, key=locked(OTHER.key)),
        "rootCa.keyFile: ca.key is not the key of rootCa.certificateFile",
    ),
}


@pytest.mark.parametrize("mistake", ONE_SENTENCE)
def test_each_mistake_with_a_passphrase_is_one_sentence_that_does_not_show_it(mistake: str) -> None:
    found, sentence = ONE_SENTENCE[mistake]
    assert found == Findings(problems=(sentence,))
    for hidden in (WORDS, OTHER_WORDS, "12345678"):
        assert hidden not in sentence


def test_a_preview_without_the_passphrase_goes_on_and_so_does_an_up_that_switches_off() -> None:
    for found in (findings(preview=True), findings(enabled=False)):
        assert found.problems == ()
        [warning] = found.warnings
        assert warning.startswith("rootCa.keyPassphrase: is missing, and ca.key is encrypted: nothing can be signed")
    assert findings(preview=True, key=None) == findings(WORDS, preview=True, key=None) == Findings()


def test_a_preview_with_a_wrong_passphrase_stops() -> None:
    assert findings(WORDS, preview=True) == Findings()
    assert len(findings(OTHER_WORDS, preview=True).problems) == 1


def test_a_variable_that_opens_nothing_is_a_warning_since_it_may_be_there_for_another_stack() -> None:
    assert findings(key=CLEAR) == Findings()
    assert findings(key=CLEAR, variables={VARIABLE: WORDS}) == Findings(
        warnings=(f"rootCa.keyFile: ca.key is not encrypted, although {VARIABLE} is set",)
    )


def test_an_entry_of_generations_brings_its_own_passphrase() -> None:
    entry = {"number": 1, "source": "imported", "certificateFile": "ca.pem", "keyFile": "ca.key"}
    assert findings(root_ca={"generations": [{**entry, "keyPassphrase": WORDS}]}) == Findings()
    [wrong] = findings(root_ca={"generations": [{**entry, "keyPassphrase": OTHER_WORDS}]}).problems
    assert wrong.startswith(
        "rootCa.generations[0].keyFile: ca.key: the passphrase in rootCa.generations[0].keyPassphrase does not open it"
    )
    [misplaced] = findings(root_ca={"generations": [entry], "keyPassphrase": WORDS}, preview=True).problems
    assert misplaced.startswith("rootCa.keyPassphrase: stands beside generations")


def _check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str | None, key: str) -> list[str]:
    path = tmp_path / "ca.key"
    path.write_text(key)
    root_ca = {"keyFile": str(path), "keyPassphrase": words}
    session = Session({"rootCa": json.dumps(root_ca)}.get)
    monkeypatch.setattr(process, "session", lambda: session)
    issuer = {"generation": 1, "certificatePem": SOUND, "keyFile": str(path)}
    checked = IssuedCertificatesProvider().check({}, {"issuers": [issuer], "clients": [request("alice")]})
    return [str(failure.reason) for failure in checked.failures]


def test_the_provider_refuses_a_passphrase_that_opens_nothing_and_leaves_a_missing_one_to_the_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert _check(tmp_path, monkeypatch, WORDS, LOCKED) == []
    assert _check(tmp_path, monkeypatch, None, LOCKED) == []
    [refused] = _check(tmp_path, monkeypatch, OTHER_WORDS, LOCKED)
    assert "the passphrase in rootCa.keyPassphrase does not open it" in refused
    assert OTHER_WORDS not in refused


def test_the_provider_signs_with_the_key_that_a_passphrase_opens_and_keeps_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_root()
    path = tmp_path / "ca.key"
    path.write_text(locked(root.key))
    monkeypatch.setenv(VARIABLE, WORDS)
    session = Session(lambda _: None)
    monkeypatch.setattr(process, "session", lambda: session)
    issuer = {"generation": 1, "certificatePem": root.pem, "keyFile": str(path)}
    outs = IssuedCertificatesProvider().create({"issuers": [issuer], "clients": [request("alice")]}).outs or {}
    assert len(outs["certificates"]) == 1
    assert WORDS not in str(outs)
    assert "PRIVATE KEY" not in str({**outs, "privateKeys": {}})
    monkeypatch.setenv(VARIABLE, "")
    session = Session(lambda _: None)
    with pytest.raises(Exception, match=r"its passphrase is not known; set rootCa\.keyPassphrase"):
        IssuedCertificatesProvider().create({"issuers": [issuer], "clients": [request("alice")]})
