"""What the ALB API tells: load balancers, listeners and their certificates, page by page."""

from typing import Any

import pytest
from alibabacloud_alb20200616 import models
from alibabacloud_alb20200616.client import Client as AlbClient
from alibabacloud_tea_openapi.client import Client as OpenApiClient
from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

from lab.behaviour import NoCa, Zone
from tests.helpers.certificates import ClientCredential
from tests.helpers.cloud_listeners import Controller, listener_attribute
from tests.helpers.cloud_sdk import SERVER_CERTIFICATE, CasUser, pem, refused
from tests.helpers.simulated_cloud import SimulatedCloud


def list_listeners(alb: AlbClient, **conditions: Any) -> Any:
    return alb.list_listeners(models.ListListenersRequest(**conditions)).body


def list_certificates(alb: AlbClient, listener_id: str, **conditions: Any) -> list[Any]:
    request = models.ListListenerCertificatesRequest(listener_id=listener_id, **conditions)
    found: list[Any] = alb.list_listener_certificates(request).body.certificates
    return found


@pytest.mark.parametrize("edition", ["Basic", "Standard", "StandardWithWaf"])
def test_a_load_balancer_has_its_edition_status_and_dns_name(
    alb: AlbClient, controller: Controller, edition: Any
) -> None:
    identifier = controller.load_balancer(edition)

    body = alb.get_load_balancer_attribute(models.GetLoadBalancerAttributeRequest(load_balancer_id=identifier)).body

    assert (body.load_balancer_edition, body.load_balancer_status) == (edition, "Active")
    assert body.dnsname.startswith(identifier)
    assert body.dnsname.endswith(".alb.aliyuncsslbintl.com")


def test_on_the_mainland_dns_names_end_in_another_domain(
    simulated: SimulatedCloud, alb: AlbClient, controller: Controller
) -> None:
    identifier = controller.load_balancer()
    simulated.cloud.behaviour.zone = Zone.CHINA

    body = alb.get_load_balancer_attribute(models.GetLoadBalancerAttributeRequest(load_balancer_id=identifier)).body

    assert body.dnsname.endswith(".alb.aliyuncs.com")


def test_a_load_balancer_that_is_not_there_is_not_found(alb: AlbClient) -> None:
    with refused("ResourceNotFound.LoadBalancer") as refusal:
        alb.get_load_balancer_attribute(models.GetLoadBalancerAttributeRequest(load_balancer_id="alb-nowhere"))
    assert refusal.status == 404


def test_load_balancers_are_listed_by_id_and_by_name(alb: AlbClient, controller: Controller) -> None:
    first, second = controller.load_balancer(name="first"), controller.load_balancer(name="second")

    def listed(**conditions: Any) -> list[str]:
        body = alb.list_load_balancers(models.ListLoadBalancersRequest(**conditions)).body
        return [one.load_balancer_id for one in body.load_balancers]

    assert listed() == [first, second]
    assert listed(load_balancer_ids=[second]) == [second]
    assert listed(load_balancer_names=["first"]) == [first]
    assert listed(load_balancer_names=["fir"]) == []


def test_listeners_are_listed_by_load_balancer_id_and_protocol_without_anything_about_cas(
    alb: AlbClient, controller: Controller
) -> None:
    first, second = controller.load_balancer(), controller.load_balancer()
    https = controller.listener(first)
    http = controller.listener(first, port=80, protocol="HTTP")
    controller.listener(second)

    body = list_listeners(alb, load_balancer_ids=[first])

    assert [one.listener_id for one in body.listeners] == [https, http]
    assert "Ca" not in "".join(body.listeners[0].to_map())
    only_http = list_listeners(alb, load_balancer_ids=[first], listener_protocol="HTTP")
    assert [one.listener_id for one in only_http.listeners] == [http]
    assert [one.listener_id for one in list_listeners(alb, listener_ids=[https]).listeners] == [https]


def test_pages_hold_every_listener_once_and_the_last_has_no_token(alb: AlbClient, controller: Controller) -> None:
    load_balancer = controller.load_balancer()
    made = [controller.listener(load_balancer, port=port) for port in (443, 444, 445)]

    first = list_listeners(alb, max_results=2)
    second = list_listeners(alb, max_results=2, next_token=first.next_token)

    assert [one.listener_id for one in (*first.listeners, *second.listeners)] == made
    assert (first.total_count, second.next_token) == (3, None)


@pytest.mark.parametrize("size", [0, 101])
def test_pages_have_1_to_100_entries(alb: AlbClient, size: int) -> None:
    with refused("InvalidParameter"):
        list_listeners(alb, max_results=size)


def test_a_listener_that_is_not_there_is_not_found(alb: AlbClient) -> None:
    with refused("ResourceNotFound.Listener"):
        listener_attribute(alb, "lsn-nowhere")
    with refused("ResourceNotFound.Listener"):
        list_certificates(alb, "lsn-nowhere")


