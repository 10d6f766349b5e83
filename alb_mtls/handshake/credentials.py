"""What a client shows to a server, and what it is called in that."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509

from alb_mtls.pki.extensions import extension_of
from alb_mtls.pki.keys import PrivateKey


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
class ClientNames:
    """What a client is called in its certificate.

    Attributes:
        subject: its DN.
        sans: its subject alternative names; None for none.
    """

    subject: x509.Name
    sans: x509.SubjectAlternativeName | None = None


def names_of(certificate: x509.Certificate) -> ClientNames:
    """Return what a client is called."""
    sans = extension_of(certificate, x509.SubjectAlternativeName)
    return ClientNames(subject=certificate.subject, sans=sans)
