"""Certificate signing requests from clients that keep their key: only the key counts, and the signature that proves it.

cryptography reads none without attributes, with attributes out of order or of another version than 1 (RFC 2986), and
openssl makes and verifies all of them. So a request is taken apart here.
"""

from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key

from alb_mtls.pki.der import BIT_STRING, INTEGER, SEQUENCE, DerError, Element, dotted, element
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import UNSUPPORTED, key_form_problem, public_key_problem
from alb_mtls.pki.pem import decoded, pem_blocks, pem_of

_ATTRIBUTES = 0xA0
_LABELS = ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")
_CERTIFICATE = "this is a certificate, not a certificate signing request; give the request, or use certificateFile"
_OTHERS = dict.fromkeys(("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"), _CERTIFICATE)
# RFC 8017, appendix C, and RFC 5758, 3.2: what openssl signs with unless it is given something special.
_RSA = {
    "1.2.840.113549.1.1.14": hashes.SHA224(),
    "1.2.840.113549.1.1.11": hashes.SHA256(),
    "1.2.840.113549.1.1.12": hashes.SHA384(),
    "1.2.840.113549.1.1.13": hashes.SHA512(),
}
_ECDSA = {
    "1.2.840.10045.4.3.1": hashes.SHA224(),
    "1.2.840.10045.4.3.2": hashes.SHA256(),
    "1.2.840.10045.4.3.3": hashes.SHA384(),
    "1.2.840.10045.4.3.4": hashes.SHA512(),
}
_KNOWN = {**_RSA, **_ECDSA}
_BROKEN = {
    "1.2.840.113549.1.1.4": "MD5",
    "1.2.840.113549.1.1.5": "SHA-1",
    "1.2.840.10045.4.1": "SHA-1",
}
_AGAIN = "make it again with openssl req -new -sha256 -key KEY -out FILE"


@dataclass(frozen=True, kw_only=True)
class SigningRequest:
    """A request, taken apart.

    Attributes:
        der: all of it.
        signed: what the signature covers.
        key_info: the SubjectPublicKeyInfo.
        public_key: that a certificate is requested for.
        algorithm: of the signature, as a dotted identifier.
        signature: of the key, over `signed`.
    """

    der: bytes
    signed: bytes
    key_info: Element
    public_key: PublicKeyTypes
    algorithm: str
    signature: bytes

    @property
    def pem(self) -> str:
        """The request in the one form in which requests are compared."""
        return pem_of(_LABELS[0], self.der)


def load_csr(text: str) -> SigningRequest:
    """Read the one request of a text; what stands around it is passed over.

    Raises:
        PkiError: there is none or more than one, it is cut off or has a private key beside it, or its key is of a
            kind that cannot be used.
    """
    bodies = pem_blocks(text, _LABELS, what="certificate signing request", others=_OTHERS)
    if len(bodies) > 1:
        message = f"this holds {len(bodies)} requests, but must hold exactly one; give each client a file of its own"
        raise PkiError(message)
    try:
        return _taken_apart(decoded(bodies[0]))
    except PkiError:
        raise
    except ValueError:
        message = (
            "this is not a certificate signing request (openssl req -new ...), although its BEGIN line says so; if "
            "openssl req -in FILE -verify reads it, write it again with openssl req -in FILE -out FILE2"
        )
        raise PkiError(message) from None


def _taken_apart(der: bytes) -> SigningRequest:
    """Return a request.

    Raises:
        DerError: it is none.
        PkiError: its key is of a kind that cannot be used.
    """
    whole = element(der)
    parts = whole.children()
    if [whole.tag, *(part.tag for part in parts)] != [SEQUENCE, SEQUENCE, SEQUENCE, BIT_STRING]:
        message = "no signed object"
        raise DerError(message)
    info, algorithm, signature = parts
    # Version, subject, key, then attributes if there are any: RFC 2986, 4.1.
    fields, identifiers = info.children(), algorithm.children()
    tags = [field.tag for field in fields]
    # A certificate begins in much the same way.
    if tags[:3] != [INTEGER, SEQUENCE, SEQUENCE] or tags[3:] not in ([], [_ATTRIBUTES]) or not identifiers:
        message = "no request"
        raise DerError(message)
    return SigningRequest(
        der=der,
        signed=info.whole,
        key_info=fields[2],
        public_key=_public_key(fields[2]),
        algorithm=dotted(identifiers[0]),
        signature=signature.content[1:],
    )


def _public_key(info: Element) -> PublicKeyTypes:
    try:
        return load_der_public_key(info.whole)
    except (ValueError, UnsupportedAlgorithm):
        message = f"the request's key {UNSUPPORTED}"
        raise PkiError(message) from None


def csr_problems(request: SigningRequest) -> list[str]:
    """Return why a request cannot be used: its key is too weak or of a wrong kind, or its signature proves nothing.

    Nothing else of it counts: subject, names and life of the certificate come from the configuration.
    """
    problem = key_form_problem(request.key_info) or public_key_problem(request.public_key)
    if problem is None:
        problem = _signature_problem(request)
    return [] if problem is None else [problem]


def _signature_problem(request: SigningRequest) -> str | None:
    try:
        broken = _broken_hash(request)
        valid = broken is None and _is_signed(request)
    except UnsupportedAlgorithm:
        return f"the request is signed with an algorithm that is not known here ({request.algorithm}); {_AGAIN}"
    if broken is not None:
        return f"the request is signed with {broken}, which proves nothing any more; {_AGAIN}"
    if valid:
        return None
    return f"the request's signature does not verify, so it does not prove that its sender has the key; {_AGAIN}"


def _broken_hash(request: SigningRequest) -> str | None:
    """Return the hash of a signature that proves nothing, or None.

    Raises:
        UnsupportedAlgorithm: nobody here knows with what it is signed.
    """
    if request.algorithm in _BROKEN or request.algorithm in _KNOWN:
        return _BROKEN.get(request.algorithm)
    # Of RSASSA-PSS the parameters say it. cryptography calls a signature of an unknown algorithm invalid.
    used = _as_cryptography_reads(request).signature_hash_algorithm
    return "SHA-1" if isinstance(used, hashes.SHA1) else None


def _as_cryptography_reads(request: SigningRequest) -> x509.CertificateSigningRequest:
    try:
        return x509.load_der_x509_csr(request.der)
    except (ValueError, x509.InvalidVersion):
        raise UnsupportedAlgorithm(request.algorithm) from None


def _is_signed(request: SigningRequest) -> bool:
    """Say whether the key of a request has signed it."""
    key = request.public_key
    try:
        if isinstance(key, rsa.RSAPublicKey) and request.algorithm in _RSA:
            key.verify(request.signature, request.signed, padding.PKCS1v15(), _RSA[request.algorithm])
        elif isinstance(key, ec.EllipticCurvePublicKey) and request.algorithm in _ECDSA:
            key.verify(request.signature, request.signed, ec.ECDSA(_ECDSA[request.algorithm]))
        else:
            # RSASSA-PSS by a plain key, and SHA-3; with parameters that cryptography knows how to read.
            return _as_cryptography_reads(request).is_signature_valid
    except InvalidSignature:
        return False
    return True
