"""Ways on which a client can send identity headers itself: bypasses, and listeners that set fewer headers."""

from typing import Any

import pytest

from alb_mtls.cluster.bypass import bypasses
from alb_mtls.cluster.findings import Finding
from alb_mtls.cluster.gateways import GatewayApi
from alb_mtls.cluster.listener_key import ListenerKey
from tests.helpers.albconfigs import LISTENER, Object, albconfig, http, https
from tests.helpers.ingresses import ingress, ingress_class, service

ON: dict[str, Any] = {
    "caEnabled": True,
    "caCertificates": [{"CertificateId": "ca-a"}],
    "securityPolicyId": "tls_cipher_policy_1_2_strict",
}
OTHER = ListenerKey(alb_config="alb", port=8443, protocol="HTTPS")
NAMES = ("X-Forwarded-Clientcert-subjectdn", "x-print")
SETS_BOTH = {
    "XForwardedForClientCertSubjectDNEnabled": True,
    "XForwardedForClientCertFingerprintEnabled": True,
    "XForwardedForClientCertFingerprintAlias": "x-print",
}
TWO = '[{"HTTPS": 443}, {"HTTPS": 8443}]'
BOTH = '[{"HTTP": 80}, {"HTTPS": 443}]'


def found(
    *listeners: Object,
    ports: str = TWO,
    names: tuple[str, ...] = NAMES,
    protected: tuple[ListenerKey, ...] = (),
    headers: dict[ListenerKey, tuple[str, ...]] | None = None,
    services: Object | None = None,
    trusted: tuple[str, ...] | None = None,
) -> list[Finding]:
    item = albconfig(https(**ON), *listeners)
    all_of_them = bypasses(
        item,
        LISTENER,
        albconfigs=[item],
        ingresses=[ingress(ports=ports)],
        ingress_classes=[ingress_class()],
        services=[services or service()],
        gateway_api=GatewayApi(),
        also_protected=protected,
        trusted=trusted,
        headers={LISTENER: names, **(headers or {})},
    )
    return [one for one in all_of_them if one.code == "FORGEABLE_HEADERS"]


@pytest.mark.parametrize(("names", "subjects"), [(NAMES, ["listener 80/HTTP of AlbConfig alb"]), ((), [])])
def test_whoever_gets_past_the_listener_can_forge_its_headers_and_without_headers_nobody_can(
    names: tuple[str, ...], subjects: list[str]
) -> None:
    findings = found(http(), ports=BOTH, names=names)
    assert [one.subject for one in findings] == subjects
    assert all(" and ".join(NAMES) in one.evidence for one in findings)


def test_a_listener_without_client_authentication_is_one_whatever_headers_it_has() -> None:
    (finding,) = found(https(8443, xForwardedForConfig=SETS_BOTH))
    assert finding.subject == OTHER.label


def test_a_listener_that_requests_certificates_is_one_only_where_it_does_not_set_the_same_headers() -> None:
    (finding,) = found(https(8443, **ON, xForwardedForConfig={"XForwardedForClientCertSubjectDNEnabled": True}))
    assert "does not set x-print: its clients can send them, and the backend takes them" in finding.evidence
    assert found(https(8443, **ON, xForwardedForConfig=SETS_BOTH)) == []


@pytest.mark.parametrize(("sets", "findings"), [(NAMES, 0), (NAMES[:1], 1), ((), 1)])
def test_of_a_listener_of_the_same_run_its_configuration_counts(sets: tuple[str, ...], findings: int) -> None:
    assert len(found(https(8443), protected=(OTHER,), headers={OTHER: sets})) == findings


def test_what_leads_to_another_service_is_none() -> None:
    assert found(https(8443, **ON), ports='[{"HTTPS": 443}]') == []


@pytest.mark.parametrize(("kind", "subjects"), [("NodePort", ["Service default/demo"]), ("ClusterIP", [])])
def test_a_service_that_is_reached_without_the_alb_is_one(kind: str, subjects: list[str]) -> None:
    assert [one.subject for one in found(services=service(type=kind))] == subjects


@pytest.mark.parametrize(("ca", "is_one"), [("ca-of-others", True), ("ca-a", False)])
def test_a_listener_that_sets_the_same_headers_for_certificates_of_another_ca_is_one(ca: str, *, is_one: bool) -> None:
    on = {**ON, "caCertificates": [{"CertificateId": ca}]}
    findings = found(https(8443, **on, xForwardedForConfig=SETS_BOTH), trusted=("ca-a",))
    assert [one.subject for one in findings] == [OTHER.label] * is_one
    assert all("or have them set for a certificate of another CA" in one.evidence for one in findings)
