"""What the ALB client makes of answers that are known."""

from collections.abc import Mapping
from typing import Any

import pytest

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.errors import AccessDenied, DeadlinePassed, NotFound, RequestRejected
from tests.helpers.scripted_transport import Answer, ScriptedTransport, error

ALB = "alb-abc"
CA = "1ed65580-7e33-6a50-8630-dd13fdc009ee"


def attribute(listener_id: str, **more: Any) -> dict[str, Any]:
    return {
        "ListenerId": listener_id,
        "LoadBalancerId": ALB,
        "ListenerPort": 443,
        "ListenerProtocol": "HTTPS",
        "ListenerStatus": "Running",
        "SecurityPolicyId": "tls_cipher_policy_1_2",
        **more,
    }


def serving(transport: ScriptedTransport, *listeners: dict[str, Any]) -> None:
    """Let the ALB have these listeners, each as GetListenerAttribute returns it."""
    attributes = {one["ListenerId"]: one for one in listeners}

    def listing(query: Mapping[str, str]) -> Mapping[str, Any]:
        protocol = query.get("ListenerProtocol")
        return {"Listeners": [one for one in listeners if protocol in {None, one["ListenerProtocol"]}]}

    def get(query: Mapping[str, str]) -> Answer | Mapping[str, Any]:
        return attributes.get(query["ListenerId"]) or error(404, "ResourceNotFound.Listener")

    transport.always("ListListeners", listing)
    transport.always("GetListenerAttribute", get)


def test_a_load_balancer_has_its_edition(alb: AlbClient, transport: ScriptedTransport) -> None:
    answer = {"LoadBalancerId": ALB, "LoadBalancerEdition": "Standard", "DNSName": "alb-abc.example"}
    transport.queue("GetLoadBalancerAttribute", answer)
    found = alb.load_balancer(ALB)
    assert (found.edition, found.dns_name) == ("Standard", "alb-abc.example")


def test_an_edition_that_the_api_does_not_name_is_empty(alb: AlbClient, transport: ScriptedTransport) -> None:
    transport.queue("GetLoadBalancerAttribute", {"LoadBalancerId": ALB})
    assert alb.load_balancer(ALB).edition == ""


def test_an_unknown_load_balancer_is_reported_by_name(alb: AlbClient, transport: ScriptedTransport) -> None:
    transport.queue("GetLoadBalancerAttribute", error(404, "ResourceNotFound.LoadBalancer"))
    with pytest.raises(NotFound, match=r"load balancer alb-abc.*the region"):
        alb.load_balancer(ALB)


def test_a_listener_is_found_by_port_and_protocol_together(alb: AlbClient, transport: ScriptedTransport) -> None:
    serving(
        transport,
        attribute("quic", ListenerProtocol="QUIC"),
        attribute("other", ListenerPort=8443),
        attribute("https", CaEnabled=True, CaCertificates=[{"CertificateId": CA}]),
    )
    found = alb.listener(ALB, port=443, protocol="https")
    assert found is not None
    assert (found.listener_id, found.ca_enabled, found.ca_identifiers) == ("https", True, (CA,))
    assert transport.sent[0].query["LoadBalancerIds.1"] == ALB


def test_a_listener_has_what_the_answer_names_under_the_keys_of_an_albconfig_and_nothing_else(
    alb: AlbClient, transport: ScriptedTransport
) -> None:
    named = {
        "ListenerDescription": "shop",
        "IdleTimeout": 60,
        "GzipEnabled": False,
        "SecurityPolicyId": "",
        "RequestTimeout": "180",
        "XForwardedForConfig": {"XForwardedForProtoEnabled": True},
        "Certificates": [{"CertificateId": "1-cn-hangzhou"}],
    }
    several = {"Certificates": [{"CertificateId": "1-cn-hangzhou"}, {"CertificateId": "2-cn-hangzhou"}]}
    bare, many = attribute("bare", ListenerPort=8443), attribute("many", ListenerPort=9443, **several)
    serving(transport, attribute("https", **named), bare, many)
    [listed, *others] = alb.listeners(ALB)
    assert listed.fields["xForwardedForConfig"] == {"XForwardedForProtoEnabled": True}
    assert {**listed.fields, "xForwardedForConfig": None} == {
        "description": "shop",
        "idleTimeout": 60,
        "gzipEnabled": False,
        "xForwardedForConfig": None,
    }
    whole = alb.details(listed)
    assert whole is not None
    assert (whole.fields, whole.server_certificate) == (listed.fields, "1-cn-hangzhou")
    for one in others:
        without = alb.details(one)
        assert without is not None
        assert without.server_certificate is None
    transport.queue("GetListenerAttribute", error(404, "ResourceNotFound.Listener"))
    assert alb.details(listed) is None


