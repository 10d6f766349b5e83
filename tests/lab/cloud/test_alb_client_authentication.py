"""Which listeners can ask clients for a certificate, and with which CA."""

import contextlib
from datetime import UTC, datetime

import pytest
from alibabacloud_alb20200616 import models
from alibabacloud_alb20200616.client import Client as AlbClient

from lab.cloud import CloudFault
from tests.helpers.certificates import ClientCredential, make_root
from tests.helpers.cloud_listeners import Controller, listener_attribute, update
from tests.helpers.cloud_sdk import CasUser, pem, refused
from tests.helpers.simulated_cloud import SimulatedCloud


@pytest.fixture
def ca(cas: CasUser, number: int, root: ClientCredential) -> str:
    return cas.upload(pem(root), number)


def client_authentication(alb: AlbClient, listener: str) -> tuple[bool, list[str]]:
    body = listener_attribute(alb, listener)
    return body.ca_enabled, [one.certificate_id for one in body.ca_certificates]


def test_it_is_switched_on_with_a_ca_and_off_again_keeping_it(
    alb: AlbClient, controller: Controller, listener: str, ca: str
) -> None:
    update(alb, listener, ca_enabled=True, ca=ca)
    assert listener_attribute(alb, listener).ca_certificates[0].status == "Associating"
    controller.settle(listener)
    assert client_authentication(alb, listener) == (True, [ca])

    update(alb, listener, ca_enabled=False)
    controller.settle(listener)
    assert client_authentication(alb, listener) == (False, [ca])

    update(alb, listener, ca_enabled=True)
    assert client_authentication(alb, listener) == (True, [ca])


def test_it_needs_a_ca(alb: AlbClient, listener: str, ca: str) -> None:
    with refused("MissingCaCertificates"):
        update(alb, listener, ca_enabled=True)
    update(alb, listener, ca_enabled=True, ca=ca)


def test_it_takes_one_ca_only(
    alb: AlbClient, cas: CasUser, controller: Controller, listener: str, ca: str, number: int
) -> None:
    other = cas.upload(pem(make_root()), number)
    both = [models.UpdateListenerAttributeRequestCaCertificates(certificate_id=one) for one in (ca, other)]

    with refused("IllegalParamSize.CaCertificates"):
        update(alb, listener, ca_enabled=True, ca_certificates=both)
    update(alb, listener, ca_enabled=True, ca=ca)
    controller.settle(listener)
    update(alb, listener, ca=other)

    assert client_authentication(alb, listener) == (True, [other])


def test_the_ca_has_to_be_in_a_repository_of_ca_certificates(
    alb: AlbClient, cas: CasUser, listener: str, root: ClientCredential
) -> None:
    elsewhere = cas.number_of(cas.create_repository("others", "uploadedCertificate"))

    for identifier in ("0e40dda998174723af39d37fcaf00000", cas.upload(pem(root), elsewhere)):
        with refused("ResourceNotFound.CaCertificate") as refusal:
            update(alb, listener, ca_enabled=True, ca=identifier)
        assert refusal.status == 404
    assert client_authentication(alb, listener) == (False, [])


def test_a_ca_at_the_wrong_site_is_unknown(
    simulated: SimulatedCloud, alb: AlbClient, cas: CasUser, listener: str, root: ClientCredential
) -> None:
    simulated.cloud.behaviour.wrong_site = True
    there = cas.upload(pem(root), cas.number_of(cas.create_repository()))

    with refused("ResourceNotFound.CaCertificate"):
        update(alb, listener, ca_enabled=True, ca=there)


def test_an_expired_ca_is_rejected(alb: AlbClient, cas: CasUser, listener: str, number: int) -> None:
    expired = make_root(days=30, now=datetime(2020, 1, 1, tzinfo=UTC))
    identifier = cas.upload(pem(expired), number)

    with refused("OperationDenied.CertificateExpired") as refusal:
        update(alb, listener, ca_enabled=True, ca=identifier)
    assert identifier in refusal.body["Message"]


def test_it_can_be_switched_off_when_its_ca_is_gone_but_not_on_again(
    simulated: SimulatedCloud, alb: AlbClient, cas: CasUser, controller: Controller, listener: str, ca: str
) -> None:
    update(alb, listener, ca_enabled=True, ca=ca)
    controller.settle(listener)
    simulated.cloud.behaviour.bound_ca_deletion_rejected = False
    cas.delete(ca)

    update(alb, listener, ca_enabled=False)
    controller.settle(listener)
    with refused("ResourceNotFound.CaCertificate"):
        update(alb, listener, ca_enabled=True)


@pytest.mark.parametrize("protocol", ["HTTP", "QUIC"])
def test_http_and_quic_listeners_cannot_have_it(alb: AlbClient, controller: Controller, ca: str, protocol: str) -> None:
    other = controller.listener(controller.load_balancer(), protocol=protocol)  # type: ignore[arg-type]  # a parameter

    with refused("IllegalParam.CaEnabled"):
        update(alb, other, ca_enabled=True, ca=ca)
    with refused("IllegalParam.CaEnabled"):
        update(alb, other, ca=ca)


@pytest.mark.parametrize(("edition", "taken"), [("Basic", False), ("Standard", True), ("StandardWithWaf", True)])
def test_the_basic_edition_cannot_have_it(
    alb: AlbClient, controller: Controller, ca: str, edition: str, taken: bool
) -> None:
    listener = controller.listener(controller.load_balancer(edition))

    if not taken:
        with refused("OperationDenied.LoadBalancerEditionNotSupport"):
            update(alb, listener, ca_enabled=True, ca=ca)
    else:
        update(alb, listener, ca_enabled=True, ca=ca)
    assert client_authentication(alb, listener) == (taken, [ca] if taken else [])


def test_the_controller_meets_the_same_rules(controller: Controller, ca: str) -> None:
    load_balancer = controller.load_balancer("Basic")

    with pytest.raises(CloudFault) as caught:
        controller.listener(load_balancer, ca_enabled=True, ca_certificate_ids=[ca])

    assert caught.value.code == "OperationDenied.LoadBalancerEditionNotSupport"
    controller.listener(load_balancer, ca_certificate_ids=[ca])


@pytest.mark.parametrize("lets_go", [False, True])
def test_a_listener_that_is_switched_off_keeps_its_ca_or_lets_go_of_it(
    simulated: SimulatedCloud,
    alb: AlbClient,
    cas: CasUser,
    controller: Controller,
    listener: str,
    ca: str,
    lets_go: bool,
) -> None:
    simulated.cloud.behaviour.lets_go_of_ca = lets_go
    update(alb, listener, ca_enabled=True, ca=ca)
    controller.settle(listener)
    assert client_authentication(alb, listener) == (True, [ca])
    with refused("OperationDenied.CertificateInUse"):
        cas.delete(ca)

    update(alb, listener, ca_enabled=False)
    controller.settle(listener)

    assert client_authentication(alb, listener) == (False, [] if lets_go else [ca])
    request = models.ListListenerCertificatesRequest(listener_id=listener, certificate_type="Ca")
    assert len(alb.list_listener_certificates(request).body.certificates) == (not lets_go)
    with contextlib.nullcontext() if lets_go else refused("OperationDenied.CertificateInUse"):
        cas.delete(ca)
