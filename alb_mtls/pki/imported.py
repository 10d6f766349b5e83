"""Checking certificates that were made elsewhere: a CA, and a client's."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from alb_mtls.pki.keys import PrivateKey, certified_key_problem
from alb_mtls.pki.signatures import is_issued_by

_BROKEN_HASHES = ("md5", "sha1")
_CLIENT_PURPOSES = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
_SPKI = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


@dataclass(frozen=True, kw_only=True)
class ImportedCa:
    """The errors and warnings about an imported CA."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def imported_ca_findings(certificate: x509.Certificate, *, now: datetime) -> ImportedCa:
    """Check a certificate, as load_certificate() returns it, as the CA of a listener; its end is end_problem()'s."""
    findings = ImportedCa()
    findings.errors.extend(_key_errors(certificate))
    if certificate.not_valid_before_utc > now:
        findings.errors.append(f"it begins on {certificate.not_valid_before_utc:%Y-%m-%d}; wait, or issue it again")
    if not certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        findings.errors.append("its subject has no commonName, and the ALB Ingress controller rejects such a CA")
    of_its_version = _version_1_findings if certificate.version is x509.Version.v1 else _extension_findings
    errors, warnings = of_its_version(certificate)
    findings.errors.extend(errors)
    findings.warnings.extend(warnings)
    return findings


def _key_errors(certificate: x509.Certificate) -> list[str]:
    problem = certified_key_problem(certificate)
    if problem is not None:
        return [problem]
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return ["its signature algorithm cannot be used; issue it again with RSA or ECDSA and SHA-256"]
    if algorithm is not None and algorithm.name in _BROKEN_HASHES:
        return [f"it is signed with {algorithm.name}, which TLS stacks reject; issue it again with SHA-256"]
    return []


def end_problem(certificate: x509.Certificate, *, now: datetime) -> str | None:
    """Return that a certificate has ended, or None; no error where no certificates are requested."""
    if certificate.not_valid_after_utc > now:
        return None
    return f"it ended on {certificate.not_valid_after_utc:%Y-%m-%d}"


def _version_1_findings(certificate: x509.Certificate) -> tuple[list[str], list[str]]:
    # Without extensions only a trust anchor can be a CA: OpenSSL takes version 1 when self-signed, never otherwise.
    if not is_issued_by(certificate, certificate):
        return ["it is an X.509 version 1 certificate and not self-signed, so it is not a CA; give the root CA's"], []
    warning = (
        "it is an X.509 version 1 certificate, as the old openssl recipe makes them: lenient TLS stacks accept it, "
        "strict ones (openssl -x509_strict, AWS, Azure) reject it"
    )
    return [], [warning]


def _extension_findings(certificate: x509.Certificate) -> tuple[list[str], list[str]]:
    errors, warnings = [], []
    constraints = _value(certificate, x509.BasicConstraints)
    if constraints is None:
        return ["it has no basicConstraints, so it is not a CA; give the CA's certificate"], []
    if not constraints.ca:
        return ["it is not a CA (basicConstraints CA:FALSE), but the certificate of a client or server"], []
    if constraints.path_length == 0:
        warnings.append("it has pathLen 0, so a later generation cannot be introduced by cross-signing")
    usage = _value(certificate, x509.KeyUsage)
    if usage is None:
        warnings.append("it has no keyUsage; RFC 5280 requires keyCertSign in a CA")
    elif not usage.key_cert_sign:
        errors.append("its keyUsage does not allow keyCertSign, so it may not sign clients")
    if not is_issued_by(certificate, certificate):
        warnings.append(
            "it is not self-signed: verifiers that need the whole chain up to a root, as OpenSSL is by "
            "default, reject its clients"
        )
    return errors, warnings


def imported_client_errors(certificate: x509.Certificate, *, issuer: x509.Certificate | None) -> list[str]:
    """Return why a client could not authenticate with its certificate, one sentence each; its end is end_problem()'s.

    Args:
        certificate: as load_certificate() returns it; it need not have our own profile.
        issuer: the root CA, or None when only its identifier in CAS is known.
    """
    errors = _key_errors(certificate)
    if issuer is not None and not is_issued_by(certificate, issuer):
        errors.append("it was not issued by the root CA")
    # Version 1 has no extension that distinguishes a CA from a client: the old recipe's root passes all the rest.
    own = _public_key(certificate)
    if issuer is not None and own is not None and own == _public_key(issuer):
        errors.append("it carries the root CA's own key; make the client a key of its own")
    elif issuer is None and not errors and is_issued_by(certificate, certificate):
        errors.append("it is self-signed, so no root CA has issued it")
    usage = _value(certificate, x509.KeyUsage)
    if usage is not None and not usage.digital_signature:
        errors.append("its keyUsage lacks digitalSignature, without which it cannot sign a TLS handshake")
    purposes = _value(certificate, x509.ExtendedKeyUsage)
    # An absent extendedKeyUsage means any purpose, as an explicit "any" does.
    if purposes is not None and not _CLIENT_PURPOSES & set(purposes):
        errors.append("its extendedKeyUsage lacks clientAuth, so verifiers reject it as a client's")
    return errors


def _value(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def key_matches(certificate: x509.Certificate, key: PrivateKey) -> bool:
    """Say whether `key` is the private key of `certificate`."""
    certified = _public_key(certificate)
    return certified is not None and certified == key.public_key().public_bytes(*_SPKI)


def _public_key(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.public_key().public_bytes(*_SPKI)
    except UnsupportedAlgorithm:
        return None
