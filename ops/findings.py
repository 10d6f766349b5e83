"""Codes of findings that only a deployed stack has, beside those of alb_mtls/cluster, and how findings are headed."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from alb_mtls.cluster.findings import Finding, FindingCode
from ops.blocks import Level


class OpsFindingCode(StrEnum):
    """What scripts may rely on beside what the program finds too; all but SUPERSEDED_CLIENT make an exit code of 1."""

    CLIENT_EXPIRING = "CLIENT_EXPIRING"
    NOT_ENFORCED = "NOT_ENFORCED"
    DRIFT = "DRIFT"
    LISTENER_HELD = "LISTENER_HELD"
    FORGOTTEN_CLIENT = "FORGOTTEN_CLIENT"
    SUPERSEDED_CLIENT = "SUPERSEDED_CLIENT"


def distinct(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings in a steady order, each once: listeners that share a bypass have it twice."""
    return tuple(sorted(set(findings), key=lambda one: (one.code, one.subject, one.evidence)))


# What is the matter with the subject of a finding, in few words; its evidence says more.
_HEADS: Final[Mapping[str, str]] = {
    OpsFindingCode.NOT_ENFORCED: "not enforced",
    FindingCode.UNEXPECTED_CA: "another CA than this stack's",
    OpsFindingCode.DRIFT: "not as the last up left it",
    FindingCode.UNEXPECTED_HOST: "a host that is not allowed",
    OpsFindingCode.LISTENER_HELD: "held by a person",
    FindingCode.OTHER_WRITER: "somebody else writes it",
    OpsFindingCode.CLIENT_EXPIRING: "a certificate ends",
    FindingCode.CA_EXPIRING: "a certificate ends",
    OpsFindingCode.FORGOTTEN_CLIENT: "accepted still",
    OpsFindingCode.SUPERSEDED_CLIENT: "an earlier certificate is accepted too",
    FindingCode.HTTP_FORWARDS: "a bypass without a certificate",
    FindingCode.HTTPS_WITHOUT_CLIENT_AUTH: "a bypass without a certificate of this CA",
    FindingCode.QUIC_LISTENER: "a bypass over HTTP/3",
    FindingCode.OTHER_ROUTE: "a bypass over another route",
    FindingCode.GATEWAY_ROUTE: "a bypass over the Gateway API",
    FindingCode.SERVICE_EXPOSED: "a bypass around the ALB",
    FindingCode.UNMANAGED_LISTENER: "a listener of no AlbConfig",
    FindingCode.FORGEABLE_HEADERS: "clients can forge identity headers",
    FindingCode.EDITION_REVERT: "the edition of the ALB will be set back",
    FindingCode.WEAK_TLS_POLICY: "old TLS versions are allowed",
}
OF_A_LISTENER: Final = (OpsFindingCode.NOT_ENFORCED, FindingCode.UNEXPECTED_CA, OpsFindingCode.DRIFT)
"""Codes of what a listener does that it must not; each shows in several places: AlbConfig, ALB, handshakes."""


def level_of(code: str) -> Level:
    """Return how much findings of a code matter."""
    return Level.PROBLEM if code in OF_A_LISTENER else Level.WARNING


def head_of(code: str, evidence: Iterable[str]) -> str:
    """Return what is the matter with the subject of a finding, in few words."""
    is_an_end = code in (OpsFindingCode.CLIENT_EXPIRING, FindingCode.CA_EXPIRING)
    if is_an_end and any("ended on " in one for one in evidence):
        return "a certificate has ended"
    return _HEADS.get(code, "")
