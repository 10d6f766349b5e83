"""Each bypass of a listener that Kubernetes objects show: found when it is there, not found when it is closed."""

from dataclasses import replace
from typing import Any

import pytest

from alb_mtls.cluster.gateways import GatewayApi
from alb_mtls.cluster.hosts import Finding, bypasses
from alb_mtls.cluster.listener import ListenerState
from alb_mtls.cluster.listener_key import ListenerKey
from tests.helpers.albconfigs import LISTENER, Object, albconfig, http, https
from tests.helpers.ingresses import ingress, ingress_class, service

STRONG = {"securityPolicyId": "tls_cipher_policy_1_2_strict"}
ON: dict[str, Any] = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-a"}], **STRONG}
ACTIONS = "alb.ingress.kubernetes.io/actions."
BOTH = '[{"HTTP": 80}, {"HTTPS": 443}]'
TWO = '[{"HTTPS": 443}, {"HTTPS": 8443}]'
QUIC: Object = {"port": 443, "protocol": "QUIC"}


def found(
    *ingresses: Object,
    listeners: list[Object] | None = None,
    others: list[Object] | None = None,
    classes: list[Object] | None = None,
    services: list[Object] | None = None,
    also_protected: list[ListenerKey] | None = None,
    gateway_api: GatewayApi | None = None,
    **known: Any,
) -> list[Finding]:
    item = albconfig(*(listeners or [https(**ON)]))
    return bypasses(
        item,
        LISTENER,
        albconfigs=[item, *(others or [])],
        ingresses=ingresses,
        ingress_classes=[ingress_class(), *(classes or [])],
        services=services or [service()],
        gateway_api=gateway_api or GatewayApi(),
        also_protected=also_protected or [],
        **known,
    )


def codes(*ingresses: Object, **scene: Any) -> list[str]:
    return [str(finding.code) for finding in found(*ingresses, **scene)]


def test_a_listener_without_any_bypass_has_no_finding() -> None:
    assert found(ingress()) == []


def test_http_that_forwards_to_the_same_service_is_found_with_the_ingress_as_evidence() -> None:
    (finding,) = found(ingress(ports=BOTH), listeners=[http(), https(**ON)])

    assert finding.code == "HTTP_FORWARDS"
    assert finding.subject == "listener 80/HTTP of AlbConfig alb"
    assert finding.evidence == "Ingress default/https-ingress forwards to Service default/demo there"
    assert 'ssl-redirect: "true"' in finding.remedy


ON_80 = [http(), https(**ON)]
USING_ANNOTATION: Object = {"ports": '[{"HTTP": 80}]', "port": {"name": "use-annotation"}}
FORWARD = '[{"type": "forward", "ForwardConfig": {"ServerGroups": [{"ServiceName": "demo", "ServicePort": 80}]}}]'


@pytest.mark.parametrize(
    ("more", "listeners", "expected"),
    [
        (ingress(ports=BOTH, annotations={"alb.ingress.kubernetes.io/ssl-redirect": "true"}), ON_80, []),
        (ingress(ports=BOTH), [https(**ON)], []),
        (ingress(**USING_ANNOTATION, annotations={f"{ACTIONS}demo": '[{"type": "redirect"}]'}), ON_80, []),
        (ingress(service="open", ports='[{"HTTP": 80}]'), ON_80, []),
        (ingress(service="go", **USING_ANNOTATION, annotations={f"{ACTIONS}go": FORWARD}), ON_80, ["HTTP_FORWARDS"]),
    ],
    ids=["redirected", "no such listener", "custom redirect", "to another service", "custom forward"],
)
def test_http_is_a_bypass_only_where_it_forwards_to_the_same_service(
    more: Object, listeners: list[Object], expected: list[str]
) -> None:
    assert codes(ingress(name="first"), more, listeners=listeners) == expected


def _by_group(group: str, *, service: str = "", key: str = "ServerGroupID") -> str:
    named = f', "ServiceName": "{service}", "ServicePort": 80' if service else ""
    groups = f'[{{"{key}": "{group}"{named}}}]'
    return f'[{{"type": "ForwardGroup", "ForwardConfig": {{"ServerGroups": {groups}}}}}]'


