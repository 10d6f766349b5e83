"""Cross certificates: the key of a newer root CA, certified by an older one, so that a listener accepts both.

Always in this direction. The old key certified by the new root would let whoever stole the old key back in
(docs/facts/x509-and-tls.md, Cross certificates).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from alb_mtls.pki.duration import format_duration
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.extensions import authority_key_identifier, extension_of, issuer_key_identifier, key_usage
from alb_mtls.pki.keys import PrivateKey, PublicKey, key_matches, public_key_octets, public_key_problem
from alb_mtls.pki.name_constraints import name_text
from alb_mtls.pki.root import BACKDATED

# What the newer CA may not do, it may not do as a subordinate of the older one either.
_COPIED = (x509.NameConstraints, x509.ExtendedKeyUsage)
# Less would not do for people to fetch their files and for the swap.
_SHORTEST_ROLLOVER = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A root CA with its key."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)


def issue_cross(
    *, older: Authority, newer: x509.Certificate, outlives: timedelta, intermediates: int = 0, now: datetime
) -> x509.Certificate:
    """Return the certificate of the newer CA's name and key, signed by the older one.

    Its life is twice that of the longest-lived client, and it is renewed when less than one such life is left
    (`cross_due`). So whatever certificate a client is handed, the cross certificate beside it lasts longer: nobody has
    to fetch files for its sake, only when the client's own certificate is renewed. It is no longer than that, because
    as long as it lives, the newer key signs for whoever trusts the older root, other deployments among them.

    Args:
        older: signs.
        newer: whose name, key and key identifier are taken over.
        outlives: validity of the longest-lived client.
        intermediates: CAs between the newer one and its clients.
        now: aware, in UTC.

    Raises:
        PkiError: a key does not fit, both CAs are one, or too little of a life is left.
    """
    for problem in (_mismatch(older, newer), same_ca_problem(older.certificate, newer)):
        if problem is not None:
            raise PkiError(problem)
    key: PublicKey = newer.public_key()  # type: ignore[assignment] # _mismatch() leaves RSA and ECDSA only
    end = cross_end(older.certificate, newer, now=now, outlives=outlives)
    if (problem := too_late_problem(older.certificate, newer, outlives=outlives, now=now)) is not None:
        raise PkiError(problem)
    begin = max(now - BACKDATED, older.certificate.not_valid_before_utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(newer.subject)
        .issuer_name(older.certificate.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=intermediates), critical=True)
        .add_extension(key_usage(signs_certificates=True), critical=True)
        # What the clients of the newer CA name as the key of their issuer.
        .add_extension(issuer_key_identifier(newer), critical=False)
        .add_extension(authority_key_identifier(issuer_key_identifier(older.certificate)), critical=False)
    )
    if newer.version is x509.Version.v3:
        for kind in _COPIED:
            if (value := extension_of(newer, kind)) is not None:
                copied = newer.extensions.get_extension_for_class(kind)
                builder = builder.add_extension(value, critical=copied.critical)
    return builder.sign(older.key, hashes.SHA256())


def cross_end(older: x509.Certificate, newer: x509.Certificate, *, now: datetime, outlives: timedelta) -> datetime:
    """Return when a cross certificate that is made `now` ends: never later than one of the two CAs."""
    return min(now + 2 * outlives, older.not_valid_after_utc, newer.not_valid_after_utc)


def cross_due(
    cross: x509.Certificate,
    *,
    older: x509.Certificate,
    newer: x509.Certificate,
    outlives: timedelta,
    now: datetime,
) -> bool:
    """Say whether a cross certificate has to be renewed: a client issued `now` would outlive it.

    One that ends with one of the CAs would be renewed again and again to the same end; it is not.
    """
    end = cross.not_valid_after_utc
    return end - now < outlives and end < cross_end(older, newer, now=now, outlives=outlives)


def same_ca_problem(older: x509.Certificate, newer: x509.Certificate) -> str | None:
    """Return why two CAs cannot be two generations, or None."""
    if public_key_octets(older) == public_key_octets(newer) is not None:
        return (
            "it has the same key as the older generation, so nobody who has that key would be rejected; make it a key "
            "of its own"
        )
    if older.subject == newer.subject:
        return (
            f"it has the same subject as the older generation, {name_text(newer.subject)}, so clients and TLS stacks "
            "confuse the two; make a CA with a subject of its own"
        )
    return None


def too_late_problem(
    older: x509.Certificate, newer: x509.Certificate, *, outlives: timedelta, now: datetime
) -> str | None:
    """Return that one of two CAs ends before clients can fetch their files and the listener be swapped, or None."""
    needed = min(_SHORTEST_ROLLOVER, outlives / 2)
    first = min(older.not_valid_after_utc, newer.not_valid_after_utc)
    if first - now >= needed:
        return None
    which = "older" if first == older.not_valid_after_utc else "newer"
    return (
        f"the {which} root CA ends on {first:%Y-%m-%d %H:%M} UTC, which leaves less than {format_duration(needed)} for "
        "clients to fetch their files before the swap"
    )


def _mismatch(older: Authority, newer: x509.Certificate) -> str | None:
    if not key_matches(older.certificate, older.key):
        return f"the key that should sign is not that of the older root CA {name_text(older.certificate.subject)}"
    try:
        problem = public_key_problem(newer.public_key())
    except ValueError:
        problem = "it cannot be read"
    return None if problem is None else f"the key of the newer root CA cannot be certified: {problem}"
