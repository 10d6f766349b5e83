"""How a listener is changed: who may, what it can become, and through which states it goes."""

from typing import Any

import pytest
from alibabacloud_alb20200616 import models
from alibabacloud_alb20200616.client import Client as AlbClient

from lab.cloud import CloudFault
from tests.helpers.cloud_listeners import Controller, listener_attribute, update
from tests.helpers.cloud_sdk import refused
from tests.helpers.simulated_cloud import SimulatedCloud


def test_edits_of_a_listener_that_the_controller_owns_are_rejected(
    simulated: SimulatedCloud, alb: AlbClient, listener: str
) -> None:
    simulated.cloud.behaviour.listener_edits_rejected = True

    with refused("OperationDenied.ServiceManagedResource"):
        update(alb, listener, request_timeout=30)

    assert listener_attribute(alb, listener).request_timeout == 60


def test_a_changed_listener_is_configuring_and_is_not_changed_again_until_the_data_plane_has_it(
    alb: AlbClient, controller: Controller, listener: str
) -> None:
    update(alb, listener, request_timeout=30)
    assert listener_attribute(alb, listener).listener_status == "Configuring"
    with refused("IncorrectStatus.Listener"):
        update(alb, listener, request_timeout=31)

    controller.settle(listener)
    body = listener_attribute(alb, listener)
    assert (body.listener_status, body.request_timeout) == ("Running", 30)
    update(alb, listener, request_timeout=31)


def test_what_the_data_plane_had_before_does_not_settle_a_change(
    simulated: SimulatedCloud, alb: AlbClient, listener: str
) -> None:
    before = simulated.run(lambda: simulated.cloud.alb.listener(listener).revision)
    update(alb, listener, request_timeout=30)

    simulated.run(lambda: simulated.cloud.alb.settle(listener, before))

    assert listener_attribute(alb, listener).listener_status == "Configuring"


def test_a_dry_run_passes_or_fails_as_the_change_would_and_changes_nothing(alb: AlbClient, listener: str) -> None:
    with refused("DryRunOperation"):
        update(alb, listener, request_timeout=30, dry_run=True)
    with refused("IllegalParam.RequestTimeout"):
        update(alb, listener, request_timeout=601, dry_run=True)

    body = listener_attribute(alb, listener)
    assert (body.listener_status, body.request_timeout) == ("Running", 60)


def test_a_client_token_makes_a_change_once_and_is_not_taken_for_another(
    simulated: SimulatedCloud, alb: AlbClient, controller: Controller, listener: str
) -> None:
    first = update(alb, listener, request_timeout=30, client_token="once")
    controller.settle(listener)

    again = update(alb, listener, request_timeout=30, client_token="once")

    assert again.job_id == first.job_id
    assert listener_attribute(alb, listener).listener_status == "Running"
    changed, repeated = simulated.effects("UpdateListenerAttribute")
    assert (changed.startswith("changed listener"), repeated) == (True, "")
    with refused("IdempotenceSignatureMismatch"):
        update(alb, listener, request_timeout=31, client_token="once")


@pytest.mark.parametrize("token", ["t" * 65, "tökén"])
def test_a_client_token_is_short_ascii(alb: AlbClient, listener: str, token: str) -> None:
    with refused("InvalidParameter"):
        update(alb, listener, request_timeout=30, client_token=token)


@pytest.mark.parametrize("name", ["request_timeout", "idle_timeout"])
@pytest.mark.parametrize(("seconds", "taken"), [(1, True), (600, True), (601, False)])
def test_timeouts_have_bounds(alb: AlbClient, listener: str, name: str, seconds: int, taken: bool) -> None:
    if taken:
        update(alb, listener, **{name: seconds})
        return
    with refused(f"IllegalParam.{name.title().replace('_', '')}"):
        update(alb, listener, **{name: seconds})


@pytest.mark.parametrize(("alias", "taken"), [("x-client_dn1", True), ("DN", False), ("n" * 41, False)])
def test_names_of_client_certificate_headers_have_bounds(
    alb: AlbClient, listener: str, alias: str, taken: bool
) -> None:
    config = models.UpdateListenerAttributeRequestXForwardedForConfig(
        xforwarded_for_client_cert_subject_dnenabled=True,
        xforwarded_for_client_cert_subject_dnalias=alias,
    )
    if taken:
        update(alb, listener, xforwarded_for_config=config)
        given_back = listener_attribute(alb, listener).xforwarded_for_config
        assert given_back.xforwarded_for_client_cert_subject_dnenabled is True
        return
    with refused("IllegalParam.XForwardedForClientCertSubjectDNAlias"):
        update(alb, listener, xforwarded_for_config=config)


