"""Certificates for probes: made in memory, minutes of life, never stored."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from alb_mtls.pki.extensions import (
    CA_BASIC_CONSTRAINTS,
    CLIENT_BASIC_CONSTRAINTS,
    CLIENT_USAGE,
    authority_key_identifier,
    issuer_key_identifier,
    key_usage,
    subject_key_identifier,
)
from alb_mtls.pki.keys import PrivateKey

PROBE_NAME = "alb-mtls probe"
SHORTEST_LIFE = timedelta(minutes=15)

# Whoever verifies may have a clock that is wrong by hours; by a day and more it has other troubles.
_SKEW = timedelta(hours=1)
_DAY = timedelta(days=1)
_SERVER_USAGE = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


@dataclass(frozen=True, kw_only=True)
class ClientCredential:
    """A client certificate with its key, as it is shown to a server.

    Attributes:
        chain: the client's own certificate first, then what is sent beside it.
        key: of the first.
    """

    chain: Sequence[x509.Certificate]
    key: PrivateKey = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ProbeClients:
    """Clients of every kind; None where one cannot be made without the CA's key.

    Attributes:
        valid: must be accepted.
        other_ca: of a CA that the listener does not know.
        other_ca_same_name: of another CA that copies the name of ours; None where that name is not known.
        expired: of our CA, ended a day ago.
        not_yet_valid: of our CA, begins in a day.
        wrong_eku: of our CA, for servers only (extended key usage serverAuth).
    """

    valid: ClientCredential | None
    other_ca: ClientCredential
    other_ca_same_name: ClientCredential | None
    expired: ClientCredential | None
    not_yet_valid: ClientCredential | None
    wrong_eku: ClientCredential | None


def probe_clients_of(
    ca_certificate: x509.Certificate,
    ca_key: PrivateKey | None,
    now: datetime,
    *,
    valid: ClientCredential | None = None,
    life: timedelta = SHORTEST_LIFE,
) -> ProbeClients:
    """Make clients that probe a listener.

    Args:
        ca_certificate: that the listener is to trust.
        ca_key: its key; None when it is not at hand, and then only clients of other CAs are made.
        now: aware, in UTC.
        valid: a client that exists already, to be used in place of a new one.
        life: of a new one, longer than whatever it is made for.
    """
    same_name = _OtherCa(ca_certificate.subject, now)
    other_ca = _OtherCa(_name(f"{PROBE_NAME} other CA"), now)
    begin, end = now - _SKEW, now + life
    if ca_key is None:
        expired = not_yet_valid = wrong_eku = None
    else:
        ours = _Issuer(ca_certificate, ca_key)
        # A CA made a moment ago must not have a client older than itself, and none outlives its CA.
        begin = max(begin, ca_certificate.not_valid_before_utc)
        within = (begin, min(end, ca_certificate.not_valid_after_utc))
        valid = valid or ours.issue(within)
        expired = ours.issue((now - 2 * _DAY, now - _DAY))
        not_yet_valid = ours.issue((now + _DAY, now + 2 * _DAY))
        wrong_eku = ours.issue(within, usage=_SERVER_USAGE)
    return ProbeClients(
        valid=valid,
        other_ca=other_ca.issue((begin, end)),
        other_ca_same_name=same_name.issue((begin, end)),
        expired=expired,
        not_yet_valid=not_yet_valid,
        wrong_eku=wrong_eku,
    )


def probe_clients_of_unknown_ca(
    now: datetime, *, valid: ClientCredential | None = None, life: timedelta = SHORTEST_LIFE
) -> ProbeClients:
    """Make clients that probe a listener whose CA is known by its clients only, if at all.

    Args:
        now: aware, in UTC.
        valid: a client of that CA, whose chain names the CA as the issuer of its last certificate.
        life: of the new ones.
    """
    span = (now - _SKEW, now + life)
    ca_name = None if valid is None else valid.chain[-1].issuer
    return ProbeClients(
        valid=valid,
        other_ca=_OtherCa(_name(f"{PROBE_NAME} other CA"), now).issue(span),
        other_ca_same_name=None if ca_name is None else _OtherCa(ca_name, now).issue(span),
        expired=None,
        not_yet_valid=None,
        wrong_eku=None,
    )


class _Issuer:
    def __init__(
        self, certificate: x509.Certificate, key: PrivateKey, *, sent: Sequence[x509.Certificate] = ()
    ) -> None:
        self._certificate = certificate
        self._key = key
        self._sent = sent

    def issue(
        self, life: tuple[datetime, datetime], *, usage: x509.ExtendedKeyUsage = CLIENT_USAGE
    ) -> ClientCredential:
        """Make a client by the profile of pki.client, but for its life, which is shorter than that allows."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(_name(PROBE_NAME), self._certificate.subject, key.public_key(), life)
            .add_extension(CLIENT_BASIC_CONSTRAINTS, critical=True)
            .add_extension(key_usage(signs_certificates=False), critical=True)
            .add_extension(usage, critical=False)
            .add_extension(subject_key_identifier(key.public_key()), critical=False)
            .add_extension(authority_key_identifier(issuer_key_identifier(self._certificate)), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return ClientCredential(chain=[certificate, *self._sent], key=key)


class _OtherCa(_Issuer):
    def __init__(self, name: x509.Name, now: datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        identifier = subject_key_identifier(key.public_key())
        certificate = (
            _builder(name, name, key.public_key(), (now - _DAY, now + _DAY))
            .add_extension(CA_BASIC_CONSTRAINTS, critical=True)
            .add_extension(key_usage(signs_certificates=True), critical=True)
            .add_extension(identifier, critical=False)
            .add_extension(authority_key_identifier(identifier), critical=False)
            .sign(key, hashes.SHA256())
        )
        # The forged CA is sent too: some verifiers have taken what stands in the chain for an anchor (CVE-2023-2422).
        super().__init__(certificate, key, sent=[certificate])


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, life: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    begin, end = life
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