def test_a_listener_that_is_not_there_is_none(alb: AlbClient, transport: ScriptedTransport) -> None:
    serving(transport, attribute("http", ListenerPort=443, ListenerProtocol="HTTP"))
    assert alb.listener(ALB, port=443, protocol="HTTPS") is None


def test_a_listener_removed_after_it_was_listed_is_none(alb: AlbClient, transport: ScriptedTransport) -> None:
    serving(transport, attribute("https"))
    transport.queue("GetListenerAttribute", error(404, "ResourceNotFound.Listener"))
    assert alb.listener(ALB, port=443, protocol="HTTPS") is None


def test_the_listeners_of_every_page_come_sorted(alb: AlbClient, transport: ScriptedTransport) -> None:
    first = {"Listeners": [attribute("b", ListenerPort=8443)], "NextToken": "more"}
    transport.queue("ListListeners", first, {"Listeners": [attribute("a", ListenerPort=80)]})
    assert [one.listener_id for one in alb.listeners(ALB)] == ["a", "b"]
    assert transport.sent[1].query["NextToken"] == "more"


@pytest.mark.parametrize(("enabled", "expected"), [(True, "lsn-quic"), (False, None)])
def test_the_quic_listener_is_returned_only_while_it_is_announced(
    alb: AlbClient, transport: ScriptedTransport, *, enabled: bool, expected: str | None
) -> None:
    serving(
        transport,
        attribute("https", QuicConfig={"QuicListenerId": "lsn-quic", "QuicUpgradeEnabled": enabled}),
    )
    assert alb.listeners(ALB)[0].quic_listener_id == expected


def test_a_change_of_the_listener_is_waited_for(alb: AlbClient, transport: ScriptedTransport) -> None:
    serving(transport, attribute("https", CaEnabled=True))
    before = attribute("https", CaEnabled=False)
    transport.queue("GetListenerAttribute", before, {**before, "ListenerStatus": "Configuring"})
    found = alb.wait_for(
        ALB, port=443, protocol="HTTPS", until=lambda one: one.ca_enabled, describe="ask", deadline_seconds=10
    )
    assert found.ca_enabled
    assert transport.count("GetListenerAttribute") == 3
    assert transport.count("ListListeners") == 1


def test_a_listener_that_was_made_again_meanwhile_is_waited_for_under_its_new_id(
    alb: AlbClient, transport: ScriptedTransport
) -> None:
    serving(transport, attribute("new", CaEnabled=True))
    transport.queue("ListListeners", {"Listeners": [attribute("old")]})
    transport.queue("GetListenerAttribute", attribute("old"), error(404, "ResourceNotFound.Listener"))
    found = alb.wait_for(
        ALB, port=443, protocol="HTTPS", until=lambda one: one.ca_enabled, describe="ask", deadline_seconds=10
    )
    assert found.listener_id == "new"


def test_a_change_that_does_not_come_is_reported_with_the_last_state(
    alb: AlbClient, transport: ScriptedTransport
) -> None:
    serving(transport, attribute("https", ListenerStatus="Configuring", CaCertificates=[{"CertificateId": CA}]))
    with pytest.raises(DeadlinePassed) as caught:
        alb.wait_for(
            ALB,
            port=443,
            protocol="HTTPS",
            until=lambda one: one.ca_enabled,
            describe="request client certificates",
            deadline_seconds=10,
        )
    assert "443/HTTPS of load balancer alb-abc did not request client certificates within 10 s" in str(caught.value)
    assert f"status Configuring, client authentication off, CA {CA}" in str(caught.value)


def test_a_listener_that_never_appears_is_reported_as_missing(alb: AlbClient, transport: ScriptedTransport) -> None:
    serving(transport)
    with pytest.raises(DeadlinePassed, match="the ALB has no such listener"):
        alb.wait_for(ALB, port=443, protocol="HTTPS", until=lambda _: True, describe="exist", deadline_seconds=1)


