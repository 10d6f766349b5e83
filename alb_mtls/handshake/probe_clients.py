"""Certificates for probes: made in memory, minutes of life, never stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from alb_mtls.handshake.credentials import ClientCredential, ClientNames, names_of
from alb_mtls.handshake.probe_issuers import issuer_with, named, other_ca, self_signed
from alb_mtls.pki.extensions import (
    extension_of,
    issuer_key_identifier,
)
from alb_mtls.pki.keys import PrivateKey
from alb_mtls.pki.name_constraints import name_text

PROBE_NAME = "alb-mtls probe"
SHORTEST_LIFE = timedelta(minutes=15)

# Whoever verifies may have a clock that is wrong by hours; by a day and more it has other troubles.
_SKEW = timedelta(hours=1)
_DAY = timedelta(days=1)
# Beyond the deadlines, the last round may still be under way.
_SPARE_LIFE = timedelta(minutes=15)
_SERVER_USAGE = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def life_of_clients(seconds: float) -> timedelta:
    """Return how long the certificate of a proof's client must be valid.

    It is made before the first request: first the ALB may take that long to follow, then the handshakes.
    """
    return 2 * timedelta(seconds=seconds) + _SPARE_LIFE


@dataclass(frozen=True, kw_only=True)
class ProbeClients:
    """Clients of every kind; None where one cannot be made without the CA's key.

    Attributes:
        valid: must be accepted.
        given: must be accepted too: a client that exists, beside one that was made with the CA's key.
        other_ca: of a CA that the listener does not know.
        other_ca_same_name: of another CA that copies name and key identifier of ours; None where that name is not
            known.
        self_signed: by itself, with the names of the valid one.
        expired: of our CA, ended a day ago.
        not_yet_valid: of our CA, begins in a day.
        wrong_eku: of our CA, for servers only (extended key usage serverAuth): a CA that signs servers too has many.
        with_cross: of newer generations of our CA, with their cross certificates: must be accepted.
        still_with_cross: as `valid`, with the cross certificate that clients still send: must be accepted.
        old_generation: of other generations of our CA, alone and with what others send: must be rejected.
        former: of the generation that the listener trusted before, alone: accepted then, and rejected now.
        not_made: for people: which of them could not be made, and why.
    """

    valid: ClientCredential | None
    given: ClientCredential | None = None
    other_ca: ClientCredential
    other_ca_same_name: ClientCredential | None
    self_signed: ClientCredential
    expired: ClientCredential | None
    not_yet_valid: ClientCredential | None
    wrong_eku: ClientCredential | None
    with_cross: Sequence[ClientCredential] = ()
    still_with_cross: ClientCredential | None = None
    old_generation: Sequence[ClientCredential] = ()
    former: ClientCredential | None = None
    not_made: Sequence[str] = ()


def probe_clients_of(
    ca_certificate: x509.Certificate,
    ca_key: PrivateKey | None,
    now: datetime,
    *,
    above: Sequence[x509.Certificate] = (),
    given: ClientCredential | None = None,
    names: ClientNames | None = None,
    life: timedelta = SHORTEST_LIFE,
) -> ProbeClients:
    """Make clients that probe a listener.

    Args:
        ca_certificate: that the listener is to trust.
        ca_key: its key; None when it is not at hand, and then only clients of other CAs are made.
        now: aware, in UTC.
        above: its issuer, and so on up to its root, where it is none itself.
        given: a client that exists already: the valid one where the CA's key is not at hand, else one beside it.
        names: of a client of that CA, which a new one bears too where the CA permits certain names only.
        life: of a new one, longer than whatever it is made for.
    """
    ca = [ca_certificate, *above]
    identifier = issuer_key_identifier(ca_certificate)
    not_made = _below_the_same_root(ca)
    if ca_key is None:
        others = _of_other_cas(now, life, given, ca_certificate.subject, identifier)
        return ProbeClients(valid=given, **others, expired=None, not_yet_valid=None, wrong_eku=None, not_made=not_made)
    ours = issuer_with(ca_certificate, ca_key, _names_under(ca, names), sent=ca[:-1])
    within = _life_under(ca, now, life)
    valid = ours.issue(within)
    return ProbeClients(
        valid=valid,
        given=given,
        **_of_other_cas(now, life, given or valid, ca_certificate.subject, identifier),
        expired=ours.issue((now - 2 * _DAY, now - _DAY)),
        not_yet_valid=ours.issue((now + _DAY, now + 2 * _DAY)),
        wrong_eku=ours.issue(within, usage=_SERVER_USAGE),
        not_made=not_made,
    )


def _below_the_same_root(ca: Sequence[x509.Certificate]) -> list[str]:
    """Return which client cannot be made, and whose acceptance would show that a listener trusts the root."""
    if len(ca) == 1:
        return []
    sentence = (
        f"a client of another CA below the root {name_text(ca[-1].subject)}: it cannot be made without the key of that "
        "root, and a listener that trusts the root accepts it"
    )
    return [sentence]


def probe_clients_of_unknown_ca(
    now: datetime, *, valid: ClientCredential | None = None, life: timedelta = SHORTEST_LIFE
) -> ProbeClients:
    """Make clients that probe a listener whose CA is known by its clients only, if at all.

    Args:
        now: aware, in UTC.
        valid: a client of that CA, whose chain names the CA as the issuer of its last certificate.
        life: of the new ones.
    """
    name, identifier = (None, None) if valid is None else _issuer_of(valid.chain[-1])
    others = _of_other_cas(now, life, valid, name, identifier)
    return ProbeClients(valid=valid, **others, expired=None, not_yet_valid=None, wrong_eku=None)


def valid_client(
    ca_certificate: x509.Certificate,
    ca_key: PrivateKey,
    now: datetime,
    *,
    above: Sequence[x509.Certificate] = (),
    vouches: Sequence[x509.Certificate] = (),
    names: ClientNames | None = None,
    life: timedelta = SHORTEST_LIFE,
) -> ClientCredential:
    """Make a client of a CA whose names other CAs permit too, which vouch for that CA.

    Args:
        ca_certificate: of the CA.
        ca_key: its key.
        now: aware, in UTC.
        above: its issuer, and so on up to its root, where it is none itself.
        vouches: other CAs.
        names: of a client of the CA, which the new one bears too where one of these CAs permits certain names only.
        life: of the client.
    """
    ca = [ca_certificate, *above]
    issuer = issuer_with(ca_certificate, ca_key, _names_under([*ca, *vouches], names), sent=ca[:-1])
    return issuer.issue(_life_under(ca, now, life))


def _life_under(ca: Sequence[x509.Certificate], now: datetime, life: timedelta) -> tuple[datetime, datetime]:
    # A CA made a moment ago must not have a client older than itself, and none outlives its CA.
    begin = max(now - _SKEW, ca[0].not_valid_before_utc)
    return begin, min(now + life, *(one.not_valid_after_utc for one in ca))


class _OfOtherCas(TypedDict):
    other_ca: ClientCredential
    other_ca_same_name: ClientCredential | None
    self_signed: ClientCredential


def _of_other_cas(
    now: datetime,
    life: timedelta,
    client: ClientCredential | None,
    ca_name: x509.Name | None,
    ca_identifier: x509.SubjectKeyIdentifier | None,
) -> _OfOtherCas:
    """Make the clients that need nothing of our CA but what everybody can read in a certificate of it."""
    span = (now - _SKEW, now + life)
    names = ClientNames(subject=named(PROBE_NAME)) if client is None else names_of(client.chain[0])
    same_name = None if ca_name is None else other_ca(ca_name, now, names, ca_identifier).issue(span)
    return _OfOtherCas(
        other_ca=other_ca(named(f"{PROBE_NAME} other CA"), now, ClientNames(subject=named(PROBE_NAME))).issue(span),
        other_ca_same_name=same_name,
        self_signed=self_signed(names, span),
    )


def _names_under(authorities: Iterable[x509.Certificate], names: ClientNames | None) -> ClientNames:
    """Return names for a client of a CA: its own where all are permitted, else those of a client that it has."""
    all_constraints = (extension_of(one, x509.NameConstraints) for one in authorities)
    constraints = next((one for one in all_constraints if one is not None), None)
    if constraints is not None and names is not None:
        return names
    permitted = () if constraints is None else constraints.permitted_subtrees or ()
    # Every certificate has a DN, and only a constraint of DNs concerns one that has no other name.
    base = next((one.value.rdns for one in permitted if isinstance(one, x509.DirectoryName)), ())
    return ClientNames(subject=x509.Name([*base, *named(PROBE_NAME).rdns]))


def _issuer_of(certificate: x509.Certificate) -> tuple[x509.Name, x509.SubjectKeyIdentifier | None]:
    """Return name and key identifier of who issued a certificate, as the certificate has them."""
    authority = extension_of(certificate, x509.AuthorityKeyIdentifier)
    identifier = None if authority is None else authority.key_identifier
    return certificate.issuer, None if identifier is None else x509.SubjectKeyIdentifier(identifier)
