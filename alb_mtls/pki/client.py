"""Issuing client certificates."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from alb_mtls.pki.duration import format_duration
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.extensions import (
    CLIENT_BASIC_CONSTRAINTS,
    CLIENT_USAGE,
    authority_key_identifier,
    issuer_key_identifier,
    key_usage,
    subject_key_identifier,
)
from alb_mtls.pki.inventory import shortest_life
from alb_mtls.pki.keys import PrivateKey, PublicKey, key_matches, public_key_problem
from alb_mtls.pki.root import BACKDATED
from alb_mtls.pki.subject import Subject, subject_problems, to_name


def clamped_not_after(
    issuer: x509.Certificate, *, validity: timedelta, now: datetime, issuer_end: datetime | None = None
) -> datetime:
    """Return when a client's certificate ends: after `validity`, but never later than its issuer.

    Raises:
        PkiError: less than `shortest_life` would be left.
    """
    issuer_end = issuer_end or issuer.not_valid_after_utc
    end = min(now + validity, issuer_end)
    if end - now < shortest_life(validity):
        message = (
            f"the root CA ends on {issuer_end:%Y-%m-%d %H:%M} UTC, so a client certificate would be "
            f"valid for less than {format_duration(shortest_life(validity))}; make a new root CA first"
        )
        raise PkiError(message)
    return end


class ClientIssuer:
    """A root CA that signs clients; what is the same for all of them is looked at and encoded once."""

    def __init__(
        self, *, issuer_certificate: x509.Certificate, issuer_key: PrivateKey, issuer_end: datetime | None = None
    ) -> None:
        """Take a root CA.

        Args:
            issuer_certificate: of the root CA.
            issuer_key: its key.
            issuer_end: of the issuer and whatever stands above it; None for its own end.

        Raises:
            PkiError: the key is not its own.
        """
        if not key_matches(issuer_certificate, issuer_key):
            message = "the key that should sign is not the key of the root CA's certificate"
            raise PkiError(message)
        self._certificate, self._key, self._end = issuer_certificate, issuer_key, issuer_end
        self._public_key = issuer_key.public_key()
        self._key_identifier = authority_key_identifier(issuer_key_identifier(issuer_certificate))
        self._common = (
            x509.CertificateBuilder()
            .issuer_name(issuer_certificate.subject)
            .add_extension(CLIENT_BASIC_CONSTRAINTS, critical=True)
            .add_extension(key_usage(signs_certificates=False), critical=True)
            .add_extension(CLIENT_USAGE, critical=False)
        )

    def issue(
        self,
        *,
        public_key: PublicKeyTypes,
        subject: Subject,
        sans: Sequence[x509.GeneralName],
        validity: timedelta,
        now: datetime,
    ) -> x509.Certificate:
        """Return a certificate for TLS client authentication.

        Args:
            public_key: of the client, made here or taken from its CSR.
            subject: the client's name; an email in it becomes an rfc822Name too.
            sans: further subject alternative names.
            validity: counted from `now`, clamped to the issuer's end.
            now: aware, in UTC.

        Raises:
            PkiError: the key is too weak or the root CA's own, the name breaks a bound, or too little of the root CA's
                life is left.
        """
        problem = public_key_problem(public_key)
        if problem is not None:
            message = f"the client's key cannot be used: {problem}"
            raise PkiError(message)
        if public_key == self._public_key:
            message = "the client's key is the root CA's own; make the client a key of its own"
            raise PkiError(message)
        problems = subject_problems(subject, required=("commonName",))
        if problems:
            message = f"the client's {problems[0].field} {problems[0].message}"
            raise PkiError(message)
        key: PublicKey = public_key  # type: ignore[assignment] # public_key_problem() accepts only RSA and ECDSA
        # A CA that began a moment ago must not have clients older than itself.
        begin = max(now - BACKDATED, self._certificate.not_valid_before_utc)
        end = clamped_not_after(self._certificate, validity=validity, now=now, issuer_end=self._end)
        builder = (
            self._common.subject_name(to_name(subject))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(subject_key_identifier(key), critical=False)
            .add_extension(self._key_identifier, critical=False)
        )
        names = alternative_names(subject, sans)
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._key, hashes.SHA256())


def issue_client(
    *,
    issuer_certificate: x509.Certificate,
    issuer_key: PrivateKey,
    public_key: PublicKeyTypes,
    subject: Subject,
    sans: Sequence[x509.GeneralName],
    validity: timedelta,
    now: datetime,
) -> x509.Certificate:
    """Return the certificate of one client alone.

    Raises:
        PkiError: as `ClientIssuer`.
    """
    issuer = ClientIssuer(issuer_certificate=issuer_certificate, issuer_key=issuer_key)
    return issuer.issue(public_key=public_key, subject=subject, sans=sans, validity=validity, now=now)


def alternative_names(subject: Subject, sans: Sequence[x509.GeneralName]) -> x509.SubjectAlternativeName | None:
    """Return the subject alternative names of a client: an email in its subject is one too; None for none."""
    own = [] if subject.email is None else [x509.RFC822Name(subject.email)]
    names = list(dict.fromkeys([*sans, *own]))
    return x509.SubjectAlternativeName(names) if names else None
