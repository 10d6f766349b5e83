"""Reading `listeners[].identityHeaders`: which headers tell the backend who the client is, and what they are called."""

import re
from typing import Final

from alb_mtls.cluster.identity_headers import DEFAULT_PREFIX, IdentityHeaders
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.pki.errors import shown

_PARTS: Final = {
    "subjectDN": "subject_dn",
    "issuerDN": "issuer_dn",
    "fingerprint": "fingerprint",
    "clientVerify": "client_verify",
}
# docs/facts/alibaba-cloud.md, Client certificate headers.
_ALIAS = re.compile(r"[a-z0-9_-]{1,40}")
# What a request could not do without, or what would end up in another one (RFC 9110, 7.2, 7.6.1, and 8; RFC 9112, 6;
# RFC 6265), and what ALBs and backends set themselves.
_NEEDED: Final = frozenset({
    "accept", "accept-encoding", "authorization", "cache-control", "connection", "content-encoding", "content-length",
    "content-type", "cookie", "date", "expect", "forwarded", "host", "http2-settings", "keep-alive", "origin",
    "proxy-authorization", "proxy-connection", "range", "referer", "te", "trailer", "transfer-encoding", "upgrade",
    "user-agent", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-real-ip",
})  # fmt: skip


def read_identity_headers(reader: ObjectReader) -> IdentityHeaders | None:
    """Return which headers are switched on; None for none."""
    headers = reader.object("identityHeaders", tuple(_PARTS))
    values = {attribute: _alias(headers, name) for name, attribute in _PARTS.items()}
    names: dict[str, str] = {}
    for attribute, name in IdentityHeaders(**values).names.items():
        key = next(key for key, one in _PARTS.items() if one == attribute)
        # What a backend behind CGI or WSGI cannot tell apart is one name.
        folded = name.lower().replace("_", "-")
        if folded in names:
            headers.problem(key, f"is the header {name}, as {names[folded]} is; give each header a name of its own")
        names.setdefault(folded, key)
    return IdentityHeaders(**values) if names else None


def _alias(headers: ObjectReader, name: str) -> str | None:
    value = headers.switch_or_text(name)
    if value is False:
        headers.problem(name, "is false, which a header that is not named is anyway; remove it, or write true")
    if value is None or value is False:
        return None
    if value is True:
        return ""
    if not _ALIAS.fullmatch(value):
        headers.problem(
            name,
            f"{shown(value)} is no alias of a header: 1 to 40 of a-z, 0-9, - and _; true keeps the name of the ALB",
        )
        return None
    if value.replace("_", "-") in _NEEDED:
        headers.problem(
            name, f"is {value}, a header that HTTP, or a backend, needs for something else; choose another alias"
        )
        return None
    own = next((key for key in _PARTS if value == f"{DEFAULT_PREFIX}{key}".lower()), name)
    if own != name:
        headers.problem(name, f"is {value}, which is the ALB's own name for {own}; choose another alias")
        return None
    return value
