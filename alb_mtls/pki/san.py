"""Subject alternative names as they are written in the configuration: `dns:`, `email:` and `uri:`.

The rules are those of RFC 5280, 4.2.1.6. Wildcards are not accepted either: a client is one host, not a pattern.
"""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from alb_mtls.addresses import LABEL, LONGEST_NAME, is_ip_address
from alb_mtls.imports import import_turn
from alb_mtls.pki.errors import PkiError, shown
from alb_mtls.pki.subject import email_problem

if TYPE_CHECKING:
    from cryptography import x509

_KINDS = ("dns", "email", "uri")
# The last label has a letter, or an address such as 192.0.2.1 would pass as a name.
_LAST = rf"(?=[0-9-]*[A-Za-z]){LABEL}"
_DNS = re.compile(rf"({LABEL}\.)*{_LAST}")
_FQDN = re.compile(rf"({LABEL}\.)+{_LAST}")
# RFC 3986, 2 and 3.1: a scheme, a colon, and characters that may stand in a URI, encoded ones included.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")


def san_problem(text: str) -> str | None:
    """Return why a name cannot be used, or None."""
    kind, separator, value = text.partition(":")
    if not separator or kind not in _KINDS:
        return f"{shown(text)} must begin with dns:, email: or uri:"
    if not value:
        return f"{shown(text)} has no value after {kind}:"
    if kind == "email":
        return email_problem(value)
    return _dns_problem(value) if kind == "dns" else _uri_problem(value)


def _dns_problem(value: str) -> str | None:
    if len(value) > LONGEST_NAME:
        return f"{shown(value)} has {len(value)} characters, but a DNS name has at most {LONGEST_NAME} (RFC 1035)"
    if "*" in value:
        return f"{shown(value)} is a wildcard, but a client certificate names one host"
    if not _DNS.fullmatch(value):
        return f"{shown(value)} is not a DNS name (letters, digits and hyphens; punycode for others)"
    return None


def _uri_problem(value: str) -> str | None:
    if not _URI.fullmatch(value):
        return f"{shown(value)} is not an absolute URI, for example spiffe://example.com/client"
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"{shown(value)} is not a URI: its host or port cannot be read"
    has_authority = value[len(parts.scheme) + 1 :].startswith("//")
    if has_authority and not _is_full_host(host or ""):
        return f"{shown(value)} must name its host in full, as a dotted name or an IP address (RFC 5280, 4.2.1.6)"
    return None


def _is_full_host(host: str) -> bool:
    return is_ip_address(host) or (len(host) <= LONGEST_NAME and _FQDN.fullmatch(host) is not None)


def parse_san(text: str) -> "x509.GeneralName":
    """Return the name for the certificate.

    Raises:
        PkiError: it cannot be used.
    """
    problem = san_problem(text)
    if problem is not None:
        raise PkiError(problem)
    with import_turn:
        from cryptography import x509

    kind, _, value = text.partition(":")
    if kind == "dns":
        return x509.DNSName(value)
    return x509.RFC822Name(value) if kind == "email" else x509.UniformResourceIdentifier(value)
