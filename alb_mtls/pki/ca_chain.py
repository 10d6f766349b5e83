"""A CA that is no root itself, with the certificates that lead from it up to its root.

What such a PEM holds: first the CA that signs clients, then the issuer of each certificate, last the root. Which of
them a load balancer takes for what it trusts, the first or the root, is not documented (docs/facts/alibaba-cloud.md,
Not documented), so clients must be accepted either way: they send everything between them and the root.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cryptography import x509

from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.extensions import extension_of
from alb_mtls.pki.name_constraints import name_text
from alb_mtls.pki.signatures import is_issued_by

CaChain = Sequence[x509.Certificate]


def signing_certificate(pem: str) -> x509.Certificate:
    """Return the certificate of the CA that signs clients.

    Raises:
        PkiError: as load_chain.
    """
    return load_chain(pem)[0]


def between(chain: CaChain) -> list[x509.Certificate]:
    """Return what its clients send after their own certificate: all but the last, which whoever verifies has."""
    return list(chain[:-1])


def anchors(chain: CaChain) -> list[x509.Certificate]:
    """Return the certificates of which each may be what a load balancer trusts: the CA, and the last one."""
    return [chain[0], chain[-1]] if len(chain) > 1 else [chain[0]]


def end_of(chain: CaChain) -> datetime:
    """Return until when clients can be accepted: the first end of them all."""
    return first_to_end(chain).not_valid_after_utc


def first_to_end(chain: CaChain) -> x509.Certificate:
    """Return the certificate that ends first."""
    return min(chain, key=lambda one: one.not_valid_after_utc)


def order_problems(chain: CaChain) -> list[str]:
    """Return what is wrong with the certificates beside a CA: what is twice, missing, out of order, or no part of it.

    One certificate alone may be no root: what stands above it then is nobody's to say.
    """
    if len(chain) == 1:
        return []
    twice = sorted({name_text(one.subject) for one in chain if list(chain).count(one) > 1})
    if twice:
        return [f"it holds the certificate of {' and of '.join(twice)} twice; keep the first"]
    path, foreign = _path(chain)
    if len(path) == len(chain) and path == list(chain):
        last = chain[-1]
        if is_issued_by(last, last):
            return []
        sentence = (
            f"it ends with {name_text(last.subject)}, which is no root; add the certificate of its issuer "
            f"{name_text(last.issuer)}, and so on up to the root, or keep the first certificate only"
        )
        return [sentence]
    if foreign:
        others = " and ".join(name_text(one.subject) for one in foreign)
        sentence = (
            f"it holds {others}, which is no part of the path from {name_text(path[0].subject)} to its root; take that "
            "out"
        )
        return [sentence]
    order = ", then ".join(name_text(one.subject) for one in path)
    return [f"its certificates are out of order; the CA that signs clients comes first, its root last: {order}"]


def path_length_problems(chain: CaChain) -> Iterator[str]:
    """Yield which CA allows fewer CAs between it and a client than there are."""
    for below, one in enumerate(chain):
        constraints = extension_of(one, x509.BasicConstraints)
        allowed = None if constraints is None else constraints.path_length
        if allowed is not None and allowed < below:
            yield (
                f"{name_text(one.subject)} has pathLen {allowed}, but in this file {below} of the CAs must stand "
                "between it and a client; give a CA further up, or issue that one again"
            )


def _path(chain: CaChain) -> tuple[list[x509.Certificate], list[x509.Certificate]]:
    """Return the longest path that some of the certificates make, from the lowest up, and the rest."""
    paths = [_upwards([one], chain) for one in chain]
    # Of two of one length, the one that begins where the file does.
    longest = max(paths, key=lambda path: (len(path), path[0] == chain[0]))
    return longest, [one for one in chain if one not in longest]


def _upwards(path: list[x509.Certificate], chain: CaChain) -> list[x509.Certificate]:
    last = path[-1]
    following = next((one for one in chain if one not in path and is_issued_by(last, one)), None)
    return path if following is None else _upwards([*path, following], chain)
