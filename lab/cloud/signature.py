"""Verifies ACS3-HMAC-SHA256, the signature of version 3 that the SDKs send by default.

Measured on tea-openapi 0.4.6 (docs/facts/alibaba-cloud.md, Signing): the query is signed as sorted pairs,
percent-encoded; the secret is the HMAC key as it is. The document of the method requires every common header to be
signed, if it is there (help.aliyun.com/document_detail/159972); the gateway takes no date that is more than 15 minutes
off, and no nonce twice (document_detail/48054).
"""

import hashlib
import hmac
import re
import secrets
import string
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl, quote

from lab.cloud.exceptions import (
    IncompleteSignature,
    InvalidAccessKeyIdNotFound,
    InvalidSecurityTokenMismatch,
    InvalidTimeStampExpired,
    InvalidTimeStampFormat,
    MissingParameter,
    SignatureDoesNotMatch,
    SignatureNonceUsed,
)

ALGORITHM: Final = "ACS3-HMAC-SHA256"
CLOCK_SKEW_SECONDS: Final = 900.0

_AUTHORIZATION: Final = re.compile(
    rf"{ALGORITHM} Credential=(?P<key>[^,\s]+),\s*SignedHeaders=(?P<headers>[^,\s]+),"
    r"\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_MANDATORY_HEADERS: Final = ("host", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256")
_DATE: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """An access key of the simulated account.

    Attributes:
        access_key_id: names the key.
        access_key_secret: signs requests.
        security_token: the only STS token that is taken with it; calls without any token are taken as well.
    """

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(repr=False)

    @classmethod
    def random(cls) -> "Credentials":
        """Make a key as long as the cloud's are."""
        characters = string.ascii_letters + string.digits

        def made(length: int) -> str:
            return "".join(secrets.choice(characters) for _ in range(length))

        return cls(access_key_id=f"LTAI5t{made(18)}", access_key_secret=made(30), security_token=f"CAIS{made(60)}")


@dataclass(frozen=True, kw_only=True)
class SignedRequest:
    """A request as it came over the wire.

    Attributes:
        method: HTTP method.
        path: path of the URL, encoded.
        query: query string, encoded as sent.
        headers: by lower-case name, values without surrounding blanks.
        body: as sent.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def claimed_access_key_id(headers: Mapping[str, str]) -> str:
    """Return the access key id that a request names, before anything is verified; empty without one."""
    found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    return found["key"] if found else ""


class SignatureVerifier:
    """Lets through what the holder of an access key signed just now, once."""

    def __init__(self, credentials: Iterable[Credentials]) -> None:
        """Start with no nonce used."""
        self._credentials = {each.access_key_id: each for each in credentials}
        self._nonces: dict[str, float] = {}

    def verify(self, request: SignedRequest) -> None:
        """Return when the request is genuine, fresh and new.

        Raises:
            CloudFault: it is not; the subclass says why.
        """
        authorization = request.headers.get("authorization", "")
        found = _AUTHORIZATION.fullmatch(authorization)
        if found is None:
            why = f"the Authorization header is not of the form {ALGORITHM} Credential=,SignedHeaders=,Signature="
            raise IncompleteSignature(why)
        credentials = self._verify_key(found["key"], request.headers)
        signed = found["headers"].split(";")
        _require_signed(signed, request.headers)
        _verify_date(request.headers["x-acs-date"])
        _verify_signature(request, signed, found["signature"], credentials)
        self._use_nonce(request.headers["x-acs-signature-nonce"])

    def _verify_key(self, access_key_id: str, headers: Mapping[str, str]) -> Credentials:
        credentials = self._credentials.get(access_key_id)
        if credentials is None or headers.get("x-acs-accesskey-id", access_key_id) != access_key_id:
            raise InvalidAccessKeyIdNotFound
        token = headers.get("x-acs-security-token")
        if token is not None and not _same(token, credentials.security_token):
            raise InvalidSecurityTokenMismatch
        return credentials

    def _use_nonce(self, nonce: str) -> None:
        now = time.monotonic()
        # A request that is older than both skews together is rejected for its date.
        kept = now - 2 * CLOCK_SKEW_SECONDS
        self._nonces = {one: used for one, used in self._nonces.items() if used > kept}
        if nonce in self._nonces:
            raise SignatureNonceUsed
        self._nonces[nonce] = now


def _require_signed(signed: list[str], headers: Mapping[str, str]) -> None:
    for name in _MANDATORY_HEADERS:
        if not headers.get(name):
            raise MissingParameter(name)
    common = {name for name in headers if name == "host" or name.startswith("x-acs-")}
    left_out = sorted(common - set(signed))
    if left_out:
        raise IncompleteSignature(f"these headers are not signed: {', '.join(left_out)}")
    absent = sorted(set(signed) - set(headers))
    if absent or signed != sorted(set(signed)):
        raise IncompleteSignature("SignedHeaders has to name headers of the request, sorted, each once")


def _verify_date(text: str) -> None:
    try:
        sent = datetime.strptime(text, _DATE).replace(tzinfo=UTC)
    except ValueError:
        raise InvalidTimeStampFormat from None
    if abs((datetime.now(UTC) - sent).total_seconds()) > CLOCK_SKEW_SECONDS:
        raise InvalidTimeStampExpired


def _verify_signature(request: SignedRequest, signed: list[str], signature: str, credentials: Credentials) -> None:
    payload = hashlib.sha256(request.body).hexdigest()
    canonical_request = "\n".join(
        [
            request.method,
            request.path,
            _canonical_query(request.query),
            "".join(f"{name}:{request.headers[name]}\n" for name in signed),
            ";".join(signed),
            payload,
        ]
    )
    string_to_sign = f"{ALGORITHM}\n{hashlib.sha256(canonical_request.encode()).hexdigest()}"
    key = credentials.access_key_secret.encode()
    expected = hmac.new(key, string_to_sign.encode(), hashlib.sha256).hexdigest()
    genuine = _same(signature, expected) and _same(payload, request.headers["x-acs-content-sha256"])
    if not genuine:
        raise SignatureDoesNotMatch(string_to_sign)


def _canonical_query(query: str) -> str:
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
