"""Private keys: made here, accepted from outside, and their PEM form."""

import re
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from alb_mtls.pki.der import (
    EC_PUBLIC_KEY,
    OBJECT_IDENTIFIER,
    RSASSA_PSS,
    DerError,
    Element,
    TbsCertificate,
    key_algorithm,
)
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.passphrases import Passphrase

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

DEFAULT_RSA_SIZE = 4096
DEFAULT_CURVE = "P-256"
# For keys from outside: NIST SP 800-57 part 1 requires 112 bits of strength, and beyond 8192 bits TLS stacks reject.
RSA_FLOOR, RSA_CEILING = 2048, 8192
_PUBLIC_EXPONENT = 65537
_MADE_CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}
_TAKEN_CURVES = ("secp256r1", "secp384r1", "secp521r1")
# "CA certificates do not support the SM2 algorithm" (docs/facts/alibaba-cloud.md, Editions and keys).
UNSUPPORTED = "is of a kind that cannot be used; ALB takes RSA and ECDSA for client authentication, not SM2"

# RFC 5958 by its label, RFC 1421 by its header.
_ENCRYPTED_MARK = re.compile(r"-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type:\s*4,\s*ENCRYPTED", re.MULTILINE)
# Words of cryptography 50, which has no error of its own for these.
_UNKNOWN_CIPHER = re.compile(r"unknown (?:cipher|key encryption algorithm)", re.IGNORECASE)
_ENCRYPTED = "the private key is encrypted; give it without a passphrase (openssl pkey -in FILE -out FILE2)"
_UNREADABLE = "the private key cannot be read; it must be one PEM block, PKCS#8, PKCS#1 or SEC 1, RSA or ECDSA"
# By what stands in a BEGIN line.
_NO_KEYS = {
    "OPENSSH PRIVATE KEY-----": (
        "the private key is in OpenSSH's own format; convert a copy, which this rewrites: ssh-keygen -p -m PEM -f COPY"
    ),
    "PUBLIC KEY-----": "this is a public key; give the private one",
}


def generate_private_key(spec: KeySpec) -> PrivateKey:
    """Make a key.

    Raises:
        PkiError: the kind cannot be made.
    """
    problems = spec.problems()
    if problems:
        raise PkiError(problems[0])
    if spec.algorithm == "ecdsa":
        return ec.generate_private_key(_MADE_CURVES[spec.curve or DEFAULT_CURVE])
    return rsa.generate_private_key(public_exponent=_PUBLIC_EXPONENT, key_size=spec.size or DEFAULT_RSA_SIZE)


def is_of_kind(key: PrivateKey, spec: KeySpec) -> bool:
    """Say whether a key is one that `generate_private_key` could have made for a kind."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return spec.algorithm == "ecdsa" and key.curve.name == _MADE_CURVES[spec.curve or DEFAULT_CURVE].name
    return spec.algorithm == "rsa" and key.key_size == (spec.size or DEFAULT_RSA_SIZE)


def private_key_pem(key: PrivateKey) -> str:
    """Return the key as unencrypted PKCS#8 PEM; where it goes is the caller's care."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def load_private_key(pem: str, passphrase: Passphrase | None = None) -> PrivateKey:
    """Read a private key.

    Args:
        pem: of the key.
        passphrase: of an encrypted one; a key in the clear needs none, and is read all the same.

    Raises:
        PkiError: no PEM, encrypted and not opened, of another kind, or too weak.
    """
    opened_with = passphrase if is_encrypted(pem) else None
    try:
        key = load_pem_private_key(pem.encode(), None if opened_with is None else opened_with.octets)
    except TypeError:
        raise PkiError(_ENCRYPTED) from None
    except UnsupportedAlgorithm:
        message = f"the private key {UNSUPPORTED}"
        raise PkiError(message) from None
    except ValueError as error:
        raise PkiError(_unreadable(pem, opened_with, str(error))) from None
    if not isinstance(key, PrivateKey):
        message = f"the private key is of kind {type(key).__name__}, but must be RSA or ECDSA"
        raise PkiError(message)
    problem = public_key_problem(key.public_key())
    if problem is not None:
        raise PkiError(problem)
    return key


def is_encrypted(pem: str) -> bool:
    """Say whether a private key is encrypted, by PKCS#8 or as OpenSSL did before (RFC 1421)."""
    return _ENCRYPTED_MARK.search(pem) is not None


def _unreadable(pem: str, passphrase: Passphrase | None, words: str) -> str:
    """Return why a private key cannot be read, when cryptography has given its `words`."""
    if passphrase is None:
        return next((sentence for mark, sentence in _NO_KEYS.items() if mark in pem), _UNREADABLE)
    if _UNKNOWN_CIPHER.search(words):
        return (
            "the private key is encrypted in a way that is not read here; encrypt a copy with AES "
            "(openssl pkey -in FILE -aes256 -out FILE2)"
        )
    return f"the passphrase in {passphrase.origin} does not open it; give the one that it was encrypted with"


def public_key_problem(key: PublicKeyTypes) -> str | None:
    """Return why a key from outside cannot be used, with its value against the bound, or None."""
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < RSA_FLOOR:
            return f"the RSA key has {key.key_size} bits, but at least {RSA_FLOOR} are needed"
        if key.key_size > RSA_CEILING:
            return f"the RSA key has {key.key_size} bits, but at most {RSA_CEILING} are taken"
        return None
    if isinstance(key, ec.EllipticCurvePublicKey):
        if key.curve.name in _TAKEN_CURVES:
            return None
        return f"the curve {key.curve.name} is none of P-256, P-384 and P-521"
    return f"the key is of kind {type(key).__name__}, but must be RSA or ECDSA"


def certified_key_problem(certificate: x509.Certificate) -> str | None:
    """Return why the key in a certificate cannot be used, SM2 among the reasons, or None."""
    problem = key_form_problem(TbsCertificate.of(certificate.tbs_certificate_bytes).public_key)
    if problem is not None:
        return problem
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return f"its key {UNSUPPORTED}"
    return public_key_problem(key)


def key_form_problem(public_key: Element) -> str | None:
    """Return why a SubjectPublicKeyInfo cannot be used for what cryptography passes over, or None.

    It reads a key that is bound to RSASSA-PSS as a plain one, and a curve that is spelt out as the named one. TLS
    servers do not: OpenSSL rejects a curve that is spelt out, and a key for RSASSA-PSS fits TLS 1.3 at most.
    """
    try:
        algorithm, parameters = key_algorithm(public_key)
    except DerError:
        return f"its key {UNSUPPORTED}"
    if algorithm == RSASSA_PSS:
        return (
            "its key is for RSASSA-PSS signatures only, which ALB does not take; make a plain RSA key (openssl genrsa)"
        )
    if algorithm == EC_PUBLIC_KEY and (parameters is None or parameters.tag != OBJECT_IDENTIFIER):
        return (
            "its key spells out the parameters of its curve, which TLS servers reject; name the curve "
            "(openssl ec -in KEY -param_enc named_curve -out KEY2) and issue it again with that key"
        )
    return None


def public_key_octets(certificate: x509.Certificate) -> bytes | None:
    """Return the key of a certificate in its one form; None when it is of a kind that cannot be used."""
    try:
        return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        return None


def key_matches(certificate: x509.Certificate, key: PrivateKey) -> bool:
    """Say whether `key` is the private key of `certificate`."""
    certified = public_key_octets(certificate)
    return certified == key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def spki_sha256(key: PublicKeyTypes) -> str:
    """Return the SHA-256 of the SubjectPublicKeyInfo in hex: the same for the same key, whoever certifies it."""
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
