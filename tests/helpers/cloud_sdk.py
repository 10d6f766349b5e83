"""The official SDKs, pointed at the simulated cloud."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from alibabacloud_alb20200616.client import Client as AlbClient
from alibabacloud_cas20200407 import models as cas_models
from alibabacloud_cas20200407.client import Client as CasClient
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config
from cryptography.hazmat.primitives.serialization import Encoding

from tests.helpers.certificates import ClientCredential
from tests.helpers.simulated_cloud import SimulatedCloud

SERVER_CERTIFICATE = "12345678-cn-hangzhou"
"""Identifier of a server certificate that the tests' cloud knows."""


def cas_client(simulated: SimulatedCloud, **credentials: str) -> CasClient:
    """Return the official CAS client; credentials replace those of the account."""
    return CasClient(_config(simulated, simulated.cas, credentials))


def alb_client(simulated: SimulatedCloud, **credentials: str) -> AlbClient:
    """Return the official ALB client; credentials replace those of the account."""
    return AlbClient(_config(simulated, simulated.alb, credentials))


@dataclass
class Refusal:
    """How a call was refused; filled when the block ends."""

    code: str = ""
    status: int = 0
    body: dict[str, Any] = field(default_factory=dict)
    retry_after: int | None = None


@contextmanager
def refused(code: str) -> Iterator[Refusal]:
    """Expect the cloud to answer the calls of the block with this error code."""
    refusal = Refusal()
    with pytest.raises(AlibabaCloudException) as caught:
        yield refusal
    error: Any = caught.value
    refusal.code = error.code
    refusal.status = error.status_code
    refusal.body = dict(error.data)
    refusal.retry_after = getattr(error, "retry_after", None)
    assert code == refusal.code


def pem(*identities: ClientCredential) -> str:
    """Return certificates in PEM, one after another."""
    return "".join(one.certificate.public_bytes(Encoding.PEM).decode() for one in identities)


class CasUser:
    """What people do with CAS, in single steps, through the SDK."""

    def __init__(self, client: CasClient) -> None:
        """Take the client."""
        self.client = client

    def create_repository(self, name: str = "ours", type_: str = "uploadedAuthorityCertificate") -> str:
        """Create a repository and return its instance id."""
        request = cas_models.CreateWarehouseRequest(name=name, type=type_)
        instance_id: str = self.client.create_warehouse(request).body.warehouse_instance_id
        return instance_id

    def repositories(self, **conditions: Any) -> list[Any]:
        """Return one page of ListCertWarehouse."""
        request = cas_models.ListCertWarehouseRequest(**conditions)
        found: list[Any] = self.client.list_cert_warehouse(request).body.cert_warehouse_list
        return found

    def number_of(self, instance_id: str) -> int:
        """Return the numeric id of a repository."""
        (found,) = self.repositories(instance_id=instance_id)
        return int(found.wh_id)

    def upload(self, text: str, number: int, **more: Any) -> str:
        """Upload a certificate and return its identifier."""
        request = cas_models.UploadPCACertRequest(cert=text, warehouse_id=number, **more)
        identifier: str = self.client.upload_pcacert(request).body.identifier
        return identifier

    def certificates(self, **conditions: Any) -> list[Any]:
        """Return one page of ListCert."""
        found: list[Any] = self.client.list_cert(cas_models.ListCertRequest(**conditions)).body.cert_list
        return found

    def describe(self, identifier: str) -> Any:
        """Return a certificate with its content."""
        request = cas_models.DescribeWarehouseCertRequest(cert_identifier=identifier)
        return self.client.describe_warehouse_cert(request).body

    def delete(self, identifier: str) -> None:
        """Delete a certificate."""
        self.client.delete_pcacert(cas_models.DeletePCACertRequest(identifier=identifier))

    def delete_repository(self, instance_id: str) -> None:
        """Delete a repository."""
        request = cas_models.DeleteWarehouseRequest(warehouse_instance_id=instance_id)
        self.client.delete_warehouse(request)


def _config(simulated: SimulatedCloud, url: str, credentials: dict[str, str]) -> Config:
    key = {
        "access_key_id": simulated.credentials.access_key_id,
        "access_key_secret": simulated.credentials.access_key_secret,
        **credentials,
    }
    return Config(**key, endpoint=url.removeprefix("http://"), protocol="http", region_id="ap-southeast-1")