def _mirrored(target: str) -> str:
    groups = f'{{"ServerGroupTuples": [{target}]}}'
    return f'[{{"type": "TrafficMirror", "TrafficMirrorConfig": {{"MirrorGroupConfig": {groups}}}}}]'


@pytest.mark.parametrize(
    ("ours", "theirs", "reached"),
    [
        (_by_group("sgp-1"), _by_group("sgp-1"), "server group sgp-1"),
        (_by_group("sgp-1"), _by_group("sgp-1", key="serverGroupId"), "server group sgp-1"),
        (_by_group("sgp-1"), _by_group("sgp-2"), None),
        (_by_group("sgp-1"), "no JSON", None),
        (_by_group("sgp-1", service="demo"), _by_group("sgp-1", service="demo"), "Service default/demo and server gr"),
        (_by_group("sgp-1", service="demo"), FORWARD, "Service default/demo"),
        (_by_group(""), _by_group(""), None),
        (_by_group("sgp-1"), _mirrored('{"ServerGroupID": "sgp-1"}'), "server group sgp-1"),
    ],
)
def test_a_server_group_that_both_name_by_its_id_is_a_bypass_and_another_one_is_none(
    ours: str, theirs: str, reached: str | None
) -> None:
    use: Object = {"port": {"name": "use-annotation"}}
    findings = found(
        ingress(name="first", service="go", **use, annotations={f"{ACTIONS}go": ours}),
        ingress(name="open", service="to", **USING_ANNOTATION, annotations={f"{ACTIONS}to": theirs}),
        listeners=ON_80,
    )
    assert [str(one.code) for one in findings] == ([] if reached is None else ["HTTP_FORWARDS"])
    assert all(one.evidence.startswith(f"Ingress default/open forwards to {reached}") for one in findings)


@pytest.mark.parametrize(("service", "expected"), [("demo", ["HTTP_FORWARDS"]), ("else", [])])
def test_requests_that_are_mirrored_to_the_same_service_beside_another_one_are_a_bypass(
    service: str, expected: list[str]
) -> None:
    mirror = _mirrored(f'{{"ServiceName": "{service}", "ServicePort": 80}}')
    other = ingress(name="open", service="open", ports='[{"HTTP": 80}]', annotations={f"{ACTIONS}open": mirror})
    assert codes(ingress(), other, listeners=ON_80) == expected


def test_a_quic_listener_of_another_albconfig_that_forwards_to_the_same_server_group_is_a_bypass() -> None:
    use: Object = {"port": {"name": "use-annotation"}, "annotations": {f"{ACTIONS}demo": _by_group("sgp-1")}}
    other = albconfig(QUIC)
    other["metadata"]["name"] = "quic"
    findings = found(
        ingress(name="first", **use),
        ingress(name="far", cls="quic", ports='[{"QUIC": 443}]', **use),
        others=[other],
        classes=[ingress_class("quic", albconfig="quic")],
    )
    assert [(one.code, "forwards to server group sgp-1" in one.evidence) for one in findings] == [
        ("QUIC_LISTENER", True)
    ]


def test_a_quic_listener_is_found_where_it_carries_rules_and_is_no_bypass_where_it_carries_none() -> None:
    listeners = [https(**ON), QUIC]
    (finding,) = found(ingress(ports='[{"HTTPS": 443}, {"QUIC": 443}]'), listeners=listeners)

    assert finding.code == "QUIC_LISTENER"
    assert "it carries rules of Ingress default/https-ingress" in finding.evidence
    assert found(ingress(), listeners=listeners) == []
    assert codes(ingress(ports="no JSON"), listeners=listeners) == ["QUIC_LISTENER"]


@pytest.mark.parametrize(("upgrade", "expected"), [(True, ["QUIC_LISTENER"]), (False, []), (None, [])])
def test_the_offer_to_upgrade_to_quic_is_found(upgrade: bool | None, expected: list[str]) -> None:
    assert codes(ingress(), listeners=[https(**ON, quicConfig={"quicUpgradeEnabled": upgrade})]) == expected


def test_another_https_listener_that_requests_no_certificate_is_found() -> None:
    (finding,) = found(ingress(ports=TWO), listeners=[https(**ON), https(8443, **STRONG)])

    assert (finding.code, finding.subject) == ("HTTPS_WITHOUT_CLIENT_AUTH", "listener 8443/HTTPS of AlbConfig alb")


