"""HTTPRoutes that reach a protected Service over a Gateway: found when they do, not found when they cannot."""

from typing import Any

import pytest

from alb_mtls.cluster.findings import Finding
from alb_mtls.cluster.gateways import GatewayApi, gateway_routes, gateways_of_albconfig
from tests.helpers.gateway_objects import Object, backend, gateway, gateway_class, gateway_listener, http_route

BEHIND = {"default/demo": "", "default/alias": " (the same pods as default/demo)"}


def found(route: Object, *gateways: Object, classes: list[Object] | None = None) -> list[Finding]:
    api = GatewayApi(classes=classes or [gateway_class()], gateways=gateways or [gateway()], routes=[route])
    return list(gateway_routes(api, BEHIND))


def test_a_route_to_a_protected_service_is_found_with_route_gateway_host_and_service() -> None:
    (finding,) = found(http_route(hosts=["demo.alb.ingress.top"]))

    assert (finding.code, finding.subject) == ("GATEWAY_ROUTE", "HTTPRoute default/way")
    assert finding.evidence == (
        "Gateway default/edge of GatewayClass alb (on an ALB, and no document says how a Gateway requests client "
        "certificates) forwards "
        "requests for demo.alb.ingress.top to Service default/demo"
    )
    assert "an Ingress on a listener that requests client certificates" in finding.remedy


def test_a_route_over_another_controller_is_found_too_and_that_controller_is_named() -> None:
    (finding,) = found(http_route(), classes=[gateway_class(controller="gateway.envoyproxy.io/controller")])

    assert "(controller gateway.envoyproxy.io/controller) forwards requests for every host" in finding.evidence
    assert "make the controller of its Gateway request client certificates too" in finding.remedy


def test_a_service_with_the_same_pods_counts_and_is_named_as_such() -> None:
    (finding,) = found(http_route(backend("alias")))
    assert finding.evidence.endswith("to Service default/alias (the same pods as default/demo)")


REDIRECT = {"type": "RequestRedirect", "requestRedirect": {"scheme": "https"}}
MIRROR = {"type": "RequestMirror", "requestMirror": {"backendRef": backend()}}


@pytest.mark.parametrize(
    ("route", "reaches"),
    [
        (http_route(backend("open")), False),
        (http_route(backend(weight=0)), False),
        (http_route(backend(weight=1)), True),
        (http_route(backend(group="example.com", kind="Bucket")), False),
        (http_route(backend(group="", kind="Service")), True),
        (http_route(filters=[REDIRECT]), False),
        (http_route(backend("open"), filters=[MIRROR]), True),
        (http_route(backend("open", filters=[MIRROR])), True),
        (http_route(backend("open"), backend()), True),
    ],
    ids=[
        "another Service",
        "weight 0",
        "weight 1",
        "no Service",
        "a Service, spelled out",
        "redirected",
        "mirrored",
        "mirrored beside one backend",
        "one backend of two",
    ],
)
def test_a_route_is_a_bypass_only_where_it_sends_requests_to_the_service(route: Object, reaches: bool) -> None:
    assert bool(found(route)) == reaches


ALL: dict[str, Any] = {"allowedRoutes": {"namespaces": {"from": "All"}}}


@pytest.mark.parametrize(
    ("listener", "reaches"),
    [
        ({}, False),
        (ALL, True),
        ({"allowedRoutes": {"namespaces": {"from": "Selector", "selector": {}}}}, True),
        ({"allowedRoutes": {"namespaces": {"from": "None"}}}, False),
        ({"allowedRoutes": {**ALL["allowedRoutes"], "kinds": [{"kind": "GRPCRoute"}]}}, False),
        ({"allowedRoutes": {**ALL["allowedRoutes"], "kinds": [{"kind": "HTTPRoute"}]}}, True),
    ],
    ids=["same namespace only", "all", "some namespaces", "none", "another kind", "this kind"],
)
def test_a_route_of_another_namespace_counts_where_the_gateway_may_take_it_and_names_its_service_there(
    listener: dict[str, Any], reaches: bool
) -> None:
    route = http_route(backend(namespace="default"), namespace="team")

    assert bool(found(route, gateway(gateway_listener(**listener)))) == reaches


