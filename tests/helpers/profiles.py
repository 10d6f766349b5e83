"""Every rule of our two profiles as a predicate: what a certificate breaks, one sentence each (RFC 5280, 4.1 and 4.2).

They check certificates as load_certificate() returns them, or as they were just built.
"""

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from alb_mtls.pki.extensions import (
    authority_key_identifier,
    issuer_key_identifier,
    key_usage,
    subject_key_identifier,
)
from alb_mtls.pki.keys import PublicKey, certified_key_problem
from alb_mtls.pki.signatures import is_issued_by
from alb_mtls.pki.subject import Subject, subject_problems

# Of the 159 bits that are made, fewer than 64 never come out by chance (CA/Browser Forum BR 7.1).
_SERIAL_FLOOR_BITS = 64
_HASHES = ("sha256", "sha384", "sha512")
_FIRST_GENERALIZED_YEAR = 2050
_UTC_TIME, _GENERALIZED_TIME, _SEQUENCE = b"\x17\x0d", b"\x18\x0f", b"\x30"
_Extension = TypeVar("_Extension", bound=x509.ExtensionType)
_FIELDS = {
    NameOID.COUNTRY_NAME: "country",
    NameOID.STATE_OR_PROVINCE_NAME: "state",
    NameOID.LOCALITY_NAME: "locality",
    NameOID.ORGANIZATION_NAME: "organization",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "organizational_unit",
    NameOID.COMMON_NAME: "common_name",
    NameOID.EMAIL_ADDRESS: "email",
}
_CA_EXTENSIONS = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.SubjectKeyIdentifier,
    x509.AuthorityKeyIdentifier,
    x509.SubjectAlternativeName,
)
_CLIENT_EXTENSIONS = (*_CA_EXTENSIONS, x509.ExtendedKeyUsage)


def ca_profile_violations(certificate: x509.Certificate) -> list[str]:
    """Return what keeps a certificate from being a root CA as this program makes them."""
    violations = _common_violations(certificate, _CA_EXTENSIONS)
    if certificate.version is not x509.Version.v3:
        return violations
    constraints = _extension(certificate, x509.BasicConstraints, violations, critical=True)
    if constraints is not None and not constraints.ca:
        violations.append("basicConstraints say CA:FALSE")
    if constraints is not None and constraints.path_length is not None:
        violations.append("basicConstraints carry a pathLen, which forbids rollover by cross-signing")
    usage = _extension(certificate, x509.KeyUsage, violations, critical=True)
    if usage is not None and usage != key_usage(signs_certificates=True):
        violations.append("keyUsage is not exactly keyCertSign and cRLSign")
    if not is_issued_by(certificate, certificate):
        violations.append("it is not signed by itself, so it is no root")
    violations.extend(_key_identifier_violations(certificate, certificate))
    return violations


def client_profile_violations(certificate: x509.Certificate, issuer: x509.Certificate) -> list[str]:
    """Return what keeps a certificate from being a client's of `issuer`, as this program makes them."""
    violations = _common_violations(certificate, _CLIENT_EXTENSIONS)
    if certificate.version is not x509.Version.v3:
        return violations
    constraints = _extension(certificate, x509.BasicConstraints, violations, critical=True)
    if constraints is not None and constraints.ca:
        violations.append("basicConstraints say CA:TRUE")
    usage = _extension(certificate, x509.KeyUsage, violations, critical=True)
    if usage is not None and usage != key_usage(signs_certificates=False):
        violations.append("keyUsage is not exactly digitalSignature")
    purposes = _extension(certificate, x509.ExtendedKeyUsage, violations, critical=False)
    if purposes is not None and list(purposes) != [ExtendedKeyUsageOID.CLIENT_AUTH]:
        violations.append("extendedKeyUsage is not exactly clientAuth")
    if not is_issued_by(certificate, issuer):
        violations.append("it is not signed by the root CA")
    if certificate.not_valid_before_utc < issuer.not_valid_before_utc:
        violations.append("it begins before the root CA")
    if certificate.not_valid_after_utc > issuer.not_valid_after_utc:
        violations.append("it ends after the root CA")
    violations.extend(_key_identifier_violations(certificate, issuer))
    return violations


