"""Whose hosts share a listener, and who else writes the AlbConfig.

The rules are those of the open-source controller; that the managed one has the same is an assumption.
"""

from typing import Any

import pytest

from alb_mtls.cluster.hosts import ListenerHost, host_of_proof, hosts_on_listener, other_field_managers
from alb_mtls.cluster.listener_key import ListenerKey
from tests.helpers.albconfigs import LISTENER, Object, albconfig, https
from tests.helpers.ingresses import default_class, ingress, ingress_class

REDIRECT = {"alb.ingress.kubernetes.io/ssl-redirect": "true"}
CLASSES = [ingress_class()]


def hosts(
    *ingresses: Object, classes: list[Object] | None = None, port: int = 443, protocol: str = "HTTPS"
) -> list[str]:
    found = hosts_on_listener(
        ListenerKey(alb_config="alb", port=port, protocol=protocol),
        ingresses=ingresses,
        ingress_classes=CLASSES if classes is None else classes,
    )
    return [one.host for one in found]


def test_a_host_is_named_with_its_ingress() -> None:
    found = hosts_on_listener(LISTENER, ingresses=[ingress()], ingress_classes=CLASSES)

    assert found == [ListenerHost(host="demo.alb.ingress.top", namespace="default", ingress="https-ingress")]


def test_all_hosts_that_share_the_listener_are_found_sorted_whatever_their_namespace() -> None:
    assert hosts(ingress("b"), ingress("a", namespace="other"), ingress("*.c"), ingress(None)) == ["*", "*.c", "a", "b"]


@pytest.mark.parametrize(
    ("one", "classes"),
    [
        (ingress(cls="alb"), CLASSES),
        (ingress(cls=None, annotations={"kubernetes.io/ingress.class": "alb"}), CLASSES),
        (ingress(cls=None), [default_class(ingress_class())]),
        (
            ingress(cls="x", annotations={"alb.ingress.kubernetes.io/albconfig.name": "alb"}),
            [ingress_class("x", albconfig="y")],
        ),
    ],
    ids=["spec", "annotation", "default class", "AlbConfig by annotation"],
)
def test_an_ingress_belongs_to_the_albconfig_of_its_class(one: Object, classes: list[Object]) -> None:
    assert hosts(one, classes=classes) == ["demo.alb.ingress.top"]


@pytest.mark.parametrize(
    ("one", "classes"),
    [
        (ingress(cls="alb"), [ingress_class(albconfig="other")]),
        (ingress(cls="alb"), [ingress_class(controller="k8s.io/ingress-nginx")]),
        (ingress(cls="alb"), []),
        (ingress(cls=None), CLASSES),
        (ingress(cls="nginx", annotations={"kubernetes.io/ingress.class": "alb"}), CLASSES),
        (ingress(cls=None, annotations={"kubernetes.io/ingress.class": "alb"}), []),
    ],
    ids=[
        "other AlbConfig",
        "other controller",
        "no such class",
        "no class",
        "spec before annotation",
        "AlbConfig default",
    ],
)
def test_an_ingress_of_another_albconfig_or_controller_does_not(one: Object, classes: list[Object]) -> None:
    assert hosts(one, classes=classes) == []


@pytest.mark.parametrize(
    "one",
    [
        ingress(ports='[{"HTTP": 80}, {"HTTPS": 443}]'),
        ingress(ports=None, tls=["demo.alb.ingress.top"]),
        ingress(ports="not JSON, so it may be anywhere"),
        ingress(ports='[{"SPDY": 443}]'),
    ],
    ids=["listen-ports", "spec.tls", "unreadable", "unknown protocol"],
)
def test_an_ingress_is_on_443_by_listen_ports_or_by_tls(one: Object) -> None:
    assert hosts(one) == ["demo.alb.ingress.top"]


@pytest.mark.parametrize(
    "one",
    [
        ingress(ports='[{"HTTP": 80}, {"HTTPS": 8443}]'),
        ingress(ports=None),
        ingress("bare.example", ports=None, tls=["demo.alb.ingress.top"]),
        ingress(ports='[{"HTTP": 80}]', tls=["demo.alb.ingress.top"]),
    ],
    ids=["other ports", "neither", "host beside tls", "listen-ports before tls"],
)
def test_an_ingress_that_names_other_ports_is_not_on_443(one: Object) -> None:
    assert hosts(one) == []


def test_a_redirect_puts_a_host_on_80_too() -> None:
    assert hosts(ingress(annotations=REDIRECT), port=80, protocol="HTTP") == ["demo.alb.ingress.top"]
    assert hosts(ingress(), port=80, protocol="HTTP") == []


OURS = ingress("shop.example", name="shop", namespace="shop", created="2026-03-01T08:00:00Z")
TENANTS = ingress("aaa.example", name="a", namespace="a-tenant", created="2026-03-01T08:00:01Z")
WILDCARD = ingress("*.example", name="all", namespace="all", created="2025-01-01T00:00:00Z")


