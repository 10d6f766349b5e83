"""State and rules of the Certificate Management Service, without HTTP."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from cryptography import x509

from lab.behaviour import CloudBehaviour, DuplicateUpload, Timings, UniqueNames
from lab.cloud.cas.certificates import is_authority, parse_certificate
from lab.cloud.cas.exceptions import (
    CertificateAlreadyExists,
    CertificateFormatError,
    CertificateInUse,
    CertificateNameTaken,
    NotFound,
    PrivateKeyRejected,
    QuotaExceeded,
    RepositoryNameTaken,
    WarehouseNotEmpty,
)
from lab.cloud.cas.private_authorities import PrivateAuthority, certificate_pem, issue_client, new_authority
from lab.cloud.cas.records import (
    LISTED_TYPES,
    PURCHASED_CA,
    UPLOADED_CA,
    Repository,
    Store,
    StoredCertificate,
    identifiers,
)
from lab.cloud.exceptions import InvalidParameter

_LONGEST_NAME: Final = 64


class CasService:
    """Repositories and certificates of the account, at the site that is called.

    With `CloudBehaviour.wrong_site` every call speaks to a second, separate store: what is at the home site is
    simply not there, and what is uploaded never reaches a listener.
    """

    def __init__(self, *, timings: Timings, behaviour: CloudBehaviour, bound_to: Callable[[str], list[str]]) -> None:
        """Start with no repositories.

        Args:
            timings: read at each call.
            behaviour: read at each call.
            bound_to: returns the listeners that refer to a CA, by its identifier.
        """
        self._timings = timings
        self._behaviour = behaviour
        self._bound_to = bound_to
        self._home = Store()
        self._other_site = Store()
        self._identifiers = identifiers()

    @property
    def _store(self) -> Store:
        return self._other_site if self._behaviour.wrong_site else self._home

    def forget(self) -> None:
        """Lose all repositories and certificates of both sites, also those that a listener refers to."""
        for store in (self._home, self._other_site):
            store.repositories.clear()
            store.certificates.clear()
            store.authorities.clear()

    def create_repository(self, *, name: str, type_: str) -> Repository:
        """Make a repository.

        Raises:
            InvalidParameter: the type is unknown, or the name too long.
            RepositoryNameTaken: there is one of that name, and names are unique.
        """
        if type_ not in LISTED_TYPES:
            raise InvalidParameter("Type", f"one of {', '.join(LISTED_TYPES)}")
        if len(name) > _LONGEST_NAME:
            raise InvalidParameter("Name", f"at most {_LONGEST_NAME} characters")
        names = {one.name for one in self._store.repositories.values()}
        if self._behaviour.names_unique is UniqueNames.ALL and name in names:
            raise RepositoryNameTaken(name)
        return self._store.add_repository(name, type_)

    def delete_repository(self, instance_id: str) -> tuple[Repository, int]:
        """Delete a repository, and return it with the number of certificates that went with it.

        Raises:
            NotFound: there is none.
            WarehouseNotEmpty: it holds certificates.
            CertificateInUse: it is deleted with what it holds, and a listener refers to that.
        """
        store = self._store
        repository = store.repositories.get(instance_id)
        if repository is None:
            raise NotFound(f"warehouse {instance_id}")
        held = store.certificates_in(repository)
        if held and self._behaviour.filled_repository_deletion_rejected:
            raise WarehouseNotEmpty(len(held))
        for stored in held:
            self._require_unbound(stored.identifier)
        for stored in held:
            del store.certificates[stored.identifier]
        del store.repositories[instance_id]
        return repository, len(held)

    def repositories(self) -> list[Repository]:
        """Return the repositories that listings show already, oldest first."""
        shown_since = time.monotonic() - self._timings.repository_listed_after_seconds
        return [one for one in self._store.repositories.values() if one.created <= shown_since]

    def upload(
        self, *, pem: str, repository_number: int, name: str = "", private_key: str | None = None
    ) -> StoredCertificate:
        """Put a certificate into a repository and return it with its identifier.

        Args:
            pem: of the certificate, with its chain.
            repository_number: of the repository.
            name: for people; empty for none.
            private_key: of the certificate, which nobody should send.

        Raises:
            PrivateKeyRejected: a private key was sent.
            NotFound: there is no such repository.
            CertificateFormatError: it is no certificate, or none of a CA where only those are taken.
            CertificateAlreadyExists: the repository holds it, and duplicates are rejected.
            CertificateNameTaken: a certificate of the account has that name, and names are unique.
            QuotaExceeded: there is no room.
        """
        if private_key is not None:
            raise PrivateKeyRejected
        store = self._store
        certificate = parse_certificate(pem)
        repository = store.repository_of_number(repository_number)
        if repository is None:
            raise NotFound(f"warehouse {repository_number}")
        takes_leaves = repository.type != UPLOADED_CA or not self._behaviour.leaf_upload_rejected
        if not takes_leaves and not is_authority(certificate):
            raise CertificateFormatError("it is not a CA certificate")
        same = [one for one in store.certificates_in(repository) if one.certificate == certificate]
        if same and self._behaviour.duplicate_upload is DuplicateUpload.REJECTED:
            raise CertificateAlreadyExists
        if same and self._behaviour.duplicate_upload is DuplicateUpload.SAME_IDENTIFIER:
            return same[0]
        names = {one.name for one in store.certificates.values()}
        if self._behaviour.names_unique is not UniqueNames.NONE and name and name in names:
            raise CertificateNameTaken(name)
        if len(store.certificates) >= self._behaviour.certificate_quota:
            raise QuotaExceeded(self._behaviour.certificate_quota)
        stored = StoredCertificate(
            identifier=next(self._identifiers), repository=repository, name=name, pem=pem, certificate=certificate
        )
        store.certificates[stored.identifier] = stored
        return stored

    def buy_authority(self, common_name: str, *, days: int) -> StoredCertificate:
        """Buy a subordinate CA whose key CAS holds, and return it; its PEM has its root after it."""
        store = self._store
        repository = next((one for one in store.repositories.values() if one.type == PURCHASED_CA), None)
        authority = new_authority(common_name, days=days)
        stored = StoredCertificate(
            identifier=next(self._identifiers),
            repository=repository or store.add_repository("private CAs", PURCHASED_CA),
            name=common_name,
            pem=authority.chain_pem,
            certificate=authority.certificate,
        )
        store.certificates[stored.identifier] = stored
        store.authorities[stored.identifier] = authority
        return stored

    def issue_client(
        self, parent: str, request: x509.CertificateSigningRequest, *, begin: datetime, end: datetime
    ) -> tuple[StoredCertificate, PrivateAuthority]:
        """Let a CA that was bought sign a request; return the certificate and its CA.

        Raises:
            NotFound: no such CA was bought.
        """
        store = self._store
        authority = store.authorities.get(parent)
        if authority is None:
            raise NotFound(f"CA certificate {parent}")
        certificate = issue_client(authority, request, begin=begin, end=end)
        stored = StoredCertificate(
            identifier=next(self._identifiers),
            repository=store.certificates[parent].repository,
            name="",
            pem=certificate_pem(certificate) + authority.chain_pem,
            certificate=certificate,
        )
        store.certificates[stored.identifier] = stored
        return stored, authority

    def revoke_client(self, identifier: str) -> StoredCertificate:
        """Note that a client certificate is revoked, of which no listener hears.

        Raises:
            NotFound: there is no such certificate that CAS issued.
        """
        stored = self._store.certificates.get(identifier)
        if stored is None or stored.is_uploaded or identifier in self._store.authorities:
            raise NotFound(f"client certificate {identifier}")
        revoked = replace(stored, revoked=True)
        self._store.certificates[identifier] = revoked
        return revoked

    def certificates(self) -> list[StoredCertificate]:
        """Return the certificates that are shown already, oldest first."""
        shown_since = time.monotonic() - self._timings.certificate_shown_after_seconds
        return [one for one in self._store.certificates.values() if one.created <= shown_since]

    def describe(self, identifier: str) -> StoredCertificate:
        """Return a certificate.

        Raises:
            NotFound: there is none, or it is not shown yet.
        """
        for stored in self.certificates():
            if stored.identifier == identifier:
                return stored
        raise NotFound(f"certificate {identifier}")

    def delete_certificate(self, identifier: str) -> StoredCertificate:
        """Delete a certificate and return it.

        Raises:
            NotFound: there is none.
            CertificateInUse: a listener refers to it.
        """
        stored = self._store.certificates.get(identifier)
        if stored is None:
            raise NotFound(f"certificate {identifier}")
        self._require_unbound(identifier)
        del self._store.certificates[identifier]
        return stored

    def quota(self) -> tuple[int, int]:
        """Return how many certificates there may be, and how many there are."""
        return self._behaviour.certificate_quota, len(self._store.certificates)

    def certificate_pem(self, identifier: str) -> str | None:
        """Return a certificate of the home site with its chain, as a listener reads it; None without one."""
        stored = self._home.certificates.get(identifier)
        return None if stored is None else stored.pem

    def find_authority(self, identifier: str) -> StoredCertificate | None:
        """Return a CA certificate that a listener can take: at the home site, uploaded as one or bought."""
        stored = self._home.certificates.get(identifier)
        bought = identifier in self._home.authorities
        return stored if stored is not None and (bought or stored.repository.type == UPLOADED_CA) else None

    def _require_unbound(self, identifier: str) -> None:
        if self._behaviour.bound_ca_deletion_rejected and self._bound_to(identifier):
            raise CertificateInUse(identifier)
