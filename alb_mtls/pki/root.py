"""Issuing a root CA."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.extensions import (
    CA_BASIC_CONSTRAINTS,
    authority_key_identifier,
    key_usage,
    subject_key_identifier,
)
from alb_mtls.pki.keys import PrivateKey
from alb_mtls.pki.subject import Subject, subject_problems, to_name

# Whoever verifies may have a clock behind ours and would find a new certificate not yet valid; five minutes is the
# skew that Kerberos tolerates too (RFC 4120).
BACKDATED = timedelta(minutes=5)


def issue_root(*, key: PrivateKey, subject: Subject, validity: timedelta, now: datetime) -> x509.Certificate:
    """Return a self-signed root CA.

    Its basicConstraints carry no pathLen: with pathLen 0 the cross certificate of a later generation would be rejected
    (docs/facts/x509-and-tls.md, Path length). An email goes into the name and, as RFC 5280 4.1.2.6 requires, into the
    subjectAltName.

    Args:
        key: of the CA.
        subject: must have a commonName, or the ALB Ingress controller rejects the certificate.
        validity: counted from `now`.
        now: aware, in UTC.

    Raises:
        PkiError: the subject breaks a bound.
    """
    problems = subject_problems(subject, required=("commonName",))
    if problems:
        message = f"the root CA's {problems[0].field} {problems[0].message}"
        raise PkiError(message)
    name = to_name(subject)
    identifier = subject_key_identifier(key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + validity)
        .add_extension(CA_BASIC_CONSTRAINTS, critical=True)
        .add_extension(key_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(authority_key_identifier(identifier), critical=False)
    )
    if subject.email is not None:
        names = x509.SubjectAlternativeName([x509.RFC822Name(subject.email)])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(key, hashes.SHA256())
