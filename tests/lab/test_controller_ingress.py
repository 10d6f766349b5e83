"""What the controller makes of Ingresses: rules on listeners, addresses, and events about mistakes."""

from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes.client import CoreV1Api, NetworkingV1Api
from kubernetes.client.exceptions import ApiException

from tests.helpers.controller_events import forget_events, has_event
from tests.helpers.lab import LabHandle, wait_until
from tests.helpers.tls_clients import curl

NAME = "shop"
HOST = "shop.alb.ingress.top"


@pytest.fixture
def api(lab: LabHandle) -> Iterator[NetworkingV1Api]:
    """The API of Ingresses; the test's own one is removed at the end."""
    forget_events(lab)
    networking = NetworkingV1Api(lab.admin)
    yield networking
    try:
        networking.delete_namespaced_ingress(NAME, "default")
    except ApiException as error:
        assert error.status == 404, error  # noqa: PT017  # gone already is as good


def _ingress(*, annotations: dict[str, str], service: str = "https-service") -> dict[str, Any]:
    backend = {"service": {"name": service, "port": {"number": 80}}}
    rule = {"host": HOST, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": NAME,
            "annotations": {f"alb.ingress.kubernetes.io/{name}": value for name, value in annotations.items()},
        },
        "spec": {"ingressClassName": "alb", "rules": [rule]},
    }


def _create(api: NetworkingV1Api, ingress: dict[str, Any]) -> None:
    api.create_namespaced_ingress("default", ingress)  # type: ignore[arg-type]  # takes plain objects as well


def _hostnames(lab: LabHandle) -> list[str]:
    found: Any = lab.custom_objects().get_namespaced_custom_object(
        "networking.k8s.io", "v1", "default", "ingresses", NAME
    )
    return [each["hostname"] for each in found["status"]["loadBalancer"].get("ingress", [])]


def _status(lab: LabHandle, key: str) -> int:
    return curl(f"http://{lab.address('alb', key)}", "--header", f"Host: {HOST}").status


def test_an_ingress_gets_the_address_of_its_load_balancer_and_is_routed(lab: LabHandle, api: NetworkingV1Api) -> None:
    assert _status(lab, "80/HTTP") == 503
    _create(api, _ingress(annotations={}))
    wait_until(lambda: _status(lab, "80/HTTP") == 200, "the host is routed")
    hostname = lab.albconfig("alb")["status"]["loadBalancer"]["dnsname"]
    wait_until(lambda: _hostnames(lab) == [hostname], "the address is written")


def test_an_ingress_that_is_gone_is_no_longer_routed(lab: LabHandle, api: NetworkingV1Api) -> None:
    _create(api, _ingress(annotations={}))
    wait_until(lambda: _status(lab, "80/HTTP") == 200, "the host is routed")
    api.delete_namespaced_ingress(NAME, "default")
    wait_until(lambda: _status(lab, "80/HTTP") == 503, "the host is not routed")


def test_with_ssl_redirect_http_answers_308(lab: LabHandle, api: NetworkingV1Api) -> None:
    _create(api, _ingress(annotations={"ssl-redirect": "true"}))
    wait_until(lambda: _status(lab, "80/HTTP") == 308, "the host is redirected")


@pytest.mark.parametrize(
    ("annotations", "service", "text"),
    [
        pytest.param({}, "missing", 'services "missing" not found', id="no such Service"),
        pytest.param(
            {"listen-ports": '[{"HTTPS": 8443}]'},
            "https-service",
            "listener is not exist in alb, port: 8443, protocol: HTTPS",
            id="no such listener",
        ),
        pytest.param(
            {"listen-ports": "443"},
            "https-service",
            "failed to parse listen-ports configuration: `443`",
            id="no list of ports",
        ),
    ],
)
def test_a_mistake_is_reported_about_the_ingress_and_the_others_stand(
    lab: LabHandle, api: NetworkingV1Api, annotations: dict[str, str], service: str, text: str
) -> None:
    _create(api, _ingress(annotations=annotations, service=service))
    wait_until(lambda: has_event(lab, NAME, "FailedBuildModel", text, kind="Ingress"), "the mistake is reported")
    wait_until(lambda: has_event(lab, "alb", "FailedBuildModel", text), "the AlbConfig has the event too")
    assert _status(lab, "80/HTTP") == 503
    others = curl(f"http://{lab.address('alb', '80/HTTP')}", "--header", "Host: demo.alb.ingress.top")
    assert others.status == 200


def test_a_service_that_comes_later_heals_the_ingress(lab: LabHandle, api: NetworkingV1Api) -> None:
    _create(api, _ingress(annotations={}, service="late"))
    wait_until(lambda: has_event(lab, NAME, "FailedBuildModel", "late", kind="Ingress"), "the mistake is reported")
    core = CoreV1Api(lab.admin)
    service: Any = {"metadata": {"name": "late"}, "spec": {"ports": [{"port": 80}]}}
    core.create_namespaced_service("default", service)
    try:
        wait_until(lambda: _status(lab, "80/HTTP") == 200, "the host is routed")
    finally:
        core.delete_namespaced_service("late", "default")
