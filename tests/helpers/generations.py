"""Two generations of a CA, and listeners that verify whole chains as OpenSSL does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from alb_mtls.handshake.observation import Observation
from alb_mtls.pki.cross import Authority, issue_cross
from alb_mtls.pki.verification import problems_of
from tests.helpers.certificates import ROOT_SUBJECT, ClientCredential, make_root
from tests.helpers.handshakes import NOW, REJECTED, REQUESTED_AND_ACCEPTED, Answering, Request, session_of

OLDER, NEWER = (
    make_root(now=NOW, subject=replace(ROOT_SUBJECT, common_name=name)) for name in ("older root", "newer root")
)
CROSS = issue_cross(
    older=Authority(certificate=OLDER.certificate, key=OLDER.key),
    newer=NEWER.certificate,
    outlives=timedelta(days=365),
    now=NOW,
)


def trusting(*roots: ClientCredential, longest_chain: int = 9) -> Answering:
    """Accept who has a chain to one of these CAs, of as many certificates at most, and open a session."""

    def answer(request: Request) -> Observation:
        if request.credential is None:
            return REJECTED
        leaf, *beside = request.credential.chain
        if len(beside) < longest_chain:
            for root in roots:
                if not problems_of(leaf, beside, root.certificate, datetime.now(UTC)):
                    return replace(REQUESTED_AND_ACCEPTED, session=session_of(request.credential))
        return REJECTED

    return answer
