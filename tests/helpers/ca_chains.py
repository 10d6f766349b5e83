"""CAs that are no roots, as companies have them: each with the certificates that lead up to its root."""

from datetime import datetime, timedelta

from cryptography import x509

from alb_mtls.pki.extensions import authority_key_identifier, issuer_key_identifier, subject_key_identifier
from alb_mtls.pki.keys import generate_private_key
from tests.helpers.authorities import Extension, ca_of_depth, issued
from tests.helpers.certificates import NOW, P256, ClientCredential


def ca_below(
    issuer: ClientCredential,
    name: str | x509.Name = "issuing CA",
    *extensions: Extension,
    depth: int | None = 0,
    now: datetime = NOW,
    days: int = 1800,
) -> ClientCredential:
    """Return a CA that another one issued, and behind it that one up to its root.

    Args:
        issuer: a root, or a CA with its chain.
        name: its subject, or the commonName of that.
        extensions: further ones.
        depth: its pathLen.
        now: it began a day before.
        days: until its end.
    """
    key = generate_private_key(P256)
    identifiers = (
        (subject_key_identifier(key.public_key()), False),
        (authority_key_identifier(issuer_key_identifier(issuer.certificate)), False),
    )
    begin, end = now - timedelta(days=1), now + timedelta(days=days)
    own = issued(issuer, name, *ca_of_depth(depth), *identifiers, *extensions, begin=begin, end=end, key=key)
    return ClientCredential(certificate=own.certificate, key=key, chain=(issuer.certificate, *issuer.chain))


def whole(ca: ClientCredential) -> list[x509.Certificate]:
    """Return a CA and what stands above it, up to its root."""
    return [ca.certificate, *ca.chain]
