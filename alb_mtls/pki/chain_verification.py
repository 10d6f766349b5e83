"""Whether a TLS server would accept a client whose CA is no root, whichever of the two it trusts."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509

from alb_mtls.pki.ca_chain import CaChain, anchors
from alb_mtls.pki.verification import path_problems, problems_of


def rejections_under(
    certificate: x509.Certificate, sent: Sequence[x509.Certificate], chain: CaChain, at: datetime
) -> list[str]:
    """Return why a server would reject a client that trusts the CA or its root, one sentence each.

    Args:
        certificate: the client's own.
        sent: beside it.
        chain: of the CA.
        at: the moment that is judged, aware.
    """
    found = [problem for anchor in anchors(chain) for problem in problems_of(certificate, sent, anchor, at)]
    return list(dict.fromkeys(found))


def broken_path(chain: CaChain, at: datetime) -> list[str]:
    """Return why OpenSSL does not follow a CA up to its root, one sentence each."""
    return [] if len(chain) == 1 else path_problems(chain[0], chain[1:-1], chain[-1], at)
