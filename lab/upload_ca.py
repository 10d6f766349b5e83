"""The console's place in the procedure by hand: a CA certificate goes into the certificate service.

It speaks to the lab as anybody would to the cloud: official SDK, access key, repository first.
"""

import secrets
from typing import TYPE_CHECKING, Literal, cast

from alibabacloud_cas20200407 import models
from alibabacloud_cas20200407.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from lab.cloud.alb.records import REGION

if TYPE_CHECKING:
    from pathlib import Path

    from lab.status import Status

REPOSITORY = "by-hand"

_UPLOADED_CA = "uploadedAuthorityCertificate"
_LISTED_SECONDS = 10


class UploadError(RuntimeError):
    """A CA certificate could not be uploaded."""


def sdk_config(status: "Status", service: Literal["cas", "alb"]) -> Config:
    """Return what the official client of a service of a lab is made with: as the console, it may do everything."""
    return Config(
        access_key_id=status["accessKeys"]["admin"]["accessKeyId"],
        access_key_secret=status["accessKeys"]["admin"]["accessKeySecret"],
        endpoint=status["endpoints"][service],
        protocol="http",
        region_id=REGION,
    )


def upload_ca(status: "Status", file: "Path") -> str:
    """Upload a CA certificate, into a repository made for it if there is none.

    Args:
        status: of the lab.
        file: certificate in PEM, with its chain if it has one.

    Returns:
        The identifier, which goes into the AlbConfig.

    Raises:
        UploadError: the service rejected it, or did not list a new repository in time.
    """
    try:
        return _upload(Client(sdk_config(status, "cas")), file)
    except AlibabaCloudException as error:
        message = f"CA certificate {file} could not be uploaded: {error.code}: {error.message}"
        raise UploadError(message) from error


def _upload(client: Client, file: "Path") -> str:
    repository = _repository(client)
    request = models.UploadPCACertRequest(
        cert=file.read_text().strip() + "\n",
        name=f"{file.stem}-{secrets.token_hex(3)}",
        warehouse_id=repository,
    )
    return str(client.upload_pcacert(request).body.identifier)


def _repository(client: Client) -> int:
    found = _find(client)
    if found is not None:
        return found
    client.create_warehouse(models.CreateWarehouseRequest(name=REPOSITORY, type=_UPLOADED_CA))
    # A new repository is not listed at once, and only the list has its number.
    try:
        number = Retrying(
            retry=retry_if_result(lambda number: number is None),
            stop=stop_after_delay(_LISTED_SECONDS),
            wait=wait_fixed(0.25),
        )(_find, client)
    except RetryError:
        message = f"repository '{REPOSITORY}' was created, but is not listed after {_LISTED_SECONDS} s"
        raise UploadError(message) from None
    return cast("int", number)


def _find(client: Client) -> int | None:
    reply = client.list_cert_warehouse(models.ListCertWarehouseRequest(name=REPOSITORY)).body
    for each in reply.cert_warehouse_list or []:
        if each.name == REPOSITORY:
            return int(each.wh_id)
    return None
