"""Kubeconfigs from the field: taken as kubectl takes them, or refused by what is wrong, and never quoted.

Each that is refused stands beside the nearest one that is taken.
"""

import base64
import json
import stat
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from kubernetes.client import ApiClient

from alb_mtls.cluster.errors import BadKubeconfig
from alb_mtls.cluster.kubeconfig import api_client
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from tests.helpers.certificates import make_client, make_root

TOKEN = "invented-bearer-token"
PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


def content(user: Mapping[str, Any] | None = None, cluster: Mapping[str, Any] | None = None, **changes: Any) -> str:
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "prod",
            "clusters": [{"name": "prod", "cluster": {"server": "https://one.example", **(cluster or {})}}],
            "contexts": [{"name": "prod", "context": {"cluster": "prod", "user": "me"}}],
            "users": [{"name": "me", "user": {"token": TOKEN} if user is None else {**user}}],
            **changes,
        }
    )


def refused(kubeconfig: str | None) -> str:
    with pytest.raises(BadKubeconfig) as caught:
        api_client(kubeconfig, None)
    assert caught.value.__cause__ is None
    assert TOKEN not in str(caught.value)
    return str(caught.value)


def sent_token(client: ApiClient) -> str:
    headers: dict[str, str] = {}
    client.update_params_for_auth(headers, [], ["BearerToken"], "/", "GET", None)
    return headers["authorization"]


