"""What CAS keeps: repositories, certificates, and one store of them for each site."""

import hashlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lab.cloud.cas.private_authorities import PrivateAuthority

UPLOADED_CA: Final = "uploadedAuthorityCertificate"
"""`Type` of a repository with the data source "Upload CA Certificates", as CreateWarehouse spells it."""

PURCHASED_CA: Final = "pcaAuthorityCertificate"
"""`Type` of the repository with the CAs that the account has bought."""

LISTED_TYPES: Final = {
    UPLOADED_CA: "uploadCA",
    "uploadedCertificate": "uploadPCA",
    "personal": "uploadPCA",
    "ssl": "uploadPCA",
    "pcaCertificate": "aliyunPCA",
    PURCHASED_CA: "aliyunPCA",
}
"""Types as CreateWarehouse and ListCertWarehouse spell them (docs/facts/alibaba-cloud.md, CAS API)."""


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A certificate repository ("warehouse").

    Attributes:
        instance_id: given by CreateWarehouse, taken by DeleteWarehouse.
        number: the numeric id that UploadPCACert takes; only ListCertWarehouse has it.
        name: unique only where the switch `names_unique` says so.
        type: as CreateWarehouse spells it.
        created: monotonic seconds.
    """

    instance_id: str
    number: int
    name: str
    type: str
    created: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, kw_only=True)
class StoredCertificate:
    """A certificate in a repository. No API returns the name that it was uploaded under."""

    identifier: str
    repository: Repository
    name: str
    pem: str
    certificate: x509.Certificate
    revoked: bool = False
    created: float = field(default_factory=time.monotonic)

    @property
    def is_uploaded(self) -> bool:
        """Whether the account uploaded it; else CAS made it."""
        return self.repository.type != PURCHASED_CA

    @property
    def fingerprint(self) -> str:
        """SHA-1 of the DER, 40 upper-case hexadecimal digits."""
        der = self.certificate.public_bytes(Encoding.DER)
        return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()


class Store:
    """Everything that the account has at one site."""

    def __init__(self) -> None:
        """Start empty."""
        self.repositories: dict[str, Repository] = {}
        self.certificates: dict[str, StoredCertificate] = {}
        self.authorities: dict[str, PrivateAuthority] = {}
        # A random start, so that no number is right by chance in another lab or at the other site.
        self._numbers = count(secrets.randbelow(10_000) + 1_000)

    def add_repository(self, name: str, type_: str) -> Repository:
        """Make a repository."""
        instance_id = f"cas-wh-{secrets.token_hex(3)}"
        while instance_id in self.repositories:
            instance_id = f"cas-wh-{secrets.token_hex(3)}"
        repository = Repository(instance_id=instance_id, number=next(self._numbers), name=name, type=type_)
        self.repositories[instance_id] = repository
        return repository

    def repository_of_number(self, number: int) -> Repository | None:
        """Return the repository of a numeric id."""
        return next((one for one in self.repositories.values() if one.number == number), None)

    def certificates_in(self, repository: Repository) -> list[StoredCertificate]:
        """Return what lies in a repository."""
        return [one for one in self.certificates.values() if one.repository == repository]


def identifiers() -> Iterator[str]:
    """Yield identifiers in every shape that the documents show, so that no caller relies on one of them.

    docs/facts/alibaba-cloud.md, Identifiers: a UUID from UploadPCACert, 14 hexadecimal digits from ListCert, 18 from
    DeletePCACert, and 32 without dashes in the listener documents.
    """
    while True:
        digits = secrets.token_hex(14)
        yield f"1ed{digits[:5]}-{digits[5:9]}-6{digits[9:12]}-8{digits[12:15]}-{digits[15:27]}"
        yield secrets.token_hex(7)
        yield secrets.token_hex(16)
        yield secrets.token_hex(9)
