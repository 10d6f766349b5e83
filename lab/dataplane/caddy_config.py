"""Builds the configuration of Caddy. Pure: listeners in, JSON out."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from lab.dataplane.client_certificate_headers import ClientCertificateHeaders
from lab.dataplane.pages import title_page
from lab.dataplane.routes import Action, Route, in_order
from lab.settings import RefusalStyle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Json = dict[str, Any]

# Ends the process before the lab's patience of five seconds; on a reload it cuts no request, Go only stops waiting.
_GRACE_PERIOD = "3s"
# Written by the data plane for the client verifier, and taken out of what clients send.
CLIENT_CERTIFICATE_HEADER = "X-Lab-Client-Certificate"
LAB_PATHS = "/_lab/*"


@dataclass(frozen=True, kw_only=True)
class ListenerConfig:
    """A listener as Caddy is to serve it.

    Attributes:
        listener_id: of the ALB.
        protocol: HTTP, HTTPS or QUIC.
        bind: Caddy network address that the listener's front forwards to.
        routes: forwarding rules, in any order.
        client_ca: DER of the one CA whose clients are accepted; None when no client certificate is requested.
        headers: client-certificate headers that the backend gets.
        http2: whether HTTP/2 is offered (HTTPS).
        idle_seconds: after which an idle connection is closed.
        quic_port: UDP port that responses announce by Alt-Svc, None without a QUIC upgrade.
    """

    listener_id: str
    protocol: Literal["HTTP", "HTTPS", "QUIC"]
    bind: str
    routes: tuple[Route, ...] = ()
    client_ca: bytes | None = None
    headers: ClientCertificateHeaders = field(default_factory=ClientCertificateHeaders)
    http2: bool = True
    idle_seconds: int = 15
    quic_port: int | None = None


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What all listeners of an instance share.

    Attributes:
        admin: network address of the admin API.
        backend: network address of the server behind all listeners.
        helper: `host:port` of the lab's own application: client verifier and test paths.
        folder: where Caddy may keep files.
        certificate: file of the server certificate chain.
        key: file of its key.
        server_name: that a client which names no server is taken to mean.
        refusal: how a listener rejects a request.
        backend_works: False lets every forwarded request fail with 502.
        other_backend: `host:port` that is forwarded to in the place of `backend`; empty for none.
    """

    admin: str
    backend: str
    helper: str
    folder: "Path"
    certificate: "Path"
    key: "Path"
    server_name: str
    refusal: RefusalStyle = RefusalStyle.ALERT
    backend_works: bool = True
    other_backend: str = ""


def idle_config(*, admin: str, folder: "Path") -> Json:
    """Configuration of an instance that serves nothing: at the start, and while it is not in use."""
    return {
        "admin": {"listen": admin, "config": {"persist": False}},
        # The admin API warns of its Unix socket, again with each configuration.
        "logging": {"logs": {"default": {"level": "WARN", "exclude": ["admin"]}}},
        "storage": {"module": "file_system", "root": str(folder)},
    }


def serving_config(listeners: "Iterable[ListenerConfig]", around: Surroundings) -> Json:
    """Configuration of an instance that serves these listeners."""
    servers = {each.listener_id: _server(each, around) for each in listeners}
    return {
        **idle_config(admin=around.admin, folder=around.folder),
        "apps": {
            "http": {
                "grace_period": _GRACE_PERIOD,
                "servers": {**servers, "backend": _backend(around)},
            },
            "tls": {"certificates": {"load_files": [{"certificate": str(around.certificate), "key": str(around.key)}]}},
        },
    }


def _server(listener: ListenerConfig, around: Surroundings) -> Json:
    server: Json = {
        "listen": [listener.bind],
        "protocols": _protocols(listener),
        "automatic_https": {"disable": True},
        # With client authentication Caddy would answer 421 to a client that connects by IP address.
        "strict_sni_host": False,
        "idle_timeout": f"{listener.idle_seconds}s",
        "routes": _routes(listener, around),
    }
    if listener.protocol != "HTTP":
        server["tls_connection_policies"] = [_tls_policy(listener, around)]
    return server


