"""Which Ingresses count for an AlbConfig, and what their mistakes leave standing."""

from typing import Any

from lab.controller.plan import plan
from lab.controller.state import ClusterState
from lab.dataplane import Route

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


def _class(name: str, albconfig: str) -> dict[str, Any]:
    parameters = {"kind": "AlbConfig", "name": albconfig}
    spec = {"controller": "ingress.k8s.alibabacloud/alb", "parameters": parameters}
    return {"metadata": {"name": name}, "spec": spec}


def _ingress(name: str, *, ingress_class: str, port: int = 443, service: str = "service") -> dict[str, Any]:
    ports = f'[{{"HTTPS": {port}}}]'
    metadata = {"name": name, "namespace": "default", "annotations": {"alb.ingress.kubernetes.io/listen-ports": ports}}
    backend = {"service": {"name": service}}
    rule = {"host": f"{name}.example", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    return {"metadata": metadata, "spec": {"ingressClassName": ingress_class, "rules": [rule]}}


def _state(*ingresses: dict[str, Any]) -> ClusterState:
    return ClusterState(
        albconfigs={("", "alb"): ALBCONFIG},
        ingress_classes={("", "alb"): _class("alb", "alb"), ("", "other"): _class("other", "other")},
        ingresses={("default", each["metadata"]["name"]): each for each in ingresses},
        services={("default", "service"): {}},
    )


def test_the_ingresses_of_the_albconfigs_class_are_routed() -> None:
    planned = plan(ALBCONFIG, _state(_ingress("one", ingress_class="alb")), case_sensitive=True)
    assert planned.routes["443/HTTPS"] == (Route(host="one.example"),)


def test_the_ingresses_of_another_class_are_not() -> None:
    planned = plan(ALBCONFIG, _state(_ingress("one", ingress_class="other")), case_sensitive=True)
    assert planned.routes["443/HTTPS"] == ()
    assert planned.ingresses == []


def test_a_quic_listener_forwards_what_the_https_listener_on_its_port_forwards() -> None:
    planned = plan(ALBCONFIG, _state(_ingress("one", ingress_class="alb")), case_sensitive=True)
    assert planned.routes["443/QUIC"] == planned.routes["443/HTTPS"]


def test_an_ingress_without_its_service_is_left_out_and_the_others_stand() -> None:
    broken = _ingress("broken", ingress_class="alb", service="missing")
    planned = plan(ALBCONFIG, _state(broken, _ingress("one", ingress_class="alb")), case_sensitive=True)
    assert planned.mistakes == [(broken, 'services "missing" not found')]
    assert planned.routes["443/HTTPS"] == (Route(host="one.example"),)


def test_an_ingress_for_a_listener_that_is_not_there_is_reported_in_the_controllers_words() -> None:
    broken = _ingress("broken", ingress_class="alb", port=8443)
    planned = plan(ALBCONFIG, _state(broken), case_sensitive=True)
    assert planned.mistakes == [(broken, "listener is not exist in alb, port: 8443, protocol: HTTPS")]