def test_a_service_is_of_the_namespace_of_its_route_unless_the_route_names_another() -> None:
    route = http_route(backend(), namespace="team")

    assert found(route, gateway(gateway_listener(**ALL))) == []


@pytest.mark.parametrize(
    ("parent", "reaches"),
    [
        ({"sectionName": "https"}, True),
        ({"sectionName": "http"}, False),
        ({"port": 443}, True),
        ({"port": 80}, False),
        ({"name": "another"}, False),
        ({"namespace": "other"}, False),
        ({"namespace": "default"}, True),
        ({"group": "", "kind": "Service"}, False),
        ({"group": "gateway.networking.k8s.io", "kind": "Gateway"}, True),
    ],
    ids=str,
)
def test_a_route_is_of_the_gateway_and_of_the_listeners_that_its_parent_names(
    parent: dict[str, Any], reaches: bool
) -> None:
    route = http_route()
    route["spec"]["parentRefs"] = [{"name": "edge", **parent}]

    assert bool(found(route)) == reaches


@pytest.mark.parametrize(("protocol", "reaches"), [("HTTP", True), ("HTTPS", True), ("TLS", False), ("TCP", False)])
def test_only_listeners_of_http_carry_http_routes(protocol: str, reaches: bool) -> None:
    assert bool(found(http_route(), gateway(gateway_listener(protocol=protocol)))) == reaches


@pytest.mark.parametrize(
    ("at_listener", "of_route", "shown"),
    [
        (None, None, "every host"),
        ("demo.example.com", None, "demo.example.com"),
        (None, ["demo.example.com"], "demo.example.com"),
        ("*.example.com", ["demo.example.com"], "demo.example.com"),
        ("demo.example.com", ["*.example.com"], "demo.example.com"),
        ("*.example.com", ["demo.example.com", "demo.example.org"], "demo.example.com"),
        ("demo.example.com", ["other.example.com"], None),
        ("*.example.com", ["example.com"], None),
    ],
)
def test_the_hosts_are_those_that_listener_and_route_have_in_common(
    at_listener: str | None, of_route: list[str] | None, shown: str | None
) -> None:
    listener = gateway_listener()
    if at_listener is not None:
        listener["hostname"] = at_listener
    findings = found(http_route(hosts=of_route), gateway(listener))

    assert [f"requests for {shown} to" in one.evidence for one in findings] == ([] if shown is None else [True])


def test_a_gateway_of_a_class_that_is_not_there_counts_all_the_same() -> None:
    (finding,) = found(http_route(), classes=[gateway_class("other")])
    assert "of GatewayClass alb (controller not in the cluster)" in finding.evidence


def test_an_albconfig_belongs_to_the_classes_that_name_it_and_to_their_gateways() -> None:
    classes = [gateway_class("waf", albconfig="alb-waf"), gateway_class(), gateway_class("idle", albconfig="alb-waf")]
    gateways = [gateway(cls="waf"), gateway(name="second", namespace="team", cls="waf"), gateway(name="third")]
    api = GatewayApi(classes=classes, gateways=gateways)

    assert gateways_of_albconfig("alb-waf", api) == {"idle": [], "waf": ["default/edge", "team/second"]}
    assert gateways_of_albconfig("alb", api) == {}


@pytest.mark.parametrize("odd", [None, 1, "x", [], [1], {}, {"a": 1}])
def test_objects_of_any_shape_raise_nothing(odd: Any) -> None:
    route, at = http_route(), gateway()
    for key in ("parentRefs", "hostnames", "rules"):
        changed = {**route, "spec": {**route["spec"], key: odd}}
        assert isinstance(found(changed), list)
    assert isinstance(found({**route, "spec": odd}), list)
    assert isinstance(found(route, {**at, "spec": odd}), list)
    assert isinstance(found(route, {**at, "spec": {**at["spec"], "listeners": odd}}), list)
    assert isinstance(found(route, classes=[{**gateway_class(), "spec": odd}]), list)