@pytest.mark.parametrize(
    ("other", "known", "expected"),
    [
        (ON, {}, []),
        (STRONG, {"also_protected": [replace(LISTENER, port=8443)]}, []),
        (ON, {"trusted": ["ca-new"]}, ["HTTPS_WITHOUT_CLIENT_AUTH"]),
        ({**STRONG, "caEnabled": True}, {}, ["HTTPS_WITHOUT_CLIENT_AUTH"]),
        ({**ON, "caEnabled": False}, {}, ["HTTPS_WITHOUT_CLIENT_AUTH"]),
        ({**ON, "caEnabled": "true"}, {}, ["HTTPS_WITHOUT_CLIENT_AUTH"]),
    ],
    ids=["asks too", "switched on by the same run", "asks for the CA of before", "no CA", "switched off", "half asks"],
)
def test_another_https_listener_is_no_bypass_when_it_binds_the_same_ca(
    other: dict[str, Any], known: dict[str, Any], expected: list[str]
) -> None:
    assert codes(ingress(ports=TWO), listeners=[https(**ON), https(8443, **other)], **known) == expected


def test_another_https_listener_of_the_same_albconfig_that_binds_another_ca_is_a_bypass() -> None:
    listeners = [https(**ON), https(8443, **{**ON, "caCertificates": [{"CertificateId": "ca-b"}]})]

    (finding,) = found(ingress(ports=TWO), listeners=listeners)

    assert finding.code == "HTTPS_WITHOUT_CLIENT_AUTH"
    assert finding.evidence.endswith("there, which requests client certificates of CA ca-b")


def on_alb(*identifiers: str, enabled: bool = True) -> Any:
    """Return what shows of every listener that its ALB requests certificates of these CAs."""
    state = ListenerState(ca_enabled=enabled, identifiers=list(identifiers))
    return lambda _albconfig, _listener: state


@pytest.mark.parametrize(
    ("at_alb", "expected"),
    [
        (on_alb("ca-a", enabled=False), ["HTTPS_WITHOUT_CLIENT_AUTH"]),
        (on_alb("ca-b"), ["HTTPS_WITHOUT_CLIENT_AUTH"]),
        (on_alb("ca-a"), []),
        (lambda *_: None, []),
    ],
    ids=["requests none", "another CA", "the same CA", "unknown"],
)
def test_the_alb_decides_whether_a_listener_requests_certificates_whatever_the_albconfig_says(
    at_alb: Any, expected: list[str]
) -> None:
    assert codes(ingress(ports=TWO), listeners=[https(**ON), https(8443, **ON)], on_alb=at_alb) == expected


def elsewhere(**fields: Any) -> list[Finding]:
    """Return the bypasses when another AlbConfig leads to the same Service."""
    return found(
        ingress(),
        ingress(name="second", cls="alb2"),
        others=[albconfig(https(**fields), name="alb2")],
        classes=[ingress_class("alb2", albconfig="alb2")],
    )


def test_another_albconfig_that_leads_to_the_same_service_is_found() -> None:
    (finding,) = elsewhere()

    assert (finding.code, finding.subject) == ("OTHER_ROUTE", "listener 443/HTTPS of AlbConfig alb2")


def test_only_a_listener_that_can_is_to_request_client_certificates() -> None:
    over_http = found(
        ingress(),
        ingress(name="second", cls="alb2", ports='[{"HTTP": 80}]'),
        others=[albconfig(http(), name="alb2")],
        classes=[ingress_class("alb2", albconfig="alb2")],
    )

    assert [one.remedy for one in over_http] == ["remove that route: over HTTP no client certificate can be requested"]
    assert elsewhere()[0].remedy == "request client certificates of the same CA there, or remove that route"


def test_another_albconfig_that_binds_another_ca_is_found_and_one_that_binds_the_same_ca_is_not() -> None:
    (finding,) = elsewhere(**{**ON, "caCertificates": [{"CertificateId": "ca-b"}]})
    assert finding.code == "OTHER_ROUTE"
    assert elsewhere(**ON) == []


