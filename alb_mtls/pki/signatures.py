"""Which certificate signed which, and with what."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from alb_mtls.pki.keys import certified_key_problem

BROKEN_HASHES = ("md5", "sha1")
_SHA_3 = "sha3-"


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Say whether `issuer` is named in and has signed `certificate`; life and extensions are not looked at."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def signature_problem(certificate: x509.Certificate) -> str | None:
    """Return why a certificate cannot be used for the sake of its key or of how it is signed, or None."""
    problem = certified_key_problem(certificate)
    if problem is not None:
        return problem
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return "its signature algorithm cannot be used; issue it again with RSA or ECDSA and SHA-256"
    if algorithm is not None and algorithm.name in BROKEN_HASHES:
        return f"it is signed with {algorithm.name}, which TLS stacks reject; issue it again with SHA-256"
    if algorithm is not None and algorithm.name.startswith(_SHA_3):
        return f"it is signed with {algorithm.name}, which no version of TLS knows; issue it again with SHA-256"
    return None
