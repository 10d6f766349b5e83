"""A CAS site in memory, as the client of CAS shows it to the providers."""

import itertools
from dataclasses import dataclass, field

from alb_mtls.aliyun.cas_models import DescribedCertificate, ListedCertificate, Quota, Repository
from alb_mtls.aliyun.certificates import same_certificate
from alb_mtls.aliyun.errors import InUse

# No identifier is given twice, not even at two sites.
_NUMBERS = itertools.count(1)


@dataclass(kw_only=True)
class Cas:
    """A CAS site.

    Attributes:
        certificates: number of the repository and PEM, by identifier.
        failure: what is answered when a certificate is asked for, when it is set.
    """

    repositories_by_number: dict[int, str] = field(default_factory=dict)
    certificates: dict[str, tuple[int, str]] = field(default_factory=dict)
    failure: Exception | None = None

    @classmethod
    def of(cls, identifier: str, pem: str = "PEM", repository: str = "theirs") -> "Cas":
        """Return a site with one certificate."""
        cas = cls()
        cas.certificates[identifier] = (cas.add_repository(repository).warehouse_id, pem)
        return cas

    def add_repository(self, name: str) -> Repository:
        """Make a repository, whatever others are called."""
        number = next(_NUMBERS)
        self.repositories_by_number[number] = name
        return _repository(number, name)

    def add(self, pem: str, repository: Repository) -> str:
        """Put a certificate in, whatever else is there."""
        identifier = f"ca-of-cas-{next(_NUMBERS)}"
        self.certificates[identifier] = (repository.warehouse_id, pem)
        return identifier

    def repositories(self, name: str | None = None) -> list[Repository]:
        """Return all, or those of a name."""
        return [
            _repository(number, each) for number, each in self.repositories_by_number.items() if name in {None, each}
        ]

    def find_repository(self, name: str) -> Repository | None:
        """Return the oldest of a name."""
        return next(iter(self.repositories(name)), None)

    def look_for_repository(self, name: str) -> Repository | None:
        """Return the oldest of a name; here every one is listed at once."""
        return self.find_repository(name)

    def ensure_repository(self, name: str, *, is_new: bool = False) -> Repository:
        """Return the one of a name, made if need be."""
        del is_new
        return self.find_repository(name) or self.add_repository(name)

    def certificates_in(self, repository: Repository) -> list[ListedCertificate]:
        """Return what lies in a repository."""
        return [
            ListedCertificate(identifier=identifier, serial=None)
            for identifier, (number, _) in self.certificates.items()
            if number == repository.warehouse_id
        ]

    def find_certificates(self, pem: str, repository: Repository, *, besides: str | None = None) -> list[str]:
        """Return the identifiers of a certificate in a repository."""
        return [
            identifier
            for identifier, (number, held) in self.certificates.items()
            if number == repository.warehouse_id and same_certificate(held, pem) and identifier != besides
        ]

    def upload_ca(self, *, pem: str, repository: Repository, name: str) -> str:
        """Upload a certificate."""
        assert name
        return self.add(pem, repository)

    @staticmethod
    def quota() -> Quota:
        """Return a quota that is not used up."""
        return Quota(total=100, used=1)

    def describe(self, identifier: str) -> DescribedCertificate | None:
        """Return a certificate with its content."""
        if self.failure is not None:
            raise self.failure
        if identifier not in self.certificates:
            return None
        _, pem = self.certificates[identifier]
        return DescribedCertificate(identifier=identifier, pem=pem, common_name="")

    def wait_until_described(self, identifier: str, _pem: str, _seconds: float) -> DescribedCertificate | None:
        """Return a certificate, which is shown at once."""
        return self.describe(identifier)

    def delete_certificate(self, identifier: str) -> None:
        """Delete a certificate."""
        self.certificates.pop(identifier, None)

    def delete_repository(self, instance_id: str) -> None:
        """Delete a repository that is empty."""
        number = int(instance_id)
        if any(number == place for place, _ in self.certificates.values()):
            sentence = "it is not empty"
            raise InUse(sentence, api="DeleteWarehouse", target=instance_id)
        self.repositories_by_number.pop(number, None)


def _repository(number: int, name: str) -> Repository:
    return Repository(warehouse_id=number, instance_id=str(number), name=name, type="uploadCA")
