"""CA certificates in the repositories of the Certificate Management Service."""

import secrets
from collections.abc import Callable

from alb_mtls.aliyun.cas_models import (
    DescribedCertificate,
    ListedCertificate,
    Quota,
    Repository,
    described_certificate,
    listed_certificate,
    quota,
    uploaded_identifier,
)
from alb_mtls.aliyun.cas_repositories import CasRepositories, is_name_taken
from alb_mtls.aliyun.certificates import may_be_serial_number, same_certificate, same_chain, serial_number
from alb_mtls.aliyun.errors import DeadlinePassed, NotFound, RequestRejected

__all__ = ["CasClient", "DescribedCertificate", "ListedCertificate", "Quota", "Repository"]


class CasClient(CasRepositories):
    """Repositories and CA certificates of one account at one site; thread-safe.

    Every method raises `CloudError`, and the subclasses that its docstring names.
    """

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
            if not is_name_taken(error):
                raise
        return self._upload(pem, repository, f"{name}-{secrets.token_hex(4)}")

    def _upload(self, pem: str, repository: Repository, name: str) -> str:
        def first() -> str | None:
            return next(iter(self.find_certificates(pem, repository)), None)

        def uploaded_after_all() -> str | None:
            return self._look_for(first, f"the CA certificate in {repository.name}")

        try:
            return self._send(pem, repository, name, after_lost_reply=uploaded_after_all)
        except RequestRejected as error:
            # Whether CAS takes a second copy is documented nowhere: if it rejects that, the first one is what we need.
            # One that has our name may be ours, and not shown yet.
            found = uploaded_after_all() if is_name_taken(error) else first()
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

    def _list(self, repository: Repository | None) -> list[ListedCertificate]:
        name, number = (repository.name, repository.warehouse_id) if repository else (None, None)
        listed = self._entries("ListCert", {"WarehouseId": number}, name, listed_certificate, items="CertList")
        return list({one.identifier: one for one in listed}.values())
