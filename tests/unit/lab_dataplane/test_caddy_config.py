"""Caddy's configuration for a listener, as far as JSON can tell; that Caddy does as it says is in tests/lab."""

import base64
from pathlib import Path
from typing import Any

import pytest

from lab.dataplane.caddy_config import ListenerConfig, Surroundings, idle_config, serving_config
from lab.dataplane.routes import Route
from lab.settings import RefusalStyle

CA = b"the DER of a CA"


def _server(listener: ListenerConfig, *, refusal: RefusalStyle = RefusalStyle.ALERT) -> dict[str, Any]:
    around = Surroundings(
        admin="unix/@admin",
        backend="unix/@backend",
        helper="127.0.0.1:1",
        folder=Path("/folder"),
        certificate=Path("/server.crt"),
        key=Path("/server.key"),
        server_name="demo.alb.ingress.top",
        refusal=refusal,
    )
    config = serving_config([listener], around)
    server: dict[str, Any] = config["apps"]["http"]["servers"][listener.listener_id]
    return server


def _listener(protocol: str, **fields: Any) -> ListenerConfig:
    return ListenerConfig(listener_id="lsn-1", protocol=protocol, bind="unix/@lsn-1", **fields)  # type: ignore[arg-type]  # any of three texts


@pytest.mark.parametrize(
    ("protocol", "http2", "protocols"),
    [
        ("HTTP", True, ["h1"]),
        ("HTTPS", True, ["h1", "h2"]),
        ("HTTPS", False, ["h1"]),
        ("QUIC", True, ["h3"]),
    ],
)
def test_a_listener_speaks_its_protocol_and_no_other(protocol: str, protocols: list[str], *, http2: bool) -> None:
    assert _server(_listener(protocol, http2=http2))["protocols"] == protocols


def test_an_http_listener_has_no_tls() -> None:
    assert "tls_connection_policies" not in _server(_listener("HTTP"))


def test_without_a_ca_no_client_certificate_is_requested() -> None:
    (policy,) = _server(_listener("HTTPS"))["tls_connection_policies"]
    assert "client_authentication" not in policy


@pytest.mark.parametrize(
    ("refusal", "mode"), [(RefusalStyle.ALERT, "require_and_verify"), (RefusalStyle.PAGE, "request")]
)
def test_with_a_ca_the_refusal_style_decides_what_rejects(refusal: RefusalStyle, mode: str) -> None:
    (policy,) = _server(_listener("HTTPS", client_ca=CA), refusal=refusal)["tls_connection_policies"]
    assert policy["client_authentication"] == {
        "mode": mode,
        "ca": {"provider": "inline", "trusted_ca_certs": [base64.b64encode(CA).decode()]},
    }


def test_a_quic_listener_never_asks_for_a_certificate() -> None:
    (policy,) = _server(_listener("QUIC", client_ca=CA))["tls_connection_policies"]
    assert "client_authentication" not in policy


def test_a_client_that_names_no_server_or_an_unknown_one_gets_the_one_certificate() -> None:
    (policy,) = _server(_listener("HTTPS"))["tls_connection_policies"]
    assert policy == {"default_sni": "demo.alb.ingress.top", "fallback_sni": "demo.alb.ingress.top"}


def test_hosts_without_a_rule_are_answered_503() -> None:
    routes = _server(_listener("HTTP", routes=(Route(host="a.example"),)))["routes"]
    assert routes[-2]["match"] == [{"path": ["/*"], "host": ["a.example"]}]
    assert routes[-1]["handle"][0]["status_code"] == 503


def test_an_idle_instance_serves_nothing_and_writes_no_configuration() -> None:
    config = idle_config(admin="unix/@admin", folder=Path("/folder"))
    assert "apps" not in config
    assert config["admin"]["config"] == {"persist": False}