@pytest.fixture(autouse=True)
def nothing_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the tests away from kubeconfig and proxies of whoever runs them."""
    for name in ("KUBECONFIG", *PROXY_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.mark.parametrize("written", [TOKEN, f"{TOKEN}\n", f"\ufeff{TOKEN}\r\n"], ids=["bare", "line end", "BOM"])
def test_a_token_file_is_read_without_what_stands_around_the_token(tmp_path: Path, written: str) -> None:
    file = tmp_path / "token"
    file.write_text(written, "utf-8")
    assert sent_token(api_client(content({"tokenFile": str(file)}), None)) == f"Bearer {TOKEN}"


def test_a_token_file_is_found_beside_its_kubeconfig(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN, "utf-8")
    (tmp_path / "config").write_text(content({"tokenFile": "token"}), "utf-8")
    assert sent_token(api_client(str(tmp_path / "config"), None)) == f"Bearer {TOKEN}"


@pytest.mark.parametrize("token", [["x"], 7, {"a": "b"}])
def test_a_token_that_is_no_text_is_refused(token: object) -> None:
    assert "token of user me must be a text" in refused(content({"token": token}))


def test_a_token_file_that_is_missing_is_named(tmp_path: Path) -> None:
    assert f"tokenFile {tmp_path / 'absent'} of user me" in refused(content({"tokenFile": str(tmp_path / "absent")}))


@pytest.mark.parametrize("key", ["tokenFile", "client-key"])
def test_a_credential_in_the_place_of_its_file_is_not_shown(key: str) -> None:
    sentence = refused(content({key: TOKEN * 3}))
    assert f"{key} of user me" in sentence
    assert TOKEN not in sentence


def test_a_command_that_is_no_text_is_not_shown() -> None:
    assert "exec of user me has values of a wrong type" in refused(
        content({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": [TOKEN]}})
    )


@pytest.mark.parametrize("between", ["\n", " ", "\u00e9", "\x00"], ids=["line end", "blank", "umlaut", "NUL"])
def test_a_token_with_a_character_that_no_header_holds_is_refused_without_its_value(between: str) -> None:
    sentence = refused(
        json.dumps(
            yaml.safe_load(content({"token": "x"}))
            | {"users": [{"name": "me", "user": {"token": f"{TOKEN}{between}{TOKEN}"}}]}
        )
    )
    assert "token of user me has a character that no token has" in sentence


def test_content_in_base64_is_taken() -> None:
    encoded = base64.b64encode(content().encode()).decode()
    assert api_client(encoded, None).configuration.host == "https://one.example"


def test_other_base64_is_not_quoted() -> None:
    secret = base64.b64encode(b"a key of somebody, and no kubeconfig").decode()
    sentence = refused(secret)
    assert secret not in sentence
    assert "in kubernetes:kubeconfig cannot be used: its value names no file" in sentence


def test_a_path_that_is_not_there_is_quoted() -> None:
    assert "kubeconfig ./kube/config cannot be used: there is no such file" in refused("./kube/config")


def test_content_in_the_variable_is_named_and_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", content())
    assert "KUBECONFIG must name a file" in refused(None)


@pytest.mark.parametrize(
    ("kind", "item", "below"),
    [
        ("users", {"name": "me", "token": TOKEN}, "users[0] has keys that belong one level deeper, below user"),
        ("clusters", {"name": "prod", "server": "https://x"}, "clusters[0] has keys that belong one level deeper"),
        ("contexts", {"name": "prod", "user": "me"}, "contexts[0] has keys that belong one level deeper"),
    ],
)
def test_a_key_one_level_too_high_is_named_by_its_place(kind: str, item: dict[str, str], below: str) -> None:
    assert below in refused(content(None, None, **{kind: [item]}))


def test_an_empty_file_beside_a_whole_one_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("", "utf-8")
    (tmp_path / "whole").write_text(content(), "utf-8")
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'empty'}:{tmp_path / 'whole'}")
    assert api_client(None, None).configuration.host == "https://one.example"


def test_an_empty_file_alone_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n", "utf-8")
    assert "the file is empty" in refused(str(tmp_path / "empty"))


def test_of_entries_of_one_name_the_first_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "one").write_text(content(), "utf-8")
    (tmp_path / "two").write_text(content(cluster={"server": "https://two.example"}), "utf-8")
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'one'}:{tmp_path / 'two'}")
    assert api_client(None, None).configuration.host == "https://one.example"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_file_with_a_byte_order_mark_is_taken(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "config").write_text(content(), encoding)
    assert api_client(str(tmp_path / "config"), None).configuration.host == "https://one.example"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.mkdir(), "it is a folder and must be a file"),
        (lambda path: path.write_text(f"- {TOKEN}"), "it holds a list, and must be a YAML object"),
        (lambda path: path.write_text("just words"), "it holds a text, and must be a YAML object"),
        (lambda path: path.write_bytes(b"\xff\xfe\xfd\x80a"), "is not text in UTF-8"),
        (lambda path: path.write_text("[" * 100_000), "it is not valid YAML"),
    ],
    ids=["folder", "list", "text", "neither UTF-8 nor UTF-16", "deep"],
)
def test_what_is_no_kubeconfig_is_named(tmp_path: Path, make: Callable[[Path], object], reason: str) -> None:
    make(tmp_path / "config")
    assert reason in refused(str(tmp_path / "config"))


@pytest.mark.parametrize("key", ["client-certificate", "client-key"])
def test_a_file_that_it_names_and_that_is_missing_is_named(tmp_path: Path, key: str) -> None:
    (tmp_path / "config").write_text(content({key: "absent.pem"}), "utf-8")
    assert f"{key} of user me: there is no file {tmp_path / 'absent.pem'}" in refused(str(tmp_path / "config"))


def test_data_that_is_no_base64_is_named_by_its_key() -> None:
    assert "client-key-data of user me is not base64" in refused(content({"client-key-data": f"{TOKEN}!"}))


@pytest.mark.parametrize("server", [None, "", "one.example", "https://", "https://one.example:64x3", "ftp://x", 7])
def test_a_server_that_is_no_url_is_refused_without_a_connection(server: object) -> None:
    assert "server of cluster prod is no URL" in refused(content(cluster={"server": server}))


@pytest.mark.parametrize("after", [f"me:{TOKEN}@one.example", f"one.example/?token={TOKEN}", f"one.example/#{TOKEN}"])
def test_a_server_with_a_credential_in_its_url_is_refused_without_it(after: str) -> None:
    assert "server of cluster prod holds a user name or a query" in refused(
        content(cluster={"server": f"https://{after}"})
    )


@pytest.mark.parametrize("server", ["https://one.example:6443", "https://[2001:db8::1]:6443", "http://127.0.0.1:1"])
def test_a_server_that_is_a_url_is_taken(server: str) -> None:
    assert api_client(content(cluster={"server": server}), None).configuration.host == server


@pytest.mark.parametrize(
    ("value", "url"),
    [("127.0.0.1:9", "http://127.0.0.1:9"), ("http://proxy.example:3128", "http://proxy.example:3128")],
)
def test_a_proxy_of_the_kubeconfig_is_taken(value: str, url: str) -> None:
    assert api_client(content(cluster={"proxy-url": value}), None).configuration.proxy == url


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_a_proxy_of_the_environment_is_taken_without_a_scheme_too(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "127.0.0.1:9")
    assert api_client(content(), None).configuration.proxy == "http://127.0.0.1:9"


def test_a_socks_proxy_of_the_kubeconfig_is_refused_by_its_key() -> None:
    sentence = refused(content(cluster={"proxy-url": "socks5://127.0.0.1:1080"}))
    assert "proxy-url of cluster prod names a proxy of scheme socks5" in sentence


def test_a_socks_proxy_of_the_environment_is_refused_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1080")
    assert "HTTPS_PROXY names a proxy of scheme socks5" in refused(content())


def test_as_is_honoured() -> None:
    made = api_client(content({"token": TOKEN, "as": "deployer"}), None)
    assert made.default_headers["Impersonate-User"] == "deployer"


def test_without_as_nobody_is_impersonated() -> None:
    assert "Impersonate-User" not in api_client(content(), None).default_headers


@pytest.mark.parametrize(("key", "value"), [("as-groups", ["admins"]), ("as-uid", "7"), ("as-user-extra", {"a": []})])
def test_what_is_not_honoured_is_refused_by_name(key: str, value: object) -> None:
    assert f"user me has {key}, which is not supported" in refused(content({"token": TOKEN, "as": "x", key: value}))


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
