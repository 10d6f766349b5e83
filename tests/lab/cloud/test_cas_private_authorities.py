"""A purchased CA signs the requests of clients, and what CAS says of a revoked one reaches no listener."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alibabacloud_cas20200407 import models
from alibabacloud_cas20200407.client import Client
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from alb_mtls.pki.keys import generate_private_key
from tests.helpers.certificates import P256, signing_request
from tests.helpers.cloud_sdk import CasUser, cas_client, pem, refused
from tests.helpers.simulated_cloud import SimulatedCloud

CSR = signing_request(generate_private_key(P256), "device").public_bytes(Encoding.PEM).decode()


@pytest.fixture
def client(simulated: SimulatedCloud) -> Client:
    return cas_client(simulated)


@pytest.fixture
def authority(simulated: SimulatedCloud) -> str:
    """Identifier of a CA that the account has bought."""
    return simulated.cloud.cas.buy_authority("example clients", days=365).identifier


def _issue(client: Client, parent: str, **more: Any) -> Any:
    request = models.CreateWHClientCertificateRequest(parent_identifier=parent, csr=CSR, **{"days": 90, **more})
    return client.create_whclient_certificate(request).body


def test_a_request_becomes_a_certificate_of_the_purchased_ca(client: Client, authority: str) -> None:
    issued = _issue(client, authority, immediately=2)
    certificate = x509.load_pem_x509_certificate(issued.x_509certificate.encode())
    parent = x509.load_pem_x509_certificate(issued.parent_x509certificate.encode())
    certificate.verify_directly_issued_by(parent)
    parent.verify_directly_issued_by(x509.load_pem_x509_certificate(issued.root_x509certificate.encode()))
    assert certificate.public_key() == x509.load_pem_x509_csr(CSR.encode()).public_key()
    life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert life == timedelta(days=90)


def test_without_the_word_for_it_only_the_identifier_is_answered(client: Client, authority: str) -> None:
    issued = _issue(client, authority)
    assert issued.x_509certificate is None
    described = client.describe_warehouse_cert(models.DescribeWarehouseCertRequest(cert_identifier=issued.identifier))
    assert described.body.content.count("BEGIN CERTIFICATE") == 3


def test_begin_and_end_can_be_given(client: Client, authority: str) -> None:
    begin = int(datetime.now(UTC).timestamp())
    issued = _issue(client, authority, days=None, before_time=begin, after_time=begin + 600, immediately=1)
    certificate = x509.load_pem_x509_certificate(issued.x_509certificate.encode())
    assert certificate.not_valid_after_utc.timestamp() == begin + 600


@pytest.mark.parametrize(
    ("more", "code"),
    [({"days": None}, "MissingBeforeTime"), ({"csr": None}, "MissingCsr"), ({"csr": "nonsense"}, "InvalidParameter")],
)
def test_what_is_missing_is_named(client: Client, authority: str, more: dict[str, Any], code: str) -> None:
    request = models.CreateWHClientCertificateRequest(parent_identifier=authority, **{"csr": CSR, "days": 90, **more})
    with refused(code):
        client.create_whclient_certificate(request)


def test_an_uploaded_ca_signs_nothing(client: Client, cas: CasUser, number: int, root: Any) -> None:
    with refused("NotFound"):
        _issue(client, cas.upload(pem(root), number))


def test_a_listing_shows_purchased_and_revoked_ones_apart(client: Client, authority: str) -> None:
    issued = _issue(client, authority).identifier

    def listed(**conditions: str) -> list[str]:
        answer = client.list_cert(models.ListCertRequest(**conditions)).body
        return [one.identifier for one in answer.cert_list]

    assert listed(source_type="aliyun", cert_type="CA") == [authority]
    assert listed(source_type="upload") == []
    assert listed(status="REVOKE") == []
    client.revoke_whclient_certificate(models.RevokeWHClientCertificateRequest(identifier=issued))
    assert listed(status="REVOKE") == [issued]


def test_a_ca_is_no_client_that_could_be_revoked(client: Client, authority: str) -> None:
    with refused("NotFound"):
        client.revoke_whclient_certificate(models.RevokeWHClientCertificateRequest(identifier=authority))
