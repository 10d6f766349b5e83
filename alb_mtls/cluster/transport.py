"""One HTTP request to the API server, and what its failure means."""

import json
import re
import ssl
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from typing import Any, Final
from urllib.parse import urlencode

import urllib3
from urllib3 import exceptions as http_errors

from alb_mtls.cluster.admission import Refusal, refusal_in
from alb_mtls.cluster.connection import Connection, connect
from alb_mtls.cluster.errors import (
    BadKubeconfig,
    ClusterError,
    Forbidden,
    PatchRejected,
    Unauthorized,
    UnexpectedReply,
    Unreachable,
)
from alb_mtls.redaction import quoted

JSON_PATCH = "application/json-patch+json"
PATCH: Final = "PATCH"

_TIMEOUT = urllib3.Timeout(connect=4.0, read=20.0)
# The API server waits up to 30 s for a webhook, and only its answer names that.
_PATCH_TIMEOUT = urllib3.Timeout(connect=4.0, read=35.0)
_TRANSIENT = frozenset({429, 500, 502, 503, 504})
# A webhook of the cluster may write anything.
_LONGEST_WORDS = 500
# Nobody grants this one anything because a kubeconfig lacks its credential.
_ANONYMOUS = "system:anonymous"
_DENIED = re.compile(r'User "(?P<user>[^"]*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]*)"')


class TransientError(Exception):
    """A request failed in a way that may pass.

    Attributes:
        reason: for messages.
        connected: false when the server was never reached.
        may_have_had_effect: false when the server surely did nothing.
        wait_seconds: what the server requested (Retry-After), else 0.
    """

    def __init__(self, reason: str, *, connected: bool, may_have_had_effect: bool, wait_seconds: float = 0.0) -> None:
        """Take what is known."""
        super().__init__(reason)
        self.reason = reason
        self.connected = connected
        self.may_have_had_effect = may_have_had_effect
        self.wait_seconds = wait_seconds


class AdmissionRefusal(Exception):
    """Admission control did not let a write through; it had no effect.

    Attributes:
        refusal: by whom, and why.
        may_pass: whether the status is one of those for troubles that pass.
    """

    def __init__(self, refusal: Refusal, *, may_pass: bool) -> None:
        """Take what is known."""
        super().__init__(refusal.text)
        self.refusal = refusal
        self.may_pass = may_pass


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the API server answered, if it was not one of the failures that have a class."""

    status: int
    body: dict[str, Any]

    @property
    def message(self) -> str:
        """Return the server's own words (Status.message)."""
        return quoted(str(self.body.get("message") or f"HTTP {self.status}"), _LONGEST_WORDS)


class Transport:
    """Requests with the credentials of a kubeconfig. Threads may share one; it connects when first used."""

    def __init__(self, kubeconfig: str | None, context: str | None) -> None:
        """Remember where the cluster is."""
        self._kubeconfig = kubeconfig
        self._context = context
        self._lock = Lock()
        self._connection: Connection | None = None

    def request(self, method: str, path: str, query: dict[str, str] | None = None, patch: bytes | None = None) -> Reply:
        """Send one request, once.

        Raises:
            TransientError: it may be repeated, after a read if it may have had its effect.
            AdmissionRefusal: of a patch.
            ClusterError: repeating it does not help.
        """
        connection, headers = self._authenticated()
        host = connection.host
        url = f"{host}{path}?{urlencode(query)}" if query else f"{host}{path}"
        if patch is not None:
            headers["Content-Type"] = JSON_PATCH
        timeout = _TIMEOUT if patch is None else _PATCH_TIMEOUT
        try:
            # The body is encoded already, as kube-apiserver does it (go_json.py).
            response = connection.pool.request(
                method, url, body=patch, headers=headers, timeout=timeout, retries=False, redirect=False
            )
        except http_errors.HTTPError as error:
            raise _failed(error, host) from None
        except (ValueError, UnicodeError, OSError) as error:
            # What a header or a URL cannot hold; the text quotes it.
            sentence = f"no request can be sent to the API server {host} with this kubeconfig ({type(error).__name__})"
            raise BadKubeconfig(sentence) from None
        return _reply(response, path=path, method=method)

    def where(self) -> str:
        """Return how messages name the cluster: the server, and the context when one was named.

        Raises:
            BadKubeconfig: it has neither.
        """
        with self._lock:
            server = self._made().host
        return f"context {self._context}, {server}" if self._context else server

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        with self._lock:
            if self._connection is not None:
                self._connection.pool.clear()
                self._connection = None

    def _authenticated(self) -> tuple[Connection, dict[str, str]]:
        # One at a time: a token that has ended is fetched again here, by whatever command the kubeconfig names.
        with self._lock:
            connection = self._made()
            return connection, {"Accept": "application/json", **connection.headers()}

    def _made(self) -> Connection:
        if self._connection is None:
            self._connection = connect(self._kubeconfig, self._context)
        return self._connection


