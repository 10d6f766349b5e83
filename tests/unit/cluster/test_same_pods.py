"""Which Services lead to the pods of another one, by meaning of their selectors and not by spelling."""

from typing import Any

import pytest

from alb_mtls.cluster.same_pods import with_same_pods
from tests.helpers.albconfigs import Object
from tests.helpers.ingresses import service

DEMO: dict[str, Any] = {"selector": {"app": "demo", "tier": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}


def found(*services: Object, behind: tuple[str, ...] = ("default/demo",)) -> dict[str, str]:
    return with_same_pods(behind, [service(**DEMO), *services])


@pytest.mark.parametrize(
    "spec",
    [
        {"selector": {"tier": "web", "app": "demo"}},
        {"selector": {"app": "demo"}},
        {"selector": {"app": "demo", "tier": "web", "version": "canary"}},
        {**DEMO, "clusterIP": "None"},
        {**DEMO, "ports": [{"port": 30000, "targetPort": 8080, "protocol": "TCP"}]},
        {**DEMO, "ports": [{"port": 8080}]},
        {**DEMO, "ports": [{"port": 80, "targetPort": "http"}]},
        {**DEMO, "ports": [{"port": 1, "targetPort": 9090}, {"port": 2, "targetPort": "8080"}]},
    ],
    ids=[
        "another order",
        "a wider one",
        "a narrower one",
        "headless",
        "another port",
        "no target",
        "named",
        "one of two",
    ],
)
def test_a_service_that_has_some_of_the_same_pods_is_found(spec: dict[str, Any]) -> None:
    assert found(service("second", **spec)) == {
        "default/demo": "",
        "default/second": " (the same pods as default/demo)",
    }


@pytest.mark.parametrize(
    "other",
    [
        service("second", namespace="elsewhere", **DEMO),
        service("second", selector={"app": "demo", "tier": "batch"}),
        service("second", selector={"app": "Demo", "tier": "web"}),
        service("second", selector={"app": "demo", "version": "v1"}),
        service("second"),
        service("second", selector=None),
        service("second", selector={}),
        service("second", selector={"app": "demo"}, ports=[{"port": 9090}]),
        service("second", selector={"app": "demo"}, ports=[{"port": 8080, "protocol": "UDP"}]),
    ],
    ids=[
        "another namespace", "another value", "another case", "neither demands all of the other", "no selector",
        "null", "empty", "another port of the pods", "another protocol",
    ],
)  # fmt: skip
def test_a_service_with_other_pods_is_not(other: Object) -> None:
    assert found(other) == {"default/demo": ""}


@pytest.mark.parametrize(
    "name",
    ["demo.default", "demo.default.svc", "DEMO.default.svc.cluster.local.", "demo.default.svc.example.com"],
)
def test_a_name_for_the_service_leads_to_its_pods_from_whatever_namespace(name: str) -> None:
    alias = service("front", namespace="edge", type="ExternalName", externalName=name)

    assert found(alias)["edge/front"] == " (the same pods as default/demo)"
    assert found(alias, behind=("edge/front",))["default/demo"] == " (the same pods as edge/front)"


@pytest.mark.parametrize(
    ("namespace", "name", "leads"),
    [
        ("default", "demo", True),
        ("edge", "demo", False),
        ("edge", "demo.edge.svc", False),
        ("edge", "demo.default.example.com", False),
        ("edge", "other.default.svc", False),
        ("edge", "", False),
    ],
)
def test_a_short_name_means_its_own_namespace_and_another_name_somebody_else(
    namespace: str, name: str, leads: bool
) -> None:
    alias = service("front", namespace=namespace, type="ExternalName", externalName=name, selector={"app": "demo"})

    assert (f"{namespace}/front" in found(alias)) == leads


@pytest.mark.parametrize(
    ("first", "second", "leads"),
    [
        ("shop.example.internal", "Shop.example.internal.", True),
        ("shop.example.internal", "shop2.example.internal", False),
        ("shop", "shop", False),
        ("", "", False),
    ],
    ids=["spelled otherwise", "another host", "a short name in two namespaces", "no name"],
)
def test_two_names_for_one_host_outside_of_the_cluster_lead_to_the_same(
    first: str, second: str, *, leads: bool
) -> None:
    names = [
        service("shop", namespace="one", type="ExternalName", externalName=first),
        service("shop", namespace="two", type="ExternalName", externalName=second),
    ]
    expected = {"one/shop": "", **({"two/shop": " (the same pods as one/shop)"} if leads else {})}
    assert with_same_pods(["one/shop"], names) == expected


def test_a_name_of_a_name_leads_to_the_pods_and_what_shares_pods_with_a_wider_selector_need_not() -> None:
    chain = [
        service("middle", namespace="edge", type="ExternalName", externalName="demo.default.svc"),
        service("front", namespace="edge", type="ExternalName", externalName="middle.edge.svc"),
        service("back", namespace="edge", type="ExternalName", externalName="wide.default.svc"),
    ]
    assert found(*chain, service("second", **DEMO), behind=("edge/front",)).keys() >= {"default/demo", "default/second"}
    wide = service("wide", selector={"app": "demo"})
    batch = service("batch", selector={"app": "demo", "tier": "batch"})
    same = " (the same pods as default/demo)"
    assert found(*chain, wide, batch) == {
        "default/demo": "",
        "default/wide": same,
        "edge/middle": same,
        "edge/front": same,
        "edge/back": same,
    }


def test_of_a_service_that_is_not_there_nothing_more_is_known() -> None:
    assert with_same_pods(["default/gone"], [service(**DEMO)]) == {"default/gone": ""}