def test_another_ingress_controller_that_leads_to_the_same_service_is_found() -> None:
    nginx = ingress_class("nginx", albconfig=None, controller="k8s.io/ingress-nginx")

    (finding,) = found(ingress(), ingress(name="inside", cls="nginx", ports=None), classes=[nginx])

    assert (finding.code, finding.subject) == ("OTHER_ROUTE", "Ingress default/inside")
    assert "IngressClass nginx" in finding.evidence


@pytest.mark.parametrize(
    "other",
    [
        ingress(name="inside", cls="nginx", service="another"),
        ingress(name="inside", cls="nginx", namespace="elsewhere"),
        ingress(name="inside", cls=None),
    ],
    ids=["other service", "same name elsewhere", "no class"],
)
def test_an_ingress_that_leads_elsewhere_is_no_bypass(other: Object) -> None:
    assert found(ingress(), other) == []


@pytest.mark.parametrize(
    "spec", [{"type": "NodePort"}, {"type": "LoadBalancer"}, {"type": "ClusterIP", "externalIPs": ["192.0.2.1"]}]
)
def test_a_service_that_is_reachable_without_the_alb_is_found(spec: dict[str, Any]) -> None:
    (finding,) = found(ingress(), services=[service(**spec)])

    assert (finding.code, finding.subject) == ("SERVICE_EXPOSED", "Service default/demo")


@pytest.mark.parametrize("one", [service(), service("other", type="NodePort"), service(namespace="x", type="NodePort")])
def test_a_cluster_ip_or_a_service_that_is_not_behind_the_listener_is_not(one: Object) -> None:
    assert found(ingress(), services=[one]) == []


@pytest.mark.parametrize("policy", ["tls_cipher_policy_1_0", "tls_cipher_policy_1_1", None])
def test_a_policy_that_allows_tls_1_1_or_older_is_found(policy: str | None) -> None:
    (finding,) = found(ingress(), listeners=[https(**{**ON, "securityPolicyId": policy})])

    assert finding.code == "WEAK_TLS_POLICY"
    assert (policy or "no securityPolicyId") in finding.evidence


@pytest.mark.parametrize("policy", ["tls_cipher_policy_1_2", "tls_cipher_policy_1_2_strict_with_1_3", "tls-custom"])
def test_a_newer_policy_and_one_that_is_unknown_are_not(policy: str) -> None:
    assert found(ingress(), listeners=[https(**{**ON, "securityPolicyId": policy})]) == []


@pytest.mark.parametrize("policy", ["tls_cipher_policy_1_0", "tls_cipher_policy_1_2"])
def test_the_policy_at_the_alb_counts_more_than_that_of_the_albconfig(policy: str) -> None:
    weak_in_cluster = [https(**{**ON, "securityPolicyId": None})]

    findings = found(ingress(), listeners=weak_in_cluster, security_policy=policy)

    assert [finding.code for finding in findings] == ([] if policy.endswith("2") else ["WEAK_TLS_POLICY"])
    assert all(finding.evidence.startswith(f"the ALB API shows its TLS policy {policy}") for finding in findings)


def test_the_same_finding_is_reported_once_and_in_a_stable_order() -> None:
    first, second = ingress(name="a", ports=BOTH), ingress(name="b", ports=BOTH)
    listeners = [http(), https(**{**ON, "securityPolicyId": None}), QUIC]

    assert found(first, second, listeners=listeners) == found(second, first, listeners=listeners)
    assert codes(first, second, listeners=listeners) == [
        "HTTP_FORWARDS", "HTTP_FORWARDS", "WEAK_TLS_POLICY",
    ]  # fmt: skip


def quic_elsewhere(*listeners: Object, service_name: str = "demo", namespace: str = "default") -> list[Finding]:
    """Return the bypasses when another AlbConfig has an Ingress of the same Service on all of its listeners."""
    ports = '[{"HTTPS": 443}, {"QUIC": 443}]'
    return found(
        ingress(),
        ingress(name="second", cls="alb2", ports=ports, service=service_name, namespace=namespace),
        others=[albconfig(*listeners, name="alb2")],
        classes=[ingress_class("alb2", albconfig="alb2")],
        services=[service(), service("another")],
    )


