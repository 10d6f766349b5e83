"""What a command of a kubeconfig answers (exec plugins), and client certificates with their keys."""

import base64
import json
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from alb_mtls.cluster.kubeconfig import api_client
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from tests.helpers.certificates import make_client, make_root
from tests.helpers.kubeconfigs import TOKEN, content, refused, sent_token


def _command(folder: Path, script: str) -> dict[str, Any]:
    file = folder / "plugin"
    file.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(file)}}


def _credential(**status: str) -> str:
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    return f"echo '{json.dumps(answer)}'"


def test_its_token_is_sent(tmp_path: Path) -> None:
    command = _command(tmp_path, _credential(token=TOKEN))
    assert sent_token(api_client(content(command), None)) == f"Bearer {TOKEN}"


def test_it_runs_again_when_its_token_has_ended(tmp_path: Path) -> None:
    count = tmp_path / "count"
    script = f"echo x >> {count}\n{_credential(token=TOKEN, expirationTimestamp='2020-01-01T00:00:00Z')}"
    made = api_client(content(_command(tmp_path, script)), None)
    sent_token(made)
    assert len(count.read_text().splitlines()) == 2


def test_a_command_that_is_missing_is_named(tmp_path: Path) -> None:
    command = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(tmp_path / "absent")}}
    sentence = refused(content(command))
    assert f"command {tmp_path / 'absent'} of user me cannot be started (No such file or directory)" in sentence


def test_a_command_that_fails_is_named_with_exit_code_and_last_line(tmp_path: Path) -> None:
    script = f"echo first >&2; echo 'log in again, not with {'k' * 40}' >&2; exit 3"
    sentence = refused(content(_command(tmp_path, script)))
    assert "of user me ended with exit code 3: log in again, not with …;" in sentence


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("exit 3", "of user me ended with an exit code other than 0; what it printed stands above;"),
        ("echo '{}'", "of user me printed no ExecCredential;"),
    ],
)
def test_a_command_that_fails_on_a_terminal_has_printed_its_reason_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], end: str, said: str
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with Path("/dev/null").open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        sentence = refused(content(_command(tmp_path, f"echo 'log in again' >&2; {end}")))
    assert said in sentence
    assert "log in again" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo no JSON", "printed no ExecCredential"),
        ("echo '{}'", "printed no ExecCredential"),
        (
            """echo '{"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "x", "status": {}}'""",
            "speaks apiVersion client.authentication.k8s.io/v1beta1, and the kubeconfig says",
        ),
        (
            """echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {}}'""",
            "printed an ExecCredential without token",
        ),
        (_credential(token=f"{TOKEN} {TOKEN}"), "printed a token with a character that no token has"),
    ],
    ids=["no JSON", "empty", "another version", "no credential", "two tokens"],
)
def test_an_answer_that_is_no_credential_is_named(tmp_path: Path, script: str, reason: str) -> None:
    assert reason in refused(content(_command(tmp_path, script)))


def test_the_key_of_another_certificate_is_named(tmp_path: Path) -> None:
    root = make_root(now=datetime.now(UTC))
    alice, bob = (make_client(root, now=datetime.now(UTC)) for _ in range(2))
    (tmp_path / "alice.pem").write_text(certificate_pem(alice.certificate), "utf-8")
    (tmp_path / "bob.key").write_text(private_key_pem(bob.key), "utf-8")
    user = {"client-certificate": str(tmp_path / "alice.pem"), "client-key": str(tmp_path / "bob.key")}
    assert "the client-key of user me is not the key of its client-certificate" in refused(content(user))


def _user_with_key(encryption: KeySerializationEncryption) -> dict[str, str]:
    alice = make_client(make_root(now=datetime.now(UTC)), now=datetime.now(UTC))
    key = alice.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    certificate = certificate_pem(alice.certificate).encode()
    parts = {"client-certificate-data": certificate, "client-key-data": key}
    return {name: base64.b64encode(part).decode() for name, part in parts.items()}


def test_an_encrypted_key_is_named_and_nobody_types_its_passphrase() -> None:
    assert api_client(content(_user_with_key(NoEncryption())), None).configuration.host == "https://one.example"
    encrypted = content(_user_with_key(BestAvailableEncryption(b"invented")))
    assert "the client-key of user me is encrypted; give it without a passphrase" in refused(encrypted)


@pytest.mark.parametrize("absent", ["client-certificate-data", "client-key-data"])
def test_a_certificate_without_its_key_is_named_and_a_key_without_its_certificate(absent: str) -> None:
    user = _user_with_key(NoEncryption())
    del user[absent]
    assert "user me has one of client-certificate and client-key, and needs both or none" in refused(content(user))
