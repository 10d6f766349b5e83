"""The Certificate Management Service: repositories of uploaded CA certificates, and the certificates in them.

API 2020-04-07 (docs/facts/alibaba-cloud.md, CAS API). Nothing in it is idempotent: no document calls names unique,
the same certificate can be uploaded twice, and no call takes a client token. So whoever creates looks first, and looks
again after a lost reply. Where names are unique after all, one that is taken is no failure by itself.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from threading import Lock
from typing import Any, Final, TypeVar

from alb_mtls.aliyun.answers import Members
from alb_mtls.aliyun.cas_models import (
    UPLOADED_CA_TYPE,
    DescribedCertificate,
    ListedCertificate,
    Quota,
    Repository,
    described_certificate,
    listed_certificate,
    quota,
    repository,
    uploaded_identifier,
)
from alb_mtls.aliyun.certificates import may_be_serial_number, same_certificate, same_chain, serial_number
from alb_mtls.aliyun.endpoints import Endpoint
from alb_mtls.aliyun.errors import DeadlinePassed, NotFound, RequestRejected
from alb_mtls.aliyun.paging import CAS_PAGE_SIZE, Page, numbered_page, numbered_pages
from alb_mtls.aliyun.retry import RetryPolicy
from alb_mtls.aliyun.sdk import CAS, SdkClient

__all__ = ["LOOK_SECONDS", "CasClient", "DescribedCertificate", "ListedCertificate", "Quota", "Repository"]

T = TypeVar("T")

_NAME_TAKEN: Final = ("NameRepeat", "NameAlreadyExist")
LOOK_SECONDS: Final = 5.0
"""Looked for so long before it is created, and after a lost reply (docs/reference/state-and-claim.md, CAS)."""


class CasClient:
    """Repositories and CA certificates of one account at one site; thread-safe.

    Every method raises `CloudError`, and the subclasses that its docstring names.
    """

    def __init__(self, *, endpoint: Endpoint, credential: Any, policy: RetryPolicy | None = None) -> None:
        """Keep the parameters; nothing is called yet."""
        self._policy = policy or RetryPolicy()
        self._host = endpoint.host
        self._sdk = SdkClient(service=CAS, endpoint=endpoint, credential=credential, policy=self._policy)
        self._ensuring = Lock()

    def repositories(self, name: str | None = None) -> list[Repository]:
        """Return the repositories of uploaded CA certificates, oldest first; `name` narrows to that name."""
        return [one for one in self._all_repositories(name) if one.takes_ca_certificates]

    def find_repository(self, name: str) -> Repository | None:
        """Return the repository called `name`, the oldest if there are several, or None.

        Raises:
            RequestRejected: There are only repositories of that name that take other certificates.
        """
        found = self._all_repositories(name)
        usable = [one for one in found if one.takes_ca_certificates]
        if found and not usable:
            message = (
                f"CAS repository {name} has the type {found[0].type}, which takes no CA certificates. "
                'Name a repository whose data source is "Upload CA Certificates", or leave the name out.'
            )
            raise RequestRejected(message, api="ListCertWarehouse", target=f"repository {name}")
        return usable[0] if usable else None

    def look_for_repository(self, name: str) -> Repository | None:
        """Return the repository called `name`, looked for during `LOOK_SECONDS`: a new one is not listed at once."""
        return self._policy.poll(
            lambda: self.find_repository(name),
            seconds=LOOK_SECONDS,
            what=f"CAS to list repository {name}, if it has it",
        )

    def ensure_repository(self, name: str, *, is_new: bool = False) -> Repository:
        """Return the repository called `name`, and create it when there is none.

        Before it is created, and after a lost reply, it is looked for during `LOOK_SECONDS`. Of two with one name the
        oldest is returned. Whoever comes second waits for the first, and finds what that one has made.

        Args:
            name: Of the repository.
            is_new: Nobody can have created it before this process, so it is looked for once.

        Raises:
            DeadlinePassed: It was created, but is not listed with its numeric id.
            QuotaUsedUp: The account has no room for another repository.
        """
        with self._ensuring:
            found = self.find_repository(name) if is_new else self.look_for_repository(name)
            return found or self._create_repository(name)

    def _create_repository(self, name: str) -> Repository:
        target = f"repository {name}"
        is_taken = False
        try:
            after_all = self._sdk.call(
                "CreateWarehouse",
                {"Name": name, "Type": UPLOADED_CA_TYPE},
                target=target,
                read=_nothing,
                after_lost_reply=lambda: self.look_for_repository(name),
            )
        except RequestRejected as error:
            # It is there, and not listed yet.
            if not _is_name_taken(error):
                raise
            after_all, is_taken = None, True
        if after_all is not None:
            return after_all
        seconds = self._policy.deadline_seconds
        listed = self._policy.poll(
            lambda: self.find_repository(name), seconds=seconds, what=f"CAS to list repository {name}"
        )
        if listed is not None:
            return listed
        message = (
            f"CAS accepted repository {name} but did not list it within {seconds:.0f} s. "
            "Run it again: it is found by its name."
        )
        if is_taken:
            message = (
                f"CAS at {self._host} rejects the name of repository {name} as taken, and listed no repository of that "
                f"name within {seconds:.0f} s. Run it again; if it stays so, delete the repository in the CAS console."
            )
        raise DeadlinePassed(message, api="ListCertWarehouse", target=target)

    def delete_repository(self, instance_id: str) -> None:
        """Delete a repository; one that is gone already counts as deleted.

        Raises:
            InUse: It is not empty.
        """
        self._delete("DeleteWarehouse", f"repository {instance_id}", {"WarehouseInstanceId": instance_id})

    def certificates_in(self, repository: Repository) -> list[ListedCertificate]:
        """Return everything that lies in `repository`."""
        return self._list(repository)

    def find_certificates(
        self, pem: str, repository: Repository | None = None, *, besides: str | None = None
    ) -> list[str]:
        """Return the identifiers of the certificate in `pem`, looked for in `repository` or in all of them.

        Several when it was uploaded several times. Only candidates by serial number are described, and
        compared by the SHA-256 of the DER, each with the certificates that stand behind it.

        Args:
            pem: The certificate.
            repository: Where it is looked for; None means everywhere.
            besides: An identifier that is known already, and neither described nor returned.

        Raises:
            ValueError: `pem` holds no X.509 certificate.
        """
        serial = serial_number(pem)
        listed = (one for one in self._list(repository) if one.identifier != besides)
        candidates = [one.identifier for one in listed if may_be_serial_number(one.serial, serial)]
        described = (self.describe(identifier) for identifier in candidates)
        return [one.identifier for one in described if one is not None and same_chain(one.pem, pem)]

    def upload_ca(self, *, pem: str, repository: Repository, name: str) -> str:
        """Upload a CA certificate and return its identifier.

        CAS makes a second entry of a certificate that it has: call `find_certificates` first. After a lost
        reply the certificate is looked for during `LOOK_SECONDS` before it is sent again. Where another certificate
        has its name, it gets a longer one.

        Args:
            pem: The certificate and nothing else.
            repository: Where it goes.
            name: Shown in the console; no API returns it.

        Raises:
            ValueError: `pem` holds no X.509 certificate, or a private key beside it; nothing was sent.
            QuotaUsedUp: The account has no room for another certificate.
        """
        if "PRIVATE KEY" in pem:
            message = "a private key stands next to the CA certificate; CAS gets the certificate only"
            raise ValueError(message)
        # Looking for it later needs this number: fail while nothing has been sent.
        serial_number(pem)
        try:
            return self._upload(pem, repository, name)
        except RequestRejected as error:
            if not _is_name_taken(error):
                raise
        return self._upload(pem, repository, f"{name}-{secrets.token_hex(4)}")

    def _upload(self, pem: str, repository: Repository, name: str) -> str:
        def first() -> str | None:
            return next(iter(self.find_certificates(pem, repository)), None)

        def uploaded_after_all() -> str | None:
            return self._policy.poll(
                first, seconds=LOOK_SECONDS, what=f"CAS to list the CA certificate in {repository.name}, if it has it"
            )

        try:
            return self._send(pem, repository, name, after_lost_reply=uploaded_after_all)
        except RequestRejected as error:
            # Whether CAS takes a second copy is documented nowhere: if it rejects that, the first one is what we need.
            # One that has our name may be ours, and not shown yet.
            found = uploaded_after_all() if _is_name_taken(error) else first()
            if found is None:
                raise
            return found

    def upload_copy(self, *, pem: str, repository: Repository, name: str) -> str:
        """Upload a certificate whatever CAS has already, and return what CAS calls it.

        Whoever asks what CAS makes of a copy, or of what is no CA, needs the answer itself: nothing is looked for, and
        after a lost reply it may be there twice.

        Args:
            pem: The certificate and nothing else.
            repository: Where it goes.
            name: Shown in the console.

        Raises:
            RequestRejected: CAS does not take it; `code` has its reason.
        """
        return self._send(pem, repository, name)

    def _send(
        self, pem: str, repository: Repository, name: str, after_lost_reply: Callable[[], str | None] | None = None
    ) -> str:
        return self._sdk.call(
            "UploadPCACert",
            {"Cert": pem, "Name": name, "WarehouseId": repository.warehouse_id},
            target=f"repository {repository.name}",
            read=uploaded_identifier,
            after_lost_reply=after_lost_reply,
        )

    def describe(self, identifier: str) -> DescribedCertificate | None:
        """Return the certificate with its PEM, or None when CAS does not have it."""
        try:
            return self._sdk.call(
                "DescribeWarehouseCert",
                {"CertIdentifier": identifier},
                target=f"certificate {identifier}",
                read=lambda answer: described_certificate(answer, identifier),
            )
        except NotFound:
            return None

    def wait_until_described(self, identifier: str, pem: str, deadline: float) -> DescribedCertificate:
        """Return the certificate once CAS shows exactly the one in `pem`, within `deadline` seconds.

        Raises:
            DeadlinePassed: It is still missing, or is another certificate.
        """
        latest: DescribedCertificate | None = None

        def shown() -> DescribedCertificate | None:
            nonlocal latest
            latest = self.describe(identifier)
            return latest if latest is not None and same_certificate(latest.pem, pem) else None

        found = self._policy.poll(shown, seconds=deadline, what=f"CAS to show certificate {identifier}")
        if found is None:
            last = "does not show it" if latest is None else f"shows another certificate (CN {latest.common_name!r})"
            message = (
                f"CAS at {self._host} {last} under certificate {identifier} after {deadline:.0f} s. "
                "Run it again; it is looked for before anything is uploaded."
            )
            raise DeadlinePassed(message, api="DescribeWarehouseCert", target=f"certificate {identifier}")
        return found

    def delete_certificate(self, identifier: str) -> None:
        """Delete a certificate; one that is gone already counts as deleted.

        Whether CAS rejects the deletion of one that a listener binds is documented nowhere: read the listeners first.

        Raises:
            InUse: CAS answers that something uses it.
        """
        self._delete("DeletePCACert", f"certificate {identifier}", {"Identifier": identifier})

    def quota(self) -> Quota:
        """Return the quota of the certificate repositories."""
        return self._sdk.call("GetCertWarehouseQuota", {}, target="the account", read=quota)

    def _all_repositories(self, name: str | None) -> list[Repository]:
        listed = self._entries("ListCertWarehouse", {"Name": name}, name, repository, items="CertWarehouseList")
        # The name filter of the API is fuzzy.
        found = {one.warehouse_id: one for one in listed if one is not None and name in {None, one.name}}
        return [found[key] for key in sorted(found)]

    def _list(self, repository: Repository | None) -> list[ListedCertificate]:
        name, number = (repository.name, repository.warehouse_id) if repository else (None, None)
        listed = self._entries("ListCert", {"WarehouseId": number}, name, listed_certificate, items="CertList")
        return list({one.identifier: one for one in listed}.values())

    def _entries(
        self, api: str, filters: Mapping[str, Any], where: str | None, read: Callable[[Members], T], *, items: str
    ) -> Iterator[T]:
        target = f"repository {where}" if where else "all repositories"

        def page(answer: Members) -> Page[T]:
            return numbered_page(answer, read, items=items)

        def fetch(number: int) -> Page[T]:
            request = {"CurrentPage": number, "ShowSize": CAS_PAGE_SIZE, **filters}
            return self._sdk.call(api, request, target=target, read=page)

        return numbered_pages(fetch, items=items)

    def _delete(self, api: str, target: str, request: Mapping[str, Any]) -> None:
        with suppress(NotFound):
            self._sdk.call(api, request, target=target, read=_nothing)


def _nothing(_answer: Members) -> None:
    """Read an answer that says no more than that it was done."""


def _is_name_taken(error: RequestRejected) -> bool:
    return (error.code or "").startswith(_NAME_TAKEN)
