"""Which Ingresses count for an AlbConfig, and what their mistakes leave standing."""

from typing import Any

from lab.controller.plan import plan
from lab.controller.state import ClusterState
from lab.dataplane import Route
from tests.helpers.ingresses import Object, ingress, ingress_class

_CERTIFICATES = [{"CertificateId": "1-cn-hangzhou", "IsDefault": True}]
ALBCONFIG: dict[str, Any] = {
    "metadata": {"name": "alb", "uid": "1"},
    "spec": {
        "listeners": [
            {"port": 443, "protocol": "HTTPS", "certificates": _CERTIFICATES},
            {"port": 443, "protocol": "QUIC", "certificates": _CERTIFICATES},
        ]
    },
}


def _ingress(name: str, *, ingress_class: str = "alb", port: int = 443, service: str = "demo") -> Object:
    ports = f'[{{"HTTPS": {port}}}]'
    return ingress(f"{name}.example", name=name, service=service, ports=ports, cls=ingress_class)


def _state(*ingresses: dict[str, Any]) -> ClusterState:
    return ClusterState(
        albconfigs={("", "alb"): ALBCONFIG},
        ingress_classes={("", "alb"): ingress_class(), ("", "other"): ingress_class("other", albconfig="other")},
        ingresses={("default", each["metadata"]["name"]): each for each in ingresses},
        services={("default", "demo"): {}},
    )


def test_the_ingresses_of_the_albconfigs_class_are_routed() -> None:
    planned = plan(ALBCONFIG, _state(_ingress("one")), case_sensitive=True)
    assert planned.routes["443/HTTPS"] == (Route(host="one.example"),)


def test_the_ingresses_of_another_class_are_not() -> None:
    planned = plan(ALBCONFIG, _state(_ingress("one", ingress_class="other")), case_sensitive=True)
    assert planned.routes["443/HTTPS"] == ()
    assert planned.ingresses == []


def test_a_quic_listener_forwards_what_the_https_listener_on_its_port_forwards() -> None:
    planned = plan(ALBCONFIG, _state(_ingress("one")), case_sensitive=True)
    assert planned.routes["443/QUIC"] == planned.routes["443/HTTPS"]


def test_an_ingress_without_its_service_is_left_out_and_the_others_stand() -> None:
    broken = _ingress("broken", service="missing")
    planned = plan(ALBCONFIG, _state(broken, _ingress("one")), case_sensitive=True)
    assert planned.mistakes == [(broken, 'services "missing" not found')]
    assert planned.routes["443/HTTPS"] == (Route(host="one.example"),)


def test_an_ingress_for_a_listener_that_is_not_there_is_reported_in_the_controllers_words() -> None:
    broken = _ingress("broken", port=8443)
    planned = plan(ALBCONFIG, _state(broken), case_sensitive=True)
    assert planned.mistakes == [(broken, "listener is not exist in alb, port: 8443, protocol: HTTPS")]
