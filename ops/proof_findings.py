"""What a failed proof means: a client is wrongly accepted, a valid one is rejected, or neither is certain. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from alb_mtls.cluster.findings import FindingCode
from alb_mtls.handshake.checks import Check, Client, Expected, Proof
from alb_mtls.handshake.diagnosis import ProofContext, cause, names_another_ca
from alb_mtls.handshake.observation import Verdict
from ops.findings import OpsFindingCode

_CROSSED: Final = (Client.WITH_CROSS, Client.STILL_WITH_CROSS)


@dataclass(frozen=True, kw_only=True)
class ProofFindings:
    """What the last round of a failed proof shows.

    Attributes:
        found: code and evidence of each finding.
        unknown: what is not known; empty when the findings explain all.
    """

    found: tuple[tuple[FindingCode | OpsFindingCode, str], ...]
    unknown: str


def findings_of(proof: Proof, context: ProofContext) -> ProofFindings:
    """Return what a proof that failed has shown for certain, and what remains of it.

    Args:
        proof: one that failed.
        context: what is known beside it.
    """
    failed = [check for check in proof.checks if not check.passed]
    if len(proof.checks) == 1 and _may_be_cut(failed):
        return ProofFindings(found=(), unknown=proof.note)
    others = [check for check in proof.checks if check.passed and names_another_ca(check, context)]
    valid = [one for one in failed if _is_rejected(one, Client.WITH_CERTIFICATE)]
    # Where the listener rejects a client without a cross certificate too, that certificate is not why.
    routes = {one.route for one in valid}
    crossed = [one for one in failed if any(_is_rejected(one, client) for client in _CROSSED)]
    as_well = [one for one in crossed if one.route in routes]
    kinds: Sequence[tuple[FindingCode | OpsFindingCode, list[Check]]] = (
        (OpsFindingCode.NOT_ENFORCED, [one for one in failed if _is_wrongly_accepted(one)]),
        (FindingCode.UNEXPECTED_CA, [*valid, *as_well] or others),
        (
            OpsFindingCode.DRIFT,
            [
                one
                for one in failed
                if _is_rejected(one, Client.WITHOUT_CERTIFICATE) or (one in crossed and one not in as_well)
            ],
        ),
    )
    explained = [check for _, checks in kinds for check in checks]
    # What all connections have shown together, the proof says itself: one of them alone has another cause.
    sole = proof.note if any(checks == failed for _, checks in kinds if checks) else ""
    found = tuple((code, sentence) for code, checks in kinds if checks and (sentence := sole or cause(checks, context)))
    rest = cause([check for check in failed if check not in explained], context)
    return ProofFindings(found=found, unknown=(rest or "") if found else proof.note)


def _may_be_cut(failed: Sequence[Check]) -> bool:
    """Say whether some of many valid clients were cut, which the network may do too."""
    return all(
        check.expected is Expected.ACCEPTED and check.result.verdict is Verdict.REJECTED_BY_RESET for check in failed
    )


def _is_wrongly_accepted(check: Check) -> bool:
    return check.expected is Expected.REJECTED and check.result.accepted and not check.result.may_be_rejection


def _is_rejected(check: Check, client: Client) -> bool:
    """Say whether a client that must be accepted was rejected, by who requested a certificate from it."""
    return (
        check.expected is Expected.ACCEPTED
        and check.client is client
        and check.result.rejected
        and check.result.requested
    )