def probed(*ingresses: Object, claimed: str | None = None) -> tuple[str, str] | None:
    """Return the host that a proof probes, and of which Ingress."""
    found = host_of_proof(hosts_on_listener(LISTENER, ingresses=ingresses, ingress_classes=CLASSES), claimed=claimed)
    return None if found is None else (found.host, found.ingress_text)


def test_a_newer_ingress_does_not_change_which_host_a_proof_probes() -> None:
    assert probed(OURS) == probed(TENANTS, OURS) == probed(OURS, TENANTS) == ("shop.example", "shop/shop")
    assert probed(TENANTS) == ("aaa.example", "a-tenant/a")


def test_no_proof_probes_a_wildcard_or_a_rule_without_a_host_however_old() -> None:
    assert probed(WILDCARD, ingress(None, name="any"), OURS) == ("shop.example", "shop/shop")
    assert probed(WILDCARD, ingress(None, name="any")) is None


def test_the_host_in_the_claim_is_probed_as_long_as_the_listener_has_it() -> None:
    older = ingress("old.example", name="old", created="2024-01-01T00:00:00Z")
    assert probed(older, OURS, TENANTS, claimed="shop.example") == ("shop.example", "shop/shop")
    assert probed(older, TENANTS, claimed="shop.example") == ("old.example", "default/old")
    assert probed(older, OURS, claimed="*.example") == ("old.example", "default/old")


def test_an_ingress_whose_age_is_not_known_is_probed_last_and_of_two_of_one_age_always_the_same() -> None:
    assert probed(ingress("a.example", name="a"), OURS) == ("shop.example", "shop/shop")
    twin = ingress("b.example", name="b", namespace="b", created="2026-03-01T08:00:00Z")
    assert probed(OURS, twin) == probed(twin, OURS) == ("b.example", "b/b")


def managed(*entries: dict[str, Any], annotations: dict[str, str] | None = None) -> Object:
    item = albconfig(https(), annotations=annotations)
    item["metadata"]["managedFields"] = list(entries)
    return item


SPEC: dict[str, Any] = {"fieldsV1": {"f:spec": {"f:listeners": {}}}}


def test_a_manager_of_the_spec_and_a_file_for_kubectl_apply_are_other_writers() -> None:
    item = managed(
        {"manager": "argocd-controller", "operation": "Apply", **SPEC},
        {"manager": "kubectl-edit", "operation": "Update", **SPEC},
        annotations={"kubectl.kubernetes.io/last-applied-configuration": "{}"},
    )

    assert other_field_managers(item) == [
        "argocd-controller (server-side apply)",
        "kubectl apply (last-applied-configuration)",
        "kubectl-edit",
    ]


@pytest.mark.parametrize(
    "entry",
    [
        {"manager": "alb-mtls", "operation": "Update", **SPEC},
        {"manager": "kubectl-create", "operation": "Update", **SPEC},
        {"manager": "controller", "operation": "Update", "subresource": "status", "fieldsV1": {"f:status": {}}},
        {"manager": "controller", "operation": "Update", "fieldsV1": {"f:metadata": {"f:finalizers": {}}}},
    ],
    ids=["ourselves", "creator", "status", "finalizers"],
)
def test_who_writes_no_listener_or_never_again_is_no_other_writer(entry: dict[str, Any]) -> None:
    assert other_field_managers(managed(entry)) == []


def _conditions(text: str, **changes: Any) -> Object:
    return ingress("a.example", annotations={"alb.ingress.kubernetes.io/conditions.demo": text}, **changes)


def test_custom_conditions_of_a_backend_add_hosts_beside_that_of_the_rule() -> None:
    more = '[{"type": "host", "HostConfig": {"Values": ["b.example", "*.c.example"]}}, {"type": "Path"}]'
    assert hosts(_conditions(more)) == ["*.c.example", "a.example", "b.example"]
    without = _conditions(more)
    del without["spec"]["rules"][0]["host"]
    assert hosts(without) == ["*.c.example", "b.example"]


@pytest.mark.parametrize(
    "text",
    [
        '[{"type": "Header", "headerConfig": {"key": "x", "values": ["b.example"]}}]',
        '[{"type": "Host", "hostConfig": {"values": "b.example"}}]',
        '{"type": "Host"}',
        "no JSON",
        "[" * 100_000,
    ],
)
def test_conditions_of_another_kind_or_that_cannot_be_read_add_none(text: str) -> None:
    assert hosts(_conditions(text)) == ["a.example"]
    assert hosts(_conditions('[{"type": "Host", "hostConfig": {"values": ["b.example"]}}]', service="other")) == [
        "a.example"
    ]


def test_a_proof_requests_no_pattern_of_a_condition() -> None:
    found = [
        ListenerHost(host=host, namespace="default", ingress="web", created=f"2026-01-0{day}T00:00:00Z")
        for day, host in enumerate(("w?w.example", "~^b.example$", "*.c.example", "d.example"), start=1)
    ]
    probed = host_of_proof(found, claimed=None)
    assert probed is not None
    assert probed.host == "d.example"
    assert host_of_proof(found[:3], claimed=None) is None
