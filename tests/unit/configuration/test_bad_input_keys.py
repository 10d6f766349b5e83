"""Keys, and the certificate of the proof's client: what does not fit is reported by its setting, and never repeated."""

from collections.abc import Callable
from pathlib import Path

import pytest

from alb_mtls.configuration.parse import parse_settings
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.session import Session
from components.providers import process
from components.providers.issued_certificates import IssuedCertificatesProvider
from tests.helpers.certificates import make_client
from tests.helpers.imported_stack import ALICE, OTHER, ROOT, SOUND, imported, proof_client
from tests.helpers.issued import request
from tests.helpers.scanner import Scanner
from tests.helpers.stack_file import surroundings
from tests.unit.configuration.conftest import Findings, Parse

ProblemsOf = Callable[..., tuple[str, ...]]


def test_a_proof_with_files_that_fit_is_taken_and_every_one_that_does_not_is_reported(problems_of: ProblemsOf) -> None:
    certificate, key = certificate_pem(ALICE.certificate), private_key_pem(ALICE.key)
    assert problems_of(proof_client(), ca=SOUND, alice=certificate, key=key, server=SOUND) == ()
    stranger = certificate_pem(make_client(OTHER).certificate)
    lines = problems_of(proof_client(), ca=SOUND, alice=stranger, key=key, server="no certificate")
    assert lines[0].startswith("proof.client.certificateFile: alice.pem: it was not issued by the root CA")
    assert lines[1:] == (
        "proof.client.keyFile: key.pem is not the key of alice.pem",
        "proof.serverCa: server.pem: this is not a certificate in PEM form (it has no -----BEGIN CERTIFICATE-----)",
    )


def test_a_server_ca_that_handshakes_could_not_load_is_reported_now_and_one_with_words_around_it_is_taken(
    problems_of: ProblemsOf,
) -> None:
    certificate, key = certificate_pem(ALICE.certificate), private_key_pem(ALICE.key)

    def said(server: str | bytes) -> tuple[str, ...]:
        return problems_of(proof_client(), ca=SOUND, alice=certificate, key=key, server=server)

    assert said(f"Für die Tests\n{SOUND}\n{SOUND}") == ()
    assert said(f"Für die Tests\n{SOUND}".encode("iso8859-1")) == ()
    assert said(SOUND.replace("CERTIFICATE", "X509 CERTIFICATE")) == ()
    assert said(SOUND.encode("utf-16")) == (
        "proof.serverCa: server.pem is UTF-16, which OpenSSL does not read; save it as UTF-8",
    )
    [line] = said(SOUND.replace("CERTIFICATE", "TRUSTED CERTIFICATE"))
    assert "convert it with openssl x509" in line
    [line] = said(SOUND.replace("\n", "\n\n"))
    assert line.startswith("proof.serverCa: server.pem: OpenSSL cannot read it as it stands")
    assert said(SOUND.replace("\n", "\r\n")) == ()
    [line] = said(SOUND.replace("\n", "\r"))
    assert line.startswith("proof.serverCa: server.pem: OpenSSL cannot read it as it stands")
    [line] = said(SOUND + private_key_pem(ALICE.key))
    assert "private key" in line


def test_files_of_a_proof_by_handshakes_are_not_required_when_there_is_none(problems_of: ProblemsOf) -> None:
    values = proof_client()
    assert len(problems_of(values, ca=SOUND)) == 3
    assert problems_of({**values, "proof": {**values["proof"], "mode": "api"}}, ca=SOUND) == ()


