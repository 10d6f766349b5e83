"""Gateways and the version of the controller, which nobody has to be allowed to read, before anything is registered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from alb_mtls.cluster.errors import Forbidden
from alb_mtls.cluster.gateways import GatewayApi
from alb_mtls.configuration.model import Settings
from components.preflight.run import run_preflight
from tests.fakes.alb import Alb
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import albconfig, https
from tests.helpers.fake_session import running
from tests.helpers.gateway_objects import gateway, gateway_class
from tests.helpers.ingresses import deployment
from tests.helpers.preflights import stopped_by
from tests.helpers.stack_file import put

Read = Callable[..., Settings]


@dataclass(kw_only=True)
class ClosedGateways(Cluster):
    """A cluster whose user may not list what the Gateway API holds."""

    def gateway_api(self) -> GatewayApi:
        """Refuse."""
        raise Forbidden(verb="list", resource="httproutes.gateway.networking.k8s.io", user="ops")


@dataclass(kw_only=True)
class ClosedDeployments(Cluster):
    """A cluster whose user may not list Deployments."""

    def deployments(self, _namespace: str) -> list[dict[str, Any]]:
        """Refuse."""
        raise Forbidden(verb="list", resource="deployments.apps", user="ops")


@pytest.mark.parametrize("preview", [True, False])
def test_a_gateway_api_that_may_not_be_read_is_one_line_and_stops_neither_preview_nor_up(
    read: Read, preview: bool
) -> None:
    settings = read(
        put("listeners", [{"albConfig": "alb", "port": 443}, {"albConfig": "alb", "port": 8443}]), preview=preview
    )
    kube = ClosedGateways(item=albconfig(https(), https(8443)))
    with running(preview=preview, kube=kube, alb=Alb(cluster=kube)) as logged:
        run_preflight(settings, None)
    (line,) = [one for one in logged.warnings if "Gateway API" in one]
    assert line.startswith("HTTPRoutes of the Gateway API were not looked at: user ops may not list httproutes.gateway")


@pytest.mark.parametrize("preview", [True, False])
def test_an_albconfig_that_belongs_to_a_gateway_stops_preview_and_up_with_its_name(read: Read, preview: bool) -> None:
    api = GatewayApi(classes=[gateway_class("waf", albconfig="alb")], gateways=[gateway(cls="waf")])
    kube = Cluster(item=albconfig(), gateways=api)
    refused = stopped_by(read(preview=preview), preview=preview, kube=kube, alb=Alb())
    assert "listeners[0]: AlbConfig alb has no spec.listeners: it belongs to GatewayClass waf" in refused
    assert "Gateway default/edge" in refused


def _controller(tag: str) -> Cluster:
    return Cluster(controllers=[deployment(f"registry:5000/acs/alb-ingress-controller{tag}")])


@pytest.mark.parametrize("preview", [True, False])
def test_a_controller_of_before_mutual_tls_stops_whoever_switches_on_and_nobody_else(read: Read, preview: bool) -> None:
    old: dict[str, Any] = {"preview": preview, "kube": _controller(":v2.10.0-aliyun.1"), "alb": Alb()}
    refused = stopped_by(read(preview=preview), **old)
    assert "runs as registry:5000/acs/alb-ingress-controller:v2.10.0-aliyun.1, but mutual TLS is supported" in refused
    with running(**old) as logged:
        run_preflight(read(put("enabled", False), preview=preview), None)
    assert any("mutual TLS is supported since v2.11.0" in one for one in logged.warnings)


@pytest.mark.parametrize(
    ("kube", "noted"),
    [
        (_controller(":v2.11.0-aliyun.1"), False),
        (_controller("@sha256:0123"), True),
        (_controller(":latest"), True),
        (Cluster(controllers=[deployment("registry/load-balancer-controller:v1.0.0")]), False),
        (Cluster(), False),
    ],
    ids=["recent", "digest", "no version", "open source", "not visible"],
)
def test_a_controller_that_is_recent_or_not_compared_stops_nothing(read: Read, kube: Cluster, noted: bool) -> None:
    with running(kube=kube, alb=Alb()) as logged:
        run_preflight(read(), None)
    assert any("whose tag is no version, so it is not judged" in one for one in logged.warnings) == noted


def test_deployments_that_may_not_be_read_stop_nothing_and_are_not_spoken_of(read: Read) -> None:
    with running(kube=ClosedDeployments(), alb=Alb()) as logged:
        run_preflight(read(), None)
    assert logged.warnings == []


@pytest.mark.parametrize(
    ("method", "verb", "resource"),
    [
        ("albconfig", "get", "albconfigs.alibabacloud.com"),
        ("albconfigs", "list", "albconfigs.alibabacloud.com"),
        ("ingresses", "list", "ingresses.networking.k8s.io"),
        ("ingress_classes", "list", "ingressclasses.networking.k8s.io"),
        ("services", "list", "services"),
    ],
)
def test_whatever_may_not_be_read_is_one_line_of_a_preview_and_stops_an_up_with_the_same_words(
    read: Read, method: str, verb: str, resource: str
) -> None:
    denied = Forbidden(verb=verb, resource=resource, user="ci")

    def refuse(*_: object) -> None:
        raise denied

    kube = Cluster()
    setattr(kube, method, refuse)
    with running(preview=True, kube=kube, alb=Alb()) as logged:
        run_preflight(read(preview=True), None)
    assert [one for one in logged.warnings if "may not" in one] == [
        f"alb/443: not looked at, so this preview reports less: {denied}"
    ]
    assert str(denied) in stopped_by(read(), kube=kube, alb=Alb())