# The first that fits counts: NameResolutionError is a NewConnectionError, and that a ConnectTimeoutError.
_NEVER_CONNECTED = (
    (http_errors.SSLError, "the TLS handshake with {} failed"),
    (http_errors.NameResolutionError, "the name of {} cannot be resolved"),
    (http_errors.NewConnectionError, "nothing accepts connections at {}"),
    (http_errors.ConnectTimeoutError, "no connection to {} came about in time"),
    (http_errors.ProxyError, "the proxy does not connect to {}"),
)


def _failed(error: http_errors.HTTPError, host: str) -> Exception:
    cause = error.args[0] if error.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        sentence = (
            f"the API server {host} shows a certificate that the kubeconfig does not trust "
            f"({cause.verify_message}); check the context and its certificate-authority"
        )
        return Unreachable(sentence)
    for kind, reason in _NEVER_CONNECTED:
        if isinstance(error, kind):
            return TransientError(reason.format(host), connected=False, may_have_had_effect=False)
    late = isinstance(error, http_errors.ReadTimeoutError)
    reason = "no answer in time" if late else "the connection ended before an answer came"
    return TransientError(reason, connected=True, may_have_had_effect=True)


def _reply(response: urllib3.BaseHTTPResponse, *, path: str, method: str) -> Reply:
    body = _json(response.data)
    status = response.status
    # Before the status is looked at, which a webhook may choose as it likes.
    refusal = refusal_in(str((body or {}).get("message", ""))) if status >= HTTPStatus.BAD_REQUEST else None
    if refusal is not None and method == PATCH:
        raise AdmissionRefusal(refusal, may_pass=status in _TRANSIENT)
    if status in _TRANSIENT:
        reason = f"HTTP {status}, {quoted(str((body or {}).get('message') or response.reason), _LONGEST_WORDS)}"
        raise TransientError(
            reason,
            connected=True,
            may_have_had_effect=status != HTTPStatus.TOO_MANY_REQUESTS,
            wait_seconds=_seconds(response.headers.get("Retry-After")),
        )
    if status == HTTPStatus.UNAUTHORIZED:
        sentence = (
            "the API server does not accept the credentials of the kubeconfig (HTTP 401); they may have "
            "expired: fetch the kubeconfig again"
        )
        raise Unauthorized(sentence)
    if status == HTTPStatus.FORBIDDEN:
        raise _forbidden(str((body or {}).get("message", "")), path=path, method=method)
    if body is None and status != HTTPStatus.NOT_FOUND:
        sentence = (
            f"the API server answered {method} {path} with HTTP {status} and no JSON; check that the kubeconfig names "
            "an API server"
        )
        raise UnexpectedReply(sentence)
    return Reply(status=status, body=body or {})


def _forbidden(message: str, *, path: str, method: str) -> ClusterError:
    found = _DENIED.search(message)
    if found and found["user"] == _ANONYMOUS:
        sentence = (
            "the API server took the request as anonymous: no credential was sent with it, or the server does not know "
            "the one that was; check the user of the context in the kubeconfig"
        )
        return Unauthorized(sentence)
    if found:
        return Forbidden(verb=found["verb"], resource=found["resource"], user=found["user"])
    if "denied" in message:
        # Somebody else's check, which answers with the status of a missing permission; no grant helps against it.
        sentence = (
            f"the API server denied {method} {path}: {message}; look for an admission webhook or policy that guards "
            "AlbConfigs"
        )
        return PatchRejected(sentence)
    return Forbidden(verb=method.lower(), resource=path, user=None)


def _json(data: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _seconds(header: str | None) -> float:
    # A date is the other form that RFC 9110, 10.2.3, allows; the own pause does as well.
    return float(header) if header is not None and header.isascii() and header.isdigit() else 0.0