KEYS: dict[str, tuple[str | bytes, str]] = {
    "of another root": (private_key_pem(OTHER.key), "is not the key of rootCa.certificateFile"),
    "DER": (b"\x30\x82\xff", "is not text; give the PEM form, not DER"),
    "a certificate": (SOUND, "the private key cannot be read"),
}


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_that_does_not_fit_the_root_is_reported_by_its_setting(
    problems_of: ProblemsOf, tmp_path: Path, kind: str
) -> None:
    content, said = KEYS[kind]
    assert problems_of(imported(), ca=SOUND) == ()
    (tmp_path / "ca.key").write_bytes(content.encode() if isinstance(content, str) else content)
    for preview in (True, False):
        [line] = problems_of(imported(), ca=SOUND, preview=preview)
        assert line.startswith("rootCa.keyFile: ca.key")
        assert said in line


def test_a_preview_does_without_the_roots_key_and_an_up_does_not(parse: Parse, tmp_path: Path) -> None:
    (tmp_path / "ca.key").unlink()
    assert parse(imported(), ca=SOUND, preview=True) == Findings()
    missing = "rootCa.keyFile: cannot read ca.key: No such file or directory"
    assert parse(imported(), ca=SOUND).problems == (missing,)


def test_an_up_that_disables_needs_no_key_of_the_root_and_says_so(parse: Parse, tmp_path: Path) -> None:
    (tmp_path / "ca.key").unlink()
    assert parse(imported(enabled=False), ca=SOUND) == Findings(
        warnings=("rootCa.keyFile: ca.key is not there, so nothing can be signed with it in this run",)
    )


@pytest.mark.parametrize("kind", KEYS)
def test_the_provider_refuses_a_key_that_does_not_fit_as_well(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "session", lambda: Session(lambda _: None))
    path = tmp_path / "ca.key"
    issuer = {"generation": 1, "certificatePem": SOUND, "keyFile": str(path)}
    news = {"issuers": [issuer], "clients": [request("alice")]}
    content, said = KEYS[kind]
    path.write_text(private_key_pem(ROOT.key))
    assert IssuedCertificatesProvider().check({}, news).failures == []
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    [failure] = IssuedCertificatesProvider().check({}, news).failures
    assert failure.reason.startswith(f"rootCa.keyFile {path}")
    assert said in failure.reason


def test_no_message_about_a_file_repeats_the_key_in_it(problems_of: ProblemsOf) -> None:
    scanner = Scanner()
    scanner.learn_key("the root's key", private_key_pem(ROOT.key))
    both = SOUND + private_key_pem(ROOT.key)
    values = imported(
        clients=[{"name": "a", "csrFile": "ca.pem"}, {"name": "b", "certificateFile": "ca.pem"}],
        proof={"client": {"certificateFile": "ca.pem", "keyFile": "ca.pem"}, "serverCa": "ca.pem"},
    )
    lines = problems_of(values, ca=both)
    assert len(lines) == 5
    assert scanner.find("messages", "\n".join(lines)) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o777])
def test_a_key_file_that_others_can_read_is_warned_of_with_its_mode(tmp_path: Path, mode: int) -> None:
    [warning] = _warnings_of_mode(tmp_path, mode)
    assert warning.startswith(f"rootCa.keyFile: ca.key has mode {mode:04o}, so others on this machine can read the key")
    assert warning.endswith("run: chmod 600 ca.key")


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_key_file_of_its_owner_alone_is_not_spoken_of(tmp_path: Path, mode: int) -> None:
    assert _warnings_of_mode(tmp_path, mode) == ()


def _warnings_of_mode(folder: Path, mode: int) -> tuple[str, ...]:
    path = folder / "ca.key"
    path.write_text(private_key_pem(ROOT.key), "utf-8")
    path.chmod(mode)
    files = {"ca.key": path.read_text("utf-8"), "sound.pem": SOUND}
    around = surroundings(read_file=files.__getitem__, mode_of=lambda name: (folder / name).stat().st_mode)
    values = {
        "rootCa": {"source": "imported", "certificateFile": "sound.pem", "keyFile": "ca.key"},
        "cas": {"endpoint": "china"},
        "listeners": [{"albConfig": "alb", "port": 443}],
    }
    return parse_settings(values, around).warnings
