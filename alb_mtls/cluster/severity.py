"""Which finding comes first: the worst one. Pure."""

from typing import Final

# Who gets in, or is locked out, now; then ways past a listener; then what comes about later.
WORST_FIRST: Final = (
    "NOT_ENFORCED",
    "UNEXPECTED_CA",
    "DRIFT",
    "UNEXPECTED_HOST",
    "LISTENER_HELD",
    "HTTP_FORWARDS",
    "HTTPS_WITHOUT_CLIENT_AUTH",
    "QUIC_LISTENER",
    "OTHER_ROUTE",
    "GATEWAY_ROUTE",
    "SERVICE_EXPOSED",
    "UNMANAGED_LISTENER",
    "FORGEABLE_HEADERS",
    "EDITION_REVERT",
    "CA_EXPIRING",
    "CLIENT_EXPIRING",
    "OTHER_WRITER",
    "FORGOTTEN_CLIENT",
    "WEAK_TLS_POLICY",
    "SUPERSEDED_CLIENT",
)


def severity(code: str) -> int:
    """Return where a finding of a code is listed: 0 is the worst, and what is not in the table comes last."""
    return WORST_FIRST.index(code) if code in WORST_FIRST else len(WORST_FIRST)
