"""What a failed proof means: somebody gets in who must not, ours is refused, or it could not be told. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from alb_mtls.cluster.findings import FindingCode
from alb_mtls.handshake.checks import Check, Client, Expected, Proof
from alb_mtls.handshake.diagnosis import ProofContext, cause
from ops.findings import OpsFindingCode


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What the last round of a failed proof shows.

    Attributes:
        found: code and evidence of each finding.
        unknown: what could not be told; empty when the findings explain all.
    """

    found: tuple[tuple[FindingCode | OpsFindingCode, str], ...]
    unknown: str


def judge(shown: Proof, known: ProofContext) -> Judgement:
    """Return what a proof that failed has shown for certain, and what remains of it.

    Args:
        shown: a proof that failed.
        known: what is known beside it.
    """
    failed = [check for check in shown.checks if not check.passed]
    kinds: Sequence[tuple[FindingCode | OpsFindingCode, list[Check]]] = (
        (OpsFindingCode.NOT_ENFORCED, [one for one in failed if _is_stranger_let_in(one)]),
        (FindingCode.UNEXPECTED_CA, [one for one in failed if _is_refused(one, Client.WITH_CERTIFICATE)]),
        (OpsFindingCode.DRIFT, [one for one in failed if _is_refused(one, Client.WITHOUT_CERTIFICATE)]),
    )
    found = tuple((code, sentence) for code, checks in kinds if (sentence := cause(checks, known)) is not None)
    explained = [check for _, checks in kinds for check in checks]
    rest = cause([check for check in failed if check not in explained], known)
    return Judgement(found=found, unknown=(rest or "") if found else shown.note)


def _is_stranger_let_in(check: Check) -> bool:
    return check.expected is Expected.REFUSED and check.seen.let_in and not check.seen.may_be_refusal


def _is_refused(check: Check, client: Client) -> bool:
    """Say whether a client that must get in was refused, and by whoever asked it for a certificate."""
    return check.expected is Expected.LET_IN and check.client is client and check.seen.refused and check.seen.asked
