"""What a finding is: something that weakens mutual authentication on a listener, with evidence and remedy."""

from dataclasses import dataclass
from enum import StrEnum


class FindingCode(StrEnum):
    """Ways around a listener that can be told from Kubernetes objects alone; codes are part of the contract of ops."""

    HTTP_FORWARDS = "HTTP_FORWARDS"
    QUIC_LISTENER = "QUIC_LISTENER"
    HTTPS_WITHOUT_CLIENT_AUTH = "HTTPS_WITHOUT_CLIENT_AUTH"
    OTHER_ROUTE = "OTHER_ROUTE"
    SERVICE_EXPOSED = "SERVICE_EXPOSED"
    WEAK_TLS_POLICY = "WEAK_TLS_POLICY"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to know.

    Attributes:
        code: for scripts; codes that need more than Kubernetes objects are made elsewhere.
        subject: what it is about, such as `listener 80/HTTP of AlbConfig alb`.
        evidence: what was seen.
        remedy: what to do about it.
    """

    code: str
    subject: str
    evidence: str
    remedy: str