@pytest.mark.parametrize(
    ("listeners", "evidence"),
    [
        ([https(**ON), QUIC], "a QUIC listener cannot request client certificates"),
        ([https(**ON, quicConfig={"quicUpgradeEnabled": True})], "quicConfig.quicUpgradeEnabled"),
    ],
    ids=["a QUIC listener", "an HTTPS listener that offers HTTP/3"],
)
def test_quic_of_another_albconfig_that_leads_to_the_same_service_is_found(
    listeners: list[Object], evidence: str
) -> None:
    (finding,) = quic_elsewhere(*listeners)

    assert (finding.code, finding.subject.endswith("of AlbConfig alb2")) == ("QUIC_LISTENER", True)
    assert evidence in finding.evidence
    assert "Ingress default/second forwards to Service default/demo" in finding.evidence


@pytest.mark.parametrize(
    ("listeners", "where"),
    [
        ([https(**ON), QUIC], {"service_name": "another"}),
        ([https(**ON), QUIC], {"namespace": "elsewhere"}),
        ([https(**ON), {**QUIC, "port": 8443}], {}),
        ([https(**ON, quicConfig={"quicUpgradeEnabled": False})], {}),
    ],
    ids=["another service", "its name elsewhere", "no rule on it", "not offered"],
)
def test_quic_of_another_albconfig_that_leads_elsewhere_is_not(listeners: list[Object], where: dict[str, str]) -> None:
    assert quic_elsewhere(*listeners, **where) == []


SELECTOR: dict[str, Any] = {"selector": {"app": "demo"}}
SECOND = service("second", **SELECTOR)
NGINX = ingress_class("nginx", albconfig=None, controller="k8s.io/ingress-nginx")


@pytest.mark.parametrize(
    ("more", "scene", "code"),
    [
        ([], {"services": [service("second", type="NodePort", **SELECTOR)]}, "SERVICE_EXPOSED"),
        ([], {"services": [service("second", type="LoadBalancer", **SELECTOR)]}, "SERVICE_EXPOSED"),
        ([], {"services": [service("second", externalIPs=["192.0.2.1"], **SELECTOR)]}, "SERVICE_EXPOSED"),
        (
            [ingress(name="b", service="second", ports='[{"HTTP": 80}]')],
            {"listeners": ON_80, "services": [SECOND]},
            "HTTP_FORWARDS",
        ),
        (
            [ingress(name="b", service="second", ports='[{"HTTPS": 8443}]')],
            {"listeners": [https(**ON), https(8443, **STRONG)], "services": [SECOND]},
            "HTTPS_WITHOUT_CLIENT_AUTH",
        ),
        (
            [ingress(name="b", service="second", cls="alb2")],
            {
                "others": [albconfig(https(), name="alb2")],
                "classes": [ingress_class("alb2", albconfig="alb2")],
                "services": [SECOND],
            },
            "OTHER_ROUTE",
        ),
        (
            [ingress(name="b", service="second", cls="nginx", ports=None)],
            {"classes": [NGINX], "services": [SECOND]},
            "OTHER_ROUTE",
        ),
    ],
    ids=["NodePort", "LoadBalancer", "externalIPs", "HTTP", "another port", "another AlbConfig", "another controller"],
)
def test_a_second_service_with_the_same_pods_and_a_way_in_is_found(
    more: list[Object], scene: dict[str, Any], code: str
) -> None:
    services = [service(**SELECTOR), *scene["services"]]
    (finding,) = found(ingress(), *more, **{**scene, "services": services})

    assert finding.code == code
    assert "(the same pods as default/demo)" in finding.evidence


@pytest.mark.parametrize(
    ("more", "second"),
    [
        ([], service("second", **SELECTOR)),
        ([], service("second", type="NodePort", selector={"app": "other"})),
        ([], service("second", namespace="elsewhere", type="NodePort", **SELECTOR)),
        ([ingress(name="b", service="second")], service("second", **SELECTOR)),
        (
            [
                ingress(
                    name="b",
                    service="second",
                    ports=BOTH,
                    annotations={"alb.ingress.kubernetes.io/ssl-redirect": "true"},
                )
            ],
            service("second", **SELECTOR),
        ),
    ],
    ids=["no way in", "another selector", "another namespace", "the same listener", "redirected"],
)
def test_a_second_service_without_a_way_in_or_with_other_pods_is_not(more: list[Object], second: Object) -> None:
    assert found(ingress(), *more, listeners=ON_80, services=[service(**SELECTOR), second]) == []
