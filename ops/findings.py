"""Codes of findings that only a deployed stack has; the others are those of alb_mtls/cluster."""

from collections.abc import Iterable
from enum import StrEnum

from alb_mtls.cluster.findings import Finding


class OpsFindingCode(StrEnum):
    """What scripts may rely on beside what the program finds too; all but SUPERSEDED_CLIENT make an exit code of 1."""

    CLIENT_EXPIRING = "CLIENT_EXPIRING"
    NOT_ENFORCED = "NOT_ENFORCED"
    OTHER_WRITER = "OTHER_WRITER"
    DRIFT = "DRIFT"
    LISTENER_HELD = "LISTENER_HELD"
    FORGOTTEN_CLIENT = "FORGOTTEN_CLIENT"
    SUPERSEDED_CLIENT = "SUPERSEDED_CLIENT"


def distinct(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings in a steady order, each once: listeners that share a bypass have it twice."""
    return tuple(sorted(set(findings), key=lambda one: (one.code, one.subject, one.evidence)))