def test_an_http_listener_passes_on_nothing_about_client_certificates(alb: AlbClient, controller: Controller) -> None:
    http = controller.listener(controller.load_balancer(), port=80, protocol="HTTP")
    config = models.UpdateListenerAttributeRequestXForwardedForConfig

    update(alb, http, xforwarded_for_config=config(xforwarded_for_proto_enabled=True))
    controller.settle(http)
    with refused("IllegalParam.XForwardedForClientCertSubjectDNEnabled"):
        update(alb, http, xforwarded_for_config=config(xforwarded_for_client_cert_subject_dnenabled=True))


def test_a_quic_upgrade_names_a_quic_listener_of_the_same_load_balancer(alb: AlbClient, controller: Controller) -> None:
    ours, other = controller.load_balancer(), controller.load_balancer()
    https = controller.listener(ours)
    config = models.UpdateListenerAttributeRequestQuicConfig
    quic = controller.listener(ours, protocol="QUIC")
    elsewhere = controller.listener(other, protocol="QUIC")

    for wrong in (elsewhere, https, None):
        with refused("IllegalParam.QuicConfig"):
            update(alb, https, quic_config=config(quic_listener_id=wrong, quic_upgrade_enabled=True))
    update(alb, https, quic_config=config(quic_listener_id=quic, quic_upgrade_enabled=True))

    assert listener_attribute(alb, https).quic_config.quic_listener_id == quic


def test_server_certificates_have_to_be_there(alb: AlbClient, listener: str) -> None:
    unknown = [models.UpdateListenerAttributeRequestCertificates(certificate_id="999-cn-hangzhou")]

    with refused("ResourceNotFound.Certificate"):
        update(alb, listener, certificates=unknown)


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"protocol": "HTTPS", "certificate_ids": []}, "MissingCertificates"),
        ({"protocol": "QUIC", "certificate_ids": []}, "MissingCertificates"),
        ({"protocol": "HTTP", "certificate_ids": ["12345678-cn-hangzhou"]}, "IllegalParam.Certificates"),
        ({"protocol": "TCP"}, "IllegalParam.ListenerProtocol"),
        ({"port": 0}, "IllegalParam.ListenerPort"),
        ({"port": 65536}, "IllegalParam.ListenerPort"),
    ],
)
def test_listeners_that_cannot_be_are_not_made(controller: Controller, attributes: dict[str, Any], code: str) -> None:
    with pytest.raises(CloudFault) as caught:
        controller.listener(controller.load_balancer(), **attributes)
    assert caught.value.code == code


def test_a_port_is_taken_once_over_tcp_and_once_over_udp(controller: Controller) -> None:
    load_balancer = controller.load_balancer()
    controller.listener(load_balancer)
    controller.listener(load_balancer, protocol="QUIC")
    controller.listener(controller.load_balancer())

    for protocol in ("HTTP", "HTTPS", "QUIC"):
        with pytest.raises(CloudFault) as caught:
            controller.listener(load_balancer, protocol=protocol)
        assert caught.value.code == "Conflict.Port"


def test_subscribers_hear_of_every_change_but_not_of_settling(
    simulated: SimulatedCloud, alb: AlbClient, controller: Controller
) -> None:
    heard: list[str] = []
    simulated.run(lambda: simulated.cloud.alb.subscribe(lambda: heard.append("change")))

    listener = controller.listener(controller.load_balancer())
    assert len(heard) == 1
    update(alb, listener, request_timeout=30)
    assert len(heard) == 2
    controller.settle(listener)
    assert len(heard) == 2
    simulated.run(lambda: simulated.cloud.alb.delete_listener(listener))
    assert len(heard) == 3


def test_a_deleted_listener_is_gone_and_settling_it_does_nothing(
    simulated: SimulatedCloud, alb: AlbClient, listener: str
) -> None:
    simulated.run(lambda: simulated.cloud.alb.delete_listener(listener))
    simulated.run(lambda: simulated.cloud.alb.settle(listener, 1))

    with refused("ResourceNotFound.Listener"):
        listener_attribute(alb, listener)


def test_a_listener_that_was_handed_out_is_a_copy(simulated: SimulatedCloud, listener: str) -> None:
    handed_out = simulated.run(lambda: simulated.cloud.alb.listener(listener))
    handed_out.certificate_ids.clear()

    assert simulated.run(lambda: simulated.cloud.alb.listener(listener)).certificate_ids
