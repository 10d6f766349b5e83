"""Which certificate signed which, and with what."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from alb_mtls.pki.keys import certified_key_problem

BROKEN_HASHES = ("md5", "sha1")
_SHA_3 = "sha3-"


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Say whether `issuer` is named in and has signed `certificate`; life and extensions are not looked at."""
    try:
        if _broken_hash(certificate) is None:
            certificate.verify_directly_issued_by(issuer)
        elif certificate.issuer != issuer.subject:
            return False
        else:
            _verify_with_broken_hash(certificate, issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _verify_with_broken_hash(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    """Do what `verify_directly_issued_by` does, which knows no MD5 and no SHA-1."""
    key, algorithm = issuer.public_key(), certificate.signature_hash_algorithm
    signed, by = certificate.tbs_certificate_bytes, certificate.signature
    if isinstance(key, rsa.RSAPublicKey) and algorithm is not None:
        key.verify(by, signed, padding.PKCS1v15(), algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm is not None:
        key.verify(by, signed, ec.ECDSA(algorithm))
    else:
        raise InvalidSignature


def weak_anchor(certificate: x509.Certificate) -> str | None:
    """Return what is to be known of a self-signed CA that is signed with a broken hash, or None.

    OpenSSL, Go and Java do not check the signature of what they trust (docs/facts/x509-and-tls.md, Signatures).
    """
    broken = _broken_hash(certificate)
    if broken is None or not is_issued_by(certificate, certificate):
        return None
    return (
        f"it is signed with {broken}: TLS stacks do not check the signature of a root CA that they trust, and accept "
        "its clients that are signed with SHA-256; whether CAS and the ALB take such a root CA is not documented"
    )


def signature_problem(certificate: x509.Certificate) -> str | None:
    """Return why a certificate cannot be used for the sake of its key or of how it is signed, or None.

    For a self-signed CA that servers trust, `weak_anchor` comes first.
    """
    problem = certified_key_problem(certificate)
    if problem is not None:
        return problem
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return "its signature algorithm cannot be used; issue it again with RSA or ECDSA and SHA-256"
    if (broken := _broken_hash(certificate)) is not None:
        return f"it is signed with {broken}, which TLS stacks reject; issue it again with SHA-256"
    if algorithm is not None and algorithm.name.startswith(_SHA_3):
        return f"it is signed with {algorithm.name}, which no version of TLS knows; issue it again with SHA-256"
    return None


def _broken_hash(certificate: x509.Certificate) -> str | None:
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return None
    return algorithm.name if algorithm is not None and algorithm.name in BROKEN_HASHES else None
