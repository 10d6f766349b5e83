"""Kubeconfigs from the field: taken as kubectl takes them, or refused by what is wrong, and never quoted.

Each that is refused stands beside the nearest one that is taken.
"""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from alb_mtls.cluster.kubeconfig import api_client
from tests.helpers.kubeconfigs import TOKEN, content, refused, sent_token


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
        # Deeper than Python calls itself, and valid but for that; of one line the parser would take seconds.
        (lambda path: path.write_text("[\n" * 1000 + "]" * 1000), "it is not valid YAML"),
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