def _common_violations(
    certificate: x509.Certificate, allowed_extensions: Collection[type[x509.ExtensionType]]
) -> list[str]:
    violations = []
    if certificate.version is not x509.Version.v3:
        violations.append("it is not of X.509 version 3")
    if certificate.serial_number.bit_length() < _SERIAL_FLOOR_BITS:
        violations.append("its serial number is not random: it has fewer than 64 bits")
    problem = certified_key_problem(certificate)
    if problem is not None:
        violations.append(problem)
    if not _is_signed_with_sha2(certificate):
        violations.append("it is not signed with SHA-256 or longer")
    violations.extend(_life_violations(certificate))
    violations.extend(_subject_violations(certificate))
    allowed = {kind.oid for kind in allowed_extensions}
    violations.extend(
        f"it carries the extension {extension.oid.dotted_string}, which is not of the profile"
        for extension in certificate.extensions
        if extension.oid not in allowed
    )
    return violations


def _is_signed_with_sha2(certificate: x509.Certificate) -> bool:
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return False
    return algorithm is not None and algorithm.name in _HASHES


def _life_violations(certificate: x509.Certificate) -> list[str]:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if end <= begin:
        return ["it ends before it begins"]
    content = _encoded(begin) + _encoded(end)
    if _SEQUENCE + bytes([len(content)]) + content not in certificate.tbs_certificate_bytes:
        return ["its times are not UTCTime through 2049 and GeneralizedTime from 2050 on (RFC 5280, 4.1.2.5)"]
    return []


def _encoded(moment: datetime) -> bytes:
    if moment.year < _FIRST_GENERALIZED_YEAR:
        return _UTC_TIME + moment.strftime("%y%m%d%H%M%SZ").encode()
    return _GENERALIZED_TIME + moment.strftime("%Y%m%d%H%M%SZ").encode()


def _subject_violations(certificate: x509.Certificate) -> list[str]:
    oids = [attribute.oid for attribute in certificate.subject]
    violations = []
    if len(oids) != len(set(oids)):
        violations.append("an attribute stands twice in its subject")
    if not set(oids) <= _FIELDS.keys():
        violations.append("its subject has an attribute that is not of the profile")
    values = {_FIELDS[a.oid]: str(a.value) for a in certificate.subject if a.oid in _FIELDS}
    violations.extend(f"{p.field} {p.message}" for p in subject_problems(Subject(**values), required=("commonName",)))
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        names: list[str] = []
    else:
        names = extension.value.get_values_for_type(x509.RFC822Name)
        if extension.critical:
            violations.append("subjectAltName is critical, although the subject is not empty")
    if "email" in values and values["email"] not in names:
        violations.append("the email of its subject is not in its subjectAltName")
    return violations


def _key_identifier_violations(certificate: x509.Certificate, issuer: x509.Certificate) -> list[str]:
    violations: list[str] = []
    own = _extension(certificate, x509.SubjectKeyIdentifier, violations, critical=False)
    authority = _extension(certificate, x509.AuthorityKeyIdentifier, violations, critical=False)
    if certified_key_problem(certificate) is not None or certified_key_problem(issuer) is not None:
        return violations
    key: PublicKey = certificate.public_key()  # type: ignore[assignment] # other kinds are a problem and returned above
    if own is not None and own != subject_key_identifier(key):
        violations.append("subjectKeyIdentifier is not the SHA-1 of its key")
    if authority is not None and authority != authority_key_identifier(issuer_key_identifier(issuer)):
        violations.append("authorityKeyIdentifier is not the root CA's subjectKeyIdentifier alone")
    return violations


def _extension(
    certificate: x509.Certificate, kind: type[_Extension], violations: list[str], *, critical: bool
) -> _Extension | None:
    name = kind.oid._name  # noqa: SLF001 - the only place where the field's own name of an extension stands
    try:
        extension = certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        violations.append(f"{name} is missing")
        return None
    if extension.critical is not critical:
        violations.append(f"{name} {'is not' if critical else 'is'} critical")
    return extension.value
