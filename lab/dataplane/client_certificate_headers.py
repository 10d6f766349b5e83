"""Client-certificate headers of a listener (docs/facts/alibaba-cloud.md, Client certificate headers)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "X-Forwarded-Clientcert-"

SUBJECT = "{http.request.tls.client.subject}"
ISSUER = "{http.request.tls.client.issuer}"
FINGERPRINT = "{http.request.tls.client.fingerprint}"

# Part of the option's name, end of the header's name, and what stands in it once the client was verified.
_PARTS = (
    ("SubjectDN", "subjectdn", SUBJECT),
    ("IssuerDN", "issuerdn", ISSUER),
    ("Fingerprint", "fingerprint", FINGERPRINT),
    ("ClientVerify", "clientverify", "SUCCESS"),
)


@dataclass(frozen=True, kw_only=True)
class ClientCertificateHeaders:
    """Which headers the backend gets, under which names.

    Attributes:
        names: header name by part (`SubjectDN`, `IssuerDN`, `Fingerprint`, `ClientVerify`); a part that is not
            switched on is absent.
        forged_pass: whether those that a client sends itself pass, before the ones that are set.
    """

    names: tuple[tuple[str, str], ...] = ()
    forged_pass: bool = False

    @classmethod
    def of(cls, config: "Mapping[str, Any]", *, forged_pass: bool = False) -> "ClientCertificateHeaders":
        """Read an ALB `XForwardedForConfig`; an alias replaces the header's name."""
        names = []
        for part, suffix, _ in _PARTS:
            if config.get(f"XForwardedForClientCert{part}Enabled"):
                alias = config.get(f"XForwardedForClientCert{part}Alias")
                names.append((part, str(alias) if alias else f"{PREFIX}{suffix}"))
        return cls(names=tuple(names), forged_pass=forged_pass)

    def stripped(self) -> tuple[str, ...]:
        """Header names, a trailing `*` for any end, that are never taken from a client."""
        return () if self.forged_pass else (f"{PREFIX}*", *(name for _, name in self.names))

    def values(self, *, enforced: bool) -> dict[str, str]:
        """Header values, with Caddy's placeholders, for a request that is forwarded.

        Args:
            enforced: whether a client certificate is requested; without, only `ClientVerify` has a value.
        """
        names = dict(self.names)
        if not enforced:
            return {names["ClientVerify"]: "NONE"} if "ClientVerify" in names else {}
        return {names[part]: value for part, _, value in _PARTS if part in names}
