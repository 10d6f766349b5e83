"""A kubeconfig that is used without the package kubernetes is used as the package would, and others by the package."""

import base64
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import ApiClient

from alb_mtls.cluster import connection, kubeconfig, tls_context
from alb_mtls.cluster.connection import connect
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from tests.helpers.certificates import make_client, make_root
from tests.helpers.kubeconfigs import TOKEN, content

ROOT = make_root(now=datetime.now(UTC))
ALICE = make_client(ROOT, now=datetime.now(UTC))
PEM = {
    "certificate-authority": certificate_pem(ROOT.certificate),
    "client-certificate": certificate_pem(ALICE.certificate),
    "client-key": private_key_pem(ALICE.key),
}


@pytest.fixture(autouse=True)
def no_proxy_of_whoever_runs_this(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def by_package(monkeypatch: pytest.MonkeyPatch) -> list[ApiClient]:
    """Record what the package makes."""
    made: list[ApiClient] = []
    original = kubeconfig.api_client_of

    def recording(choice: Any) -> ApiClient:
        made.append(original(choice))
        return made[-1]

    monkeypatch.setattr(kubeconfig, "api_client_of", recording)
    return made


def _data(*names: str) -> dict[str, str]:
    return {f"{name}-data": base64.b64encode(PEM[name].encode()).decode() for name in names}


def _files(folder: Path, *names: str) -> dict[str, str]:
    for name in names:
        (folder / name).write_text(PEM[name], "utf-8")
    return {name: str(folder / name) for name in names}


KEY = ("client-certificate", "client-key")
AUTHORITY = _data("certificate-authority")
PLAIN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "token": ({"token": TOKEN}, AUTHORITY),
    "client certificate": (_data(*KEY), AUTHORITY),
    "token and client certificate": ({"token": TOKEN, **_data(*KEY)}, AUTHORITY),
    "nothing": ({}, {}),
    "slash at the end": ({"token": TOKEN}, {"server": "https://one.example:6443/"}),
    "no TLS": ({"token": TOKEN, **_data(*KEY)}, {"server": "http://127.0.0.1:1", **AUTHORITY}),
    "any server": ({"token": TOKEN}, {"insecure-skip-tls-verify": True}),
    "any server, said not to be": ({"token": TOKEN}, {"insecure-skip-tls-verify": False, **AUTHORITY}),
    "another name": ({"token": TOKEN}, {"tls-server-name": "kubernetes", **AUTHORITY}),
    "somebody else": ({"token": TOKEN, "as": "deployer"}, AUTHORITY),
    "blank that is no ASCII in data": (
        {"token": TOKEN},
        {name: f"\N{NO-BREAK SPACE}{text}" for name, text in AUTHORITY.items()},
    ),
    "empty data beside a file": ({"token": TOKEN}, {"certificate-authority-data": "", "certificate-authority": "/x"}),
}


def _of_pool(pool: Any) -> dict[str, Any]:
    settings = dict(pool.connection_pool_kw)
    context = settings.pop("ssl_context")
    authorities = sorted(one["serialNumber"] for one in context.get_ca_certs())
    return {
        **settings,
        "retries": repr(settings["retries"]),
        "type": type(pool),
        "tls": (context.verify_mode, context.check_hostname, context.minimum_version, context.options, authorities),
    }


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_used_without_the_package_is_what_the_package_makes(name: str, by_package: list[ApiClient]) -> None:
    user, cluster = PLAIN[name]
    text = content(user, cluster)
    found = connect(text, None)
    assert by_package == []
    client = kubeconfig.api_client(text, None)
    headers = dict(client.default_headers)
    client.update_params_for_auth(headers, [], ["BearerToken"], "/", "GET", None)
    assert found.host == client.configuration.host
    assert found.headers() == headers
    assert _of_pool(found.pool) == _of_pool(client.rest_client.pool_manager)


def test_files_of_certificates_and_key_are_read_when_the_kubeconfig_is(tmp_path: Path) -> None:
    text = content(_files(tmp_path, *KEY), _files(tmp_path, "certificate-authority"))
    found = connect(text, None)
    for name in PEM:
        (tmp_path / name).unlink()
    [authority] = found.pool.connection_pool_kw["ssl_context"].get_ca_certs()
    assert int(authority["serialNumber"], 16) == ROOT.certificate.serial_number


def test_where_it_names_no_ca_those_of_the_system_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = tmp_path / "system.pem"
    system.write_text(PEM["certificate-authority"])
    monkeypatch.setenv("SSL_CERT_FILE", str(system))
    for cluster, known in ({}, 1), (AUTHORITY, 1), ({"insecure-skip-tls-verify": True}, 0):
        context = connect(content({"token": TOKEN}, cluster), None).pool.connection_pool_kw["ssl_context"]
        assert len(context.get_ca_certs()) == known


def test_a_client_key_in_the_kubeconfig_is_left_in_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    written: list[tuple[str, int]] = []
    original = tls_context.tls_context

    def watched(**files: Any) -> Any:
        written.extend((path.name, path.stat().st_mode & 0o777) for path in tmp_path.rglob("*") if path.is_file())
        return original(**files)

    monkeypatch.setattr(connection, "tls_context", watched)
    connect(content(_data(*KEY), AUTHORITY), None)
    assert sorted(written) == [(name, 0o600) for name in ("certificate-authority", "client-certificate", "client-key")]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("user", "cluster"),
    [
        ({"username": "me", "password": TOKEN}, {}),
        ({"auth-provider": {"name": "oidc"}}, {}),
        ({"token": TOKEN}, {"proxy-url": "http://proxy.example:3128"}),
        ({"token": TOKEN}, {"tls-server-name": 7}),
        ({"token": TOKEN}, {"insecure-skip-tls-verify": "true"}),
        ({"token": TOKEN}, {"a-key-of-tomorrow": True}),
    ],
    ids=["password", "auth provider", "proxy", "name of a wrong type", "switch of a wrong type", "unknown key"],
)
def test_whatever_else_a_kubeconfig_has_is_left_to_the_package(
    user: dict[str, Any], cluster: dict[str, Any], by_package: list[ApiClient]
) -> None:
    found = connect(content(user, cluster), None)
    [client] = by_package
    assert found.pool is client.rest_client.pool_manager


def test_a_password_is_sent_by_the_package() -> None:
    sent = connect(content({"username": "me", "password": "invented"}), None).headers()
    assert sent["authorization"] == "Basic " + base64.b64encode(b"me:invented").decode()


@pytest.mark.parametrize(("name", "goes"), [("HTTPS_PROXY", True), ("ALL_PROXY", True), ("HTTP_PROXY", False)])
def test_with_a_proxy_for_the_server_in_the_environment_the_package_decides(
    monkeypatch: pytest.MonkeyPatch, by_package: list[ApiClient], name: str, *, goes: bool
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    connect(content(), None)
    assert bool(by_package) is goes
