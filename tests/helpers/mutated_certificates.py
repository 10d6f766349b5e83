"""Twins of what the program issues, each with exactly one rule broken.

A twin starts from the certificate as it was issued, so that whatever is not broken stays as it was.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from alb_mtls.pki.keys import PrivateKey
from tests.helpers.certificates import ClientCredential, make_client, make_root

Extensions = list[tuple[x509.ExtensionType, bool]]
Attributes = list[x509.NameAttribute[str]]


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """One rule broken: in the extensions, the subject, the serial number, or the life."""

    extensions: Callable[[Extensions], Extensions] = lambda extensions: extensions
    subject: Callable[[Attributes], Attributes] = lambda attributes: attributes
    serial: int | None = None
    begin: datetime | None = None
    end: datetime | None = None


def mutated_root(mutation: Mutation) -> x509.Certificate:
    """Return a root CA as the program makes it but for what `mutation` breaks."""
    root = make_root()
    return _mutated(root.certificate, mutation, signer=root.key)


def mutated_client(root: ClientCredential, mutation: Mutation) -> x509.Certificate:
    """Return a client of `root` as the program makes it but for what `mutation` breaks."""
    return _mutated(make_client(root).certificate, mutation, signer=root.key)


def _mutated(given: x509.Certificate, mutation: Mutation, *, signer: PrivateKey) -> x509.Certificate:
    subject = x509.Name(mutation.subject([attribute(a.oid, str(a.value)) for a in given.subject]))
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if given.issuer == given.subject else given.issuer)
        .public_key(given.public_key())
        .serial_number(mutation.serial or given.serial_number)
        .not_valid_before(mutation.begin or given.not_valid_before_utc)
        .not_valid_after(mutation.end or given.not_valid_after_utc)
    )
    for extension, critical in mutation.extensions([(e.value, e.critical) for e in given.extensions]):
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(signer, hashes.SHA256())


def attribute(oid: x509.ObjectIdentifier, value: str) -> x509.NameAttribute[str]:
    """Return an attribute of a name without the checks that the builder would make."""
    return x509.NameAttribute(oid, value, _validate=False)


def without(kind: type[x509.ExtensionType]) -> Mutation:
    """Leave one extension out."""
    return Mutation(extensions=lambda given: [(e, critical) for e, critical in given if not isinstance(e, kind)])


def otherwise_critical(kind: type[x509.ExtensionType]) -> Mutation:
    """Turn the criticality of one extension round."""
    return Mutation(extensions=lambda given: [(e, critical is not isinstance(e, kind)) for e, critical in given])


def replaced_by(*values: x509.ExtensionType) -> Mutation:
    """Give the extensions of the same kinds other values."""
    by_kind = {type(value): value for value in values}
    return Mutation(extensions=lambda given: [(by_kind.get(type(e), e), critical) for e, critical in given])


def added(value: x509.ExtensionType) -> Mutation:
    """Add an extension."""
    return Mutation(extensions=lambda given: [*given, (value, False)])


def with_value(oid: x509.ObjectIdentifier, *values: str) -> Mutation:
    """Give one attribute of the name another value, several, or none."""
    new = [attribute(oid, value) for value in values]
    return Mutation(subject=lambda given: [*(a for a in given if a.oid != oid), *new])


def root_with_raw_end(tag: int, text: str) -> x509.Certificate:
    """Return a root CA, rightly signed, whose notAfter is a DER time that no builder would write.

    Args:
        tag: 0x17 for UTCTime, 0x18 for GeneralizedTime.
        text: its content, such as `600101000000Z`.
    """
    root = make_root()
    assert isinstance(root.key, ec.EllipticCurvePrivateKey)
    begin, end = (
        _der(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
        for moment in (root.certificate.not_valid_before_utc, root.certificate.not_valid_after_utc)
    )
    tbs = root.certificate.tbs_certificate_bytes
    life = _der(0x30, begin + end)
    assert tbs.count(life) == 1
    signed = _der(0x30, tbs[_header_length(tbs) :].replace(life, _der(0x30, begin + _der(tag, text.encode()))))
    signature = root.key.sign(signed, ec.ECDSA(hashes.SHA256()))
    return x509.load_der_x509_certificate(_der(0x30, signed + _ECDSA_WITH_SHA256 + _der(0x03, b"\0" + signature)))


# AlgorithmIdentifier of ecdsa-with-SHA256, 1.2.840.10045.4.3.2 (RFC 5758, 3.2).
_ECDSA_WITH_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def _header_length(der: bytes) -> int:
    return 2 if der[1] < 0x80 else 2 + (der[1] & 0x7F)