def test_every_listener_that_refers_to_a_ca_is_bound_switched_on_or_not(
    alb: AlbClient, transport: ScriptedTransport
) -> None:
    serving(
        transport,
        attribute("on", CaEnabled=True, CaCertificates=[{"CertificateId": f"{CA}-ap-southeast-1"}]),
        attribute("off", CaEnabled=False, CaCertificates=[{"CertificateId": CA}], LoadBalancerId="alb-other"),
        attribute("elsewhere", CaEnabled=True, CaCertificates=[{"CertificateId": "0e40dda998174723"}]),
        attribute("none"),
        attribute("http", ListenerProtocol="HTTP"),
    )
    found = {one.listener_id: one for one in alb.bound_listeners(CA)}
    assert {name: one.ca_enabled for name, one in found.items()} == {"on": True, "off": False}
    assert found["off"].load_balancer_id == "alb-other"


@pytest.mark.parametrize(
    "none", [{}, {"CaCertificates": None}, {"CaCertificates": []}], ids=["absent", "null", "empty"]
)
def test_no_ca_is_read_alike_however_it_is_written_and_with_certificates_requested_it_is_not_named(
    alb: AlbClient, transport: ScriptedTransport, none: dict[str, Any]
) -> None:
    later = {"AdvancedConfig": {"Mode": "Unknown"}, "Tags": [None]}
    on, off = attribute("on", CaEnabled=True, **none, **later), attribute("off", ListenerPort=8443, **none, **later)
    serving(transport, on, off)
    shown = [alb.listener(ALB, port=port, protocol="HTTPS") for port in (443, 8443)]
    assert [(one.ca_enabled, one.ca_identifiers, one.hides_ca) for one in shown if one is not None] == [
        (True, (), True),
        (False, (), False),
    ]
    assert [one.summary for one in shown if one is not None] == [
        "status Running, client authentication on, CA not named by the ALB API",
        "status Running, client authentication off, CA none",
    ]
    assert [(one.listener_id, one.hides_ca) for one in alb.bound_listeners(CA)] == [("on", True)]


@pytest.mark.parametrize(
    ("written", "is_on"), [(None, False), ("false", False), ("False", False), ("true", True), (True, True)], ids=repr
)
def test_whether_certificates_are_requested_is_read_from_a_text_too(
    alb: AlbClient, transport: ScriptedTransport, written: object, *, is_on: bool
) -> None:
    serving(transport, attribute("lsn", CaEnabled=written, CaCertificates=[None, {}, {"CertificateId": CA}]))
    shown = alb.listener(ALB, port=443, protocol="HTTPS")
    assert shown is not None
    assert (shown.ca_enabled, shown.ca_identifiers) == (is_on, (CA,))


@pytest.mark.parametrize("written", ["on", 1, {}, []], ids=repr)
def test_what_says_neither_is_not_guessed(alb: AlbClient, transport: ScriptedTransport, written: object) -> None:
    serving(transport, attribute("lsn", CaEnabled=written))
    with pytest.raises(RequestRejected, match="GetListenerAttribute was answered with an entry of an unknown shape"):
        alb.listener(ALB, port=443, protocol="HTTPS")


def test_listeners_of_unknown_protocols_and_statuses_are_listed_with_the_others(
    alb: AlbClient, transport: ScriptedTransport
) -> None:
    odd = attribute("odd", ListenerPort=8443, ListenerProtocol="TCPSSL", ListenerStatus="Rearranging", Mode=[None])
    serving(transport, attribute("https", ListenerStatus="Rearranging"), odd)
    assert [(one.label, one.status) for one in alb.listeners(ALB)] == [
        ("443/HTTPS", "Rearranging"),
        ("8443/TCPSSL", "Rearranging"),
    ]


def test_a_ca_that_no_listener_refers_to_is_not_bound(alb: AlbClient, transport: ScriptedTransport) -> None:
    serving(transport, attribute("none"))
    assert alb.bound_listeners(CA) == []


def test_a_missing_permission_is_named_after_this_api(alb: AlbClient, transport: ScriptedTransport) -> None:
    transport.queue("ListListeners", error(403, "Forbidden.RAM"))
    with pytest.raises(AccessDenied) as caught:
        alb.bound_listeners(CA)
    assert caught.value.action == "alb:ListListeners"
