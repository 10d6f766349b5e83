"""Repositories and certificates as CAS describes them, in our terms."""

from dataclasses import dataclass
from typing import Final

from alb_mtls.aliyun.answers import Members, of_answer
from alb_mtls.aliyun.transient import TransientError, TransientReason

UPLOADED_CA_TYPE: Final = "uploadedAuthorityCertificate"
"""`Type` of CreateWarehouse; listings spell it `uploadCA` (docs/facts/alibaba-cloud.md, CAS API)."""

_OTHER_TYPES: Final = frozenset(
    {
        "uploadPCA",
        "aliyunPCA",
        "uploadedCertificate",
        "pcaCertificate",
        "pcaAuthorityCertificate",
        "pcaCaCert",
        "personal",
        "ssl",
    }
)


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A certificate repository ("warehouse").

    Attributes:
        warehouse_id: The numeric id that an upload needs; a lower one is older.
        instance_id: The id that deletes it.
        name: Unique by our own care only; CAS does not enforce it.
        type: As the listing spells it.
    """

    warehouse_id: int
    instance_id: str
    name: str
    type: str

    @property
    def takes_ca_certificates(self) -> bool:
        """Say whether CA certificates are uploaded here.

        The type has three documented spellings and perhaps more, so only the known others are ruled out.
        """
        return self.type not in _OTHER_TYPES


@dataclass(frozen=True, kw_only=True)
class ListedCertificate:
    """A certificate in a listing, which has neither its PEM nor the name it was uploaded under.

    Attributes:
        identifier: Opaque; a UUID, 14, 18 or 32 hex digits have been met.
        serial: `SerialNo` as it came; see `certificates.may_be_serial_number`.
    """

    identifier: str
    serial: str | None


@dataclass(frozen=True, kw_only=True)
class DescribedCertificate:
    """A certificate in CAS with its content.

    Attributes:
        identifier: As it was requested.
        pem: The certificate, with its chain if it was uploaded with one.
        common_name: Of the subject, empty without one.
    """

    identifier: str
    pem: str
    common_name: str


@dataclass(frozen=True, kw_only=True)
class Quota:
    """How many certificates the account's repositories may hold (`total`) and do hold (`used`)."""

    total: int
    used: int


@of_answer("GetCertWarehouseQuota")
def quota(answer: Members) -> Quota:
    """Return the quota of a GetCertWarehouseQuota answer."""
    return Quota(total=int(answer.get("AppTotalQuota") or 0), used=int(answer.get("AppUseCount") or 0))


@of_answer("ListCertWarehouse")
def repository(entry: Members) -> Repository | None:
    """Return the repository of a ListCertWarehouse entry; None while it has no numeric id to upload to."""
    number = entry.get("WhId")
    if number is None:
        return None
    return Repository(
        warehouse_id=int(number),
        instance_id=str(entry.get("InstanceId") or ""),
        name=str(entry.get("Name") or ""),
        type=str(entry.get("Type") or ""),
    )


@of_answer("ListCert")
def listed_certificate(entry: Members) -> ListedCertificate:
    """Return the certificate of a ListCert entry."""
    serial = entry.get("SerialNo")
    return ListedCertificate(
        identifier=str(entry.get("Identifier")),
        serial=None if serial is None else str(serial),
    )


@of_answer("DescribeWarehouseCert")
def described_certificate(answer: Members, identifier: str) -> DescribedCertificate:
    """Return the certificate of a DescribeWarehouseCert answer."""
    return DescribedCertificate(
        identifier=identifier,
        pem=str(answer.get("Content") or ""),
        common_name=str(answer.get("CommonName") or ""),
    )


def uploaded_identifier(answer: Members) -> str:
    """Return what an UploadPCACert answer calls the certificate.

    Raises:
        TransientError: nothing; CAS may have the certificate all the same.
    """
    identifier = answer.get("Identifier")
    if not isinstance(identifier, str) or not identifier:
        raise TransientError(TransientReason.UNREADABLE)
    return identifier
