"""The CAS APIs on the wire: parameters in, calls of `CasService`, members of the answer out."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.x509 import Certificate, CertificateSigningRequest, load_pem_x509_csr

from lab.behaviour import CloudBehaviour, SerialNumberFormat
from lab.cloud.cas import certificates
from lab.cloud.cas.models import CasService
from lab.cloud.cas.private_authorities import certificate_pem
from lab.cloud.cas.records import LISTED_TYPES, Repository, StoredCertificate
from lab.cloud.exceptions import InvalidParameter
from lab.cloud.paging import numbered_page, token_page
from lab.cloud.parameters import Parameters
from lab.cloud.rpc import Answer, Operation

_WITH_CERTIFICATE: Final = 1
_WITH_CHAIN: Final = 2


def cas_operations(cas: CasService, behaviour: CloudBehaviour) -> dict[str, Operation]:
    """Return the APIs by name."""
    responses = _Responses(cas, behaviour)
    return {
        "CreateWarehouse": Operation(run=responses.create_warehouse, target="Name"),
        "DeleteWarehouse": Operation(run=responses.delete_warehouse, target="WarehouseInstanceId"),
        "ListWarehouse": Operation(run=responses.list_warehouse),
        "ListCertWarehouse": Operation(run=responses.list_cert_warehouse, target="Name"),
        "UploadPCACert": Operation(run=responses.upload_pca_cert, target="WarehouseId"),
        "ListCert": Operation(run=responses.list_cert, target="WarehouseId"),
        "DescribeWarehouseCert": Operation(run=responses.describe_warehouse_cert, target="CertIdentifier"),
        "DeletePCACert": Operation(run=responses.delete_pca_cert, target="Identifier"),
        "GetCertWarehouseQuota": Operation(run=responses.get_cert_warehouse_quota),
        "CreateWHClientCertificate": Operation(run=responses.create_client_certificate, target="ParentIdentifier"),
        "RevokeWHClientCertificate": Operation(run=responses.revoke_client_certificate, target="Identifier"),
    }


class _Responses:
    def __init__(self, cas: CasService, behaviour: CloudBehaviour) -> None:
        self._cas = cas
        self._behaviour = behaviour

    def create_warehouse(self, parameters: Parameters) -> Answer:
        created = self._cas.create_repository(name=parameters.required("Name"), type_=parameters.required("Type"))
        return Answer(
            body={"WarehouseInstanceId": created.instance_id},
            effect=f"created repository {_label(created)}",
        )

    def delete_warehouse(self, parameters: Parameters) -> Answer:
        deleted, certificates_in_it = self._cas.delete_repository(parameters.required("WarehouseInstanceId"))
        return Answer(effect=f"deleted repository {_label(deleted)} with {certificates_in_it} certificates in it")

    def list_warehouse(self, parameters: Parameters) -> Answer:
        instance_ids = parameters.json_items("WarehouseInstanceIds")
        types = parameters.json_items("WarehouseTypes")
        found = [
            one
            for one in self._cas.repositories()
            if (not instance_ids or one.instance_id in instance_ids) and (not types or one.type in types)
        ]
        page, about = token_page(parameters, found)
        data = [
            {
                "WarehouseInstanceId": one.instance_id,
                "WarehouseName": one.name,
                "WarehouseType": one.type,
            }
            for one in page
        ]
        return Answer(body={"Data": data, **about})

    def list_cert_warehouse(self, parameters: Parameters) -> Answer:
        name = parameters.text("Name") or ""
        instance_id = parameters.text("InstanceId")
        listed_type = parameters.choice("Type", frozenset(LISTED_TYPES.values()))
        found = [
            one
            for one in self._cas.repositories()
            if name in one.name
            and instance_id in {None, one.instance_id}
            and listed_type in {None, LISTED_TYPES[one.type]}
        ]
        page, about = numbered_page(parameters, found)
        return Answer(body={"CertWarehouseList": [_listed_repository(one) for one in page], **about})

    def upload_pca_cert(self, parameters: Parameters) -> Answer:
        stored = self._cas.upload(
            pem=parameters.required("Cert"),
            repository_number=parameters.required_integer("WarehouseId", least=0),
            name=parameters.text("Name") or "",
            private_key=parameters.text("PrivateKey"),
        )
        return Answer(
            body={"Identifier": stored.identifier},
            effect=f"stored certificate {stored.identifier} in repository {_label(stored.repository)}",
        )

    def list_cert(self, parameters: Parameters) -> Answer:
        filters = _Filter(parameters)
        page, about = numbered_page(parameters, [one for one in self._cas.certificates() if filters.takes(one)])
        return Answer(body={"CertList": [self._listed_certificate(one) for one in page], **about})

    def describe_warehouse_cert(self, parameters: Parameters) -> Answer:
        stored = self._cas.describe(parameters.required("CertIdentifier"))
        certificate = stored.certificate
        return Answer(
            body={
                "CertIdentifier": stored.identifier,
                "CertStatus": "revoked" if stored.revoked else "issued",
                "CertType": _type(certificate),
                "CommonName": certificates.common_name(certificate.subject),
                "Content": stored.pem,
                "Fingerprint": stored.fingerprint,
                "Issuer": certificates.issuer_name(certificate),
                # The document's example is a number here, not the `cas-wh-…` of other APIs.
                "WarehouseInstanceId": str(stored.repository.number),
            }
        )

    def delete_pca_cert(self, parameters: Parameters) -> Answer:
        deleted = self._cas.delete_certificate(parameters.required("Identifier"))
        return Answer(effect=f"deleted certificate {deleted.identifier} of repository {_label(deleted.repository)}")

    def get_cert_warehouse_quota(self, parameters: Parameters) -> Answer:
        del parameters
        total, used = self._cas.quota()
        return Answer(body={"AppTotalQuota": total, "AppUseCount": used, "TotalQuota": 0, "UseCount": 0})

    def create_client_certificate(self, parameters: Parameters) -> Answer:
        begin, end = _life(parameters)
        stored, authority = self._cas.issue_client(
            parameters.required("ParentIdentifier"), _request(parameters), begin=begin, end=end
        )
        body = {"Identifier": stored.identifier}
        returned = parameters.integer("Immediately", least=0, most=2) or 0
        if returned >= _WITH_CERTIFICATE:
            body["X509Certificate"] = certificate_pem(stored.certificate)
        if returned >= _WITH_CHAIN:
            body["CertificateChain"] = authority.chain_pem
            body["ParentX509Certificate"] = certificate_pem(authority.certificate)
            body["RootX509Certificate"] = certificate_pem(authority.root)
        return Answer(body=body, effect=f"issued client certificate {stored.identifier}")

    def revoke_client_certificate(self, parameters: Parameters) -> Answer:
        revoked = self._cas.revoke_client(parameters.required("Identifier"))
        return Answer(effect=f"revoked client certificate {revoked.identifier}, of which no listener hears")

    def _listed_certificate(self, stored: StoredCertificate) -> dict[str, Any]:
        certificate = stored.certificate
        listed = {
            "AfterDate": _milliseconds(certificate.not_valid_after_utc),
            "Algorithm": certificates.algorithm(certificate),
            "BeforeDate": _milliseconds(certificate.not_valid_before_utc),
            "CertType": _type(certificate),
            "CommonName": certificates.common_name(certificate.subject),
            "ExistPrivateKey": False,
            "Identifier": stored.identifier,
            "Issuer": certificates.issuer_name(certificate),
            "Sans": ",".join(certificates.alternative_names(certificate)),
            "SignAlgorithm": certificates.signature_algorithm(certificate),
            "SourceType": _source(stored),
            "Status": _status(stored),
            "WhId": stored.repository.number,
            "WhInstanceId": stored.repository.instance_id,
        }
        match self._behaviour.serial_number:
            case SerialNumberFormat.HEXADECIMAL:
                listed["SerialNo"] = f"{certificate.serial_number:x}"
            case SerialNumberFormat.DECIMAL:
                listed["SerialNo"] = str(certificate.serial_number)
            case SerialNumberFormat.MISSING:
                pass
        return listed


class _Filter:
    """The conditions of ListCert."""

    def __init__(self, parameters: Parameters) -> None:
        self._type = parameters.choice("CertType", frozenset({"CA", "CERT"}))
        self._source = parameters.choice("SourceType", frozenset({"upload", "aliyun"}))
        self._status = parameters.choice("Status", frozenset({"ISSUE", "REVOKE"}))
        self._identifiers = frozenset(filter(None, (parameters.text("Identifiers") or "").split(",")))
        self._keyword = (parameters.text("KeyWord") or "").lower()
        self._repository_number = parameters.integer("WarehouseId", least=0)

    def takes(self, stored: StoredCertificate) -> bool:
        if self._identifiers and stored.identifier not in self._identifiers:
            return False
        if self._source not in {None, _source(stored)} or self._status not in {None, _status(stored)}:
            return False
        if self._repository_number not in {None, stored.repository.number}:
            return False
        certificate = stored.certificate
        if self._type not in {None, _type(certificate)}:
            return False
        names = [certificates.common_name(certificate.subject), *certificates.alternative_names(certificate)]
        return not self._keyword or any(self._keyword in name.lower() for name in names)


def _life(parameters: Parameters) -> tuple[datetime, datetime]:
    days = parameters.integer("Days", least=1)
    if days is not None:
        begin = datetime.now(UTC)
        return begin, begin + timedelta(days=days)
    first, last = (parameters.required_integer(name, least=0) for name in ("BeforeTime", "AfterTime"))
    return datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC)


def _request(parameters: Parameters) -> CertificateSigningRequest:
    try:
        return load_pem_x509_csr(parameters.required("Csr").encode())
    except ValueError:
        raise InvalidParameter("Csr", "a certificate signing request in PEM") from None


def _listed_repository(repository: Repository) -> dict[str, Any]:
    return {
        "InstanceId": repository.instance_id,
        "IsExpired": False,
        "Name": repository.name,
        "Qps": 0,
        "Type": LISTED_TYPES[repository.type],
        "WhId": repository.number,
    }


def _source(stored: StoredCertificate) -> str:
    return "upload" if stored.is_uploaded else "aliyun"


def _status(stored: StoredCertificate) -> str:
    return "REVOKE" if stored.revoked else "ISSUE"


def _type(certificate: Certificate) -> str:
    return "CA" if certificates.is_authority(certificate) else "CERT"


def _label(repository: Repository) -> str:
    return f"{repository.name} ({repository.instance_id})"


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