def _protocols(listener: ListenerConfig) -> list[str]:
    if listener.protocol == "QUIC":
        return ["h3"]
    return ["h1", "h2"] if listener.protocol == "HTTPS" and listener.http2 else ["h1"]


def _tls_policy(listener: ListenerConfig, around: Surroundings) -> Json:
    policy: Json = {"default_sni": around.server_name, "fallback_sni": around.server_name}
    if listener.client_ca is not None and listener.protocol == "HTTPS":
        page = around.refusal is RefusalStyle.PAGE
        policy["client_authentication"] = {
            "mode": "request" if page else "require_and_verify",
            "ca": {
                "provider": "inline",
                "trusted_ca_certs": [base64.b64encode(listener.client_ca).decode()],
            },
        }
    return policy


def _routes(listener: ListenerConfig, around: Surroundings) -> list[Json]:
    authority = listener.client_ca if listener.protocol == "HTTPS" else None
    first: list[Json] = []
    if authority is not None and around.refusal is RefusalStyle.PAGE:
        first.append({"handle": [_verify_client(authority, around)]})
    first.append({"handle": _headers(listener, enforced=authority is not None)})
    rules = [_route(route, around) for route in in_order(listener.routes)]
    return [*first, *rules, {"handle": [_answer(503, "503 Service Temporarily Unavailable")]}]


def _verify_client(authority: bytes, around: Surroundings) -> Json:
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": around.helper}],
        "rewrite": {"method": "GET", "uri": f"/client-certificate/{hashlib.sha256(authority).hexdigest()}"},
        "headers": {
            "request": {"set": {CLIENT_CERTIFICATE_HEADER: ["{http.request.tls.client.certificate_der_base64}"]}}
        },
        "handle_response": [{"match": {"status_code": [2]}, "routes": [{"handle": [{"handler": "vars"}]}]}],
    }


def _headers(listener: ListenerConfig, *, enforced: bool) -> list[Json]:
    # Two handlers, because one handler would delete after it has set.
    handlers: list[Json] = [
        {
            "handler": "headers",
            "request": {"delete": [CLIENT_CERTIFICATE_HEADER, *listener.headers.stripped()]},
        }
    ]
    values: Mapping[str, str] = listener.headers.values(enforced=enforced)
    if values:
        how = "add" if listener.headers.forged_pass else "set"
        handlers.append({"handler": "headers", "request": {how: {name: [value] for name, value in values.items()}}})
    if listener.quic_port is not None:
        announced = f'h3=":{listener.quic_port}"; ma=2592000'
        handlers.append({"handler": "headers", "response": {"set": {"Alt-Svc": [announced]}}})
    return handlers


def _route(route: Route, around: Surroundings) -> Json:
    match: Json = {"path": list(route.paths())}
    if route.host:
        match["host"] = [route.host]
    return {"match": [match], "handle": [_action(route, around)], "terminal": True}


def _action(route: Route, around: Surroundings) -> Json:
    if route.action is Action.REDIRECT_TO_HTTPS:
        return {
            "handler": "static_response",
            "status_code": 308,
            "headers": {"Location": ["https://{http.request.host}{http.request.uri}"]},
        }
    if not around.backend_works:
        return _answer(502, "502 Bad Gateway")
    return {"handler": "reverse_proxy", "upstreams": [{"dial": around.other_backend or around.backend}]}


def _answer(status: int, title: str) -> Json:
    return {
        "handler": "static_response",
        "status_code": status,
        "headers": {"Content-Type": ["text/html"]},
        "body": title_page(title),
    }


def _backend(around: Surroundings) -> Json:
    return {
        "listen": [around.backend],
        "protocols": ["h1"],
        "automatic_https": {"disable": True},
        "routes": [
            {
                "match": [{"path": [LAB_PATHS]}],
                "handle": [{"handler": "reverse_proxy", "upstreams": [{"dial": around.helper}]}],
                "terminal": True,
            },
            {"handle": [{"handler": "static_response", "status_code": 200, "body": "old\n"}]},
        ],
    }