def test_a_listener_is_returned_with_all_its_attributes(
    alb: AlbClient, cas: CasUser, controller: Controller, number: int, root: ClientCredential
) -> None:
    ca = cas.upload(pem(root), number)
    headers = {"XForwardedForClientCertSubjectDNEnabled": True, "XForwardedForClientCertSubjectDNAlias": "dn"}
    listener = controller.listener(
        controller.load_balancer(),
        ca_enabled=True,
        ca_certificate_ids=[ca],
        security_policy_id="tls_cipher_policy_1_2",
        x_forwarded_for=headers,
        request_timeout=30,
        description="ours",
    )

    body = listener_attribute(alb, listener)

    assert (body.ca_enabled, [one.to_map() for one in body.ca_certificates]) == (
        True,
        [{"CertificateId": ca, "IsDefault": True, "Status": "Associated"}],
    )
    assert [one.certificate_id for one in body.certificates] == [SERVER_CERTIFICATE]
    assert (body.listener_port, body.listener_protocol, body.listener_status) == (443, "HTTPS", "Running")
    assert (body.security_policy_id, body.request_timeout) == ("tls_cipher_policy_1_2", 30)
    assert body.listener_description == "ours"
    assert body.xforwarded_for_config.to_map() == headers
    assert body.quic_config.quic_upgrade_enabled is False


def test_certificates_of_a_listener_are_listed_by_type(
    alb: AlbClient, cas: CasUser, controller: Controller, number: int, root: ClientCredential
) -> None:
    ca = cas.upload(pem(root), number)
    listener = controller.listener(controller.load_balancer(), ca_enabled=True, ca_certificate_ids=[ca])

    assert [one.certificate_id for one in list_certificates(alb, listener)] == [SERVER_CERTIFICATE]
    (listed,) = list_certificates(alb, listener, certificate_type="Ca")
    assert (listed.certificate_id, listed.certificate_type, listed.status) == (ca, "Ca", "Associated")
    assert list_certificates(alb, listener, certificate_type="Ca", certificate_ids=["other"]) == []
    with refused("InvalidParameter"):
        list_certificates(alb, listener, certificate_type="Root")


def test_the_identifier_of_a_ca_may_come_back_with_a_suffix(
    simulated: SimulatedCloud,
    alb: AlbClient,
    cas: CasUser,
    controller: Controller,
    number: int,
    root: ClientCredential,
) -> None:
    ca = cas.upload(pem(root), number)
    listener = controller.listener(controller.load_balancer(), ca_enabled=True, ca_certificate_ids=[ca])

    simulated.cloud.behaviour.ca_identifier_suffix = "-ap-southeast-1"

    given_back = f"{ca}-ap-southeast-1"
    assert [one.certificate_id for one in listener_attribute(alb, listener).ca_certificates] == [given_back]
    (listed,) = list_certificates(alb, listener, certificate_type="Ca")
    assert listed.certificate_id == given_back


def raw(simulated: SimulatedCloud, action: str, **query: str) -> dict[str, Any]:
    """Return an answer as it is on the wire; the models of the SDK drop what they do not know."""
    client = OpenApiClient(
        Config(
            access_key_id=simulated.credentials.access_key_id,
            access_key_secret=simulated.credentials.access_key_secret,
            endpoint=simulated.alb,
            protocol="http",
        )
    )
    api = Params(
        action=action,
        version="2020-06-16",
        protocol="HTTPS",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    answer: dict[str, Any] = client.call_api(api, OpenApiRequest(query=query), RuntimeOptions())["body"]
    return answer


@pytest.mark.parametrize(("no_ca", "expected"), [(NoCa.ABSENT, "absent"), (NoCa.NULL, None), (NoCa.EMPTY, [])])
def test_a_listener_without_a_ca_has_the_member_not_or_null_or_empty(
    simulated: SimulatedCloud, alb: AlbClient, listener: str, no_ca: NoCa, expected: Any
) -> None:
    simulated.cloud.behaviour.no_ca = no_ca

    assert raw(simulated, "GetListenerAttribute", ListenerId=listener).get("CaCertificates", "absent") == expected
    assert listener_attribute(alb, listener).ca_certificates == [], "the SDK makes no difference"


def test_the_ca_of_a_listener_is_left_out_where_that_is_switched(
    simulated: SimulatedCloud, cas: CasUser, controller: Controller, number: int, root: ClientCredential
) -> None:
    ca = cas.upload(pem(root), number)
    listener = controller.listener(controller.load_balancer(), ca_enabled=True, ca_certificate_ids=[ca])
    simulated.cloud.behaviour.ca_named = False

    answer = raw(simulated, "GetListenerAttribute", ListenerId=listener)

    assert answer["CaEnabled"] is True
    assert "CaCertificates" not in answer


@pytest.mark.parametrize("unknown", [True, False])
def test_every_object_of_an_answer_has_a_member_that_the_sdk_does_not_know_or_none_has(
    simulated: SimulatedCloud, alb: AlbClient, listener: str, *, unknown: bool
) -> None:
    simulated.cloud.behaviour.unknown_members = unknown

    answers = [raw(simulated, "ListListeners"), raw(simulated, "GetListenerAttribute", ListenerId=listener)]

    objects = [*answers, answers[0]["Listeners"][0], answers[1]["QuicConfig"], answers[1]["Certificates"][0]]
    assert {"MemberOfALaterVersion" in one for one in objects} == {unknown}
    assert list_listeners(alb).listeners[0].listener_id == listener


@pytest.mark.parametrize(("unknown", "expected"), [(True, "Rearranging"), (False, "Configuring")])
def test_a_listener_that_is_being_changed_has_a_status_of_the_documents_or_another_one(
    simulated: SimulatedCloud, alb: AlbClient, controller: Controller, *, unknown: bool, expected: str
) -> None:
    simulated.cloud.behaviour.unknown_statuses = unknown
    listener = controller.listener(controller.load_balancer(), settled=False)

    statuses = [listener_attribute(alb, listener).listener_status, list_listeners(alb).listeners[0].listener_status]
    controller.settle(listener)

    assert statuses == [expected, expected]
    assert listener_attribute(alb, listener).listener_status == "Running"
