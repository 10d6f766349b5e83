"""What the controller makes of Ingresses: rules on listeners, addresses, and events about mistakes."""

from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes.client import CoreV1Api, NetworkingV1Api
from kubernetes.client.exceptions import ApiException

from tests.helpers.controller_events import forget_events, has_event
from tests.helpers.ingresses import ingress
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


def _create(api: NetworkingV1Api, *, service: str = "https-service", **annotations: str) -> None:
    names = {f"alb.ingress.kubernetes.io/{name}": value for name, value in annotations.items()}
    made = ingress(HOST, name=NAME, service=service, ports=None, annotations=names)
    body: Any = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", **made}
    api.create_namespaced_ingress("default", body)


def _hostnames(lab: LabHandle) -> list[str]:
    found: Any = lab.custom_objects().get_namespaced_custom_object(
        "networking.k8s.io", "v1", "default", "ingresses", NAME
    )
    return [each["hostname"] for each in found["status"]["loadBalancer"].get("ingress", [])]


def _status(lab: LabHandle, key: str) -> int:
    return curl(f"http://{lab.address('alb', key)}", "--header", f"Host: {HOST}").status


def test_an_ingress_gets_the_address_of_its_load_balancer_and_is_routed_until_it_is_gone(
    lab: LabHandle, api: NetworkingV1Api
) -> None:
    assert _status(lab, "80/HTTP") == 503
    _create(api)
    wait_until(lambda: _status(lab, "80/HTTP") == 200, "the host is routed")
    hostname = lab.albconfig("alb")["status"]["loadBalancer"]["dnsname"]
    wait_until(lambda: _hostnames(lab) == [hostname], "the address is written")
    api.delete_namespaced_ingress(NAME, "default")
    wait_until(lambda: _status(lab, "80/HTTP") == 503, "the host is not routed")


def test_with_ssl_redirect_http_answers_308(lab: LabHandle, api: NetworkingV1Api) -> None:
    _create(api, **{"ssl-redirect": "true"})
    wait_until(lambda: _status(lab, "80/HTTP") == 308, "the host is redirected")


def test_a_mistake_is_reported_and_the_others_stand_until_the_missing_service_comes(
    lab: LabHandle, api: NetworkingV1Api
) -> None:
    _create(api, service="late")
    text = 'services "late" not found'
    wait_until(lambda: has_event(lab, NAME, "FailedBuildModel", text, kind="Ingress"), "the mistake is reported")
    wait_until(lambda: has_event(lab, "alb", "FailedBuildModel", text), "the AlbConfig has the event too")
    assert _status(lab, "80/HTTP") == 503
    assert curl(f"http://{lab.address('alb', '80/HTTP')}", "--header", "Host: demo.alb.ingress.top").status == 200
    core = CoreV1Api(lab.admin)
    service: Any = {"metadata": {"name": "late"}, "spec": {"ports": [{"port": 80}]}}
    core.create_namespaced_service("default", service)
    try:
        wait_until(lambda: _status(lab, "80/HTTP") == 200, "the host is routed")
    finally:
        core.delete_namespaced_service("late", "default")
