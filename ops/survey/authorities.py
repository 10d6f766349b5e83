"""The CAs and clients of a survey: made in memory, with a life of days, and named after the survey that made them."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from alb_mtls.handshake.credentials import ClientCredential
from alb_mtls.handshake.probe_clients import ProbeClients, probe_clients_of
from alb_mtls.pki.client import issue_client
from alb_mtls.pki.encoding import certificate_pem, load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.extensions import (
    CA_BASIC_CONSTRAINTS,
    authority_key_identifier,
    issuer_key_identifier,
    key_usage,
    subject_key_identifier,
)
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.keys import PrivateKey, generate_private_key
from alb_mtls.pki.root import issue_root
from alb_mtls.pki.subject import Subject

_STEM = "alb-mtls-survey"
_NAME = re.compile(rf"{_STEM}-(?P<survey>[0-9a-f]{{16}})-[a-z0-9-]+")
# Bytes; the rest of an id says in which cluster it was drawn.
_DRAWN = 4
_LIFE = timedelta(days=3)
# A survey with patient people before it, and the clients are made at its beginning.
_CLIENT_LIFE = timedelta(hours=12)


def new_survey_id(cluster: str) -> str:
    """Return the id of a survey: the deployment in its claim, and part of the name of all that it makes.

    Args:
        cluster: uid of its namespace kube-system.
    """
    return _mark_of(cluster) + secrets.token_hex(_DRAWN)


def is_of_cluster(survey: str, cluster: str) -> bool:
    """Say whether a survey was made in a cluster: the claims of others cannot be looked at from there."""
    return survey.startswith(_mark_of(cluster))


def _mark_of(cluster: str) -> str:
    return hashlib.sha256(cluster.encode()).hexdigest()[: 16 - 2 * _DRAWN]


def name_of(survey: str, what: str) -> str:
    """Return the name of something that a survey makes: a CA, a leaf or a repository."""
    return f"{_STEM}-{survey}-{what}"


def survey_of(name: str) -> str | None:
    """Return the id of the survey that made what has this name; None of what no survey made."""
    found = _NAME.fullmatch(name)
    return found["survey"] if found else None


def survey_of_certificate(pem: str) -> str | None:
    """Return the id of the survey that made a certificate, by the common name in it; None of any other."""
    try:
        first = load_chain(pem)[0]
    except PkiError:
        return None
    names = first.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return survey_of(str(names[0].value)) if len(names) == 1 and len(first.subject.rdns) == 1 else None


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A CA with its key, which never leaves this process."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)

    @cached_property
    def pem(self) -> str:
        """The certificate as it is uploaded."""
        return certificate_pem(self.certificate)

    @cached_property
    def clients(self) -> ProbeClients:
        """Clients of every kind, for this CA."""
        return probe_clients_of(self.certificate, self.key, datetime.now(UTC), life=_CLIENT_LIFE)


class Authorities:
    """The two generations of a survey, and the certificate that leads from the first to the second."""

    def __init__(self, survey: str) -> None:
        """Name them after a survey; each is made when it is first used."""
        self._survey = survey

    @cached_property
    def first(self) -> Authority:
        """The one that is bound first."""
        return self.new("ca-1")

    @cached_property
    def second(self) -> Authority:
        """The one that replaces it."""
        return self.new("ca-2")

    def new(self, what: str) -> Authority:
        """Make a CA of this survey."""
        key = generate_private_key(KeySpec(algorithm="rsa", size=3072))
        subject = Subject(common_name=name_of(self._survey, what))
        certificate = issue_root(key=key, subject=subject, validity=_LIFE, now=datetime.now(UTC))
        return Authority(certificate=certificate, key=key)

    def named_client(self) -> x509.Certificate:
        """Return a client of the first CA, named after this survey: CAS may take it."""
        return issue_client(
            issuer_certificate=self.first.certificate,
            issuer_key=self.first.key,
            public_key=generate_private_key(KeySpec(algorithm="ecdsa")).public_key(),
            subject=Subject(common_name=name_of(self._survey, "leaf")),
            sans=(),
            validity=_LIFE,
            now=datetime.now(UTC),
        )

    @property
    def crossed_client(self) -> ClientCredential:
        """A client of the second CA that shows the second's cross certificate of the first beside its own."""
        # With the CA's key at hand there is always one.
        client = cast("ClientCredential", self.second.clients.valid)
        return ClientCredential(chain=[*client.chain, self._cross()], key=client.key)

    def _cross(self) -> x509.Certificate:
        second, first = self.second.certificate, self.first.certificate
        return (
            x509.CertificateBuilder()
            .subject_name(second.subject)
            .issuer_name(first.subject)
            .public_key(self.second.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(second.not_valid_before_utc)
            .not_valid_after(first.not_valid_after_utc)
            .add_extension(CA_BASIC_CONSTRAINTS, critical=True)
            .add_extension(key_usage(signs_certificates=True), critical=True)
            .add_extension(subject_key_identifier(self.second.key.public_key()), critical=False)
            .add_extension(authority_key_identifier(issuer_key_identifier(first)), critical=False)
            .sign(self.first.key, hashes.SHA256())
        )
