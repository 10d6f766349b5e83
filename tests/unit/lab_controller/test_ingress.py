"""What an Ingress asks for: listeners by its annotations, rules by its paths."""

from typing import Any

import pytest

from lab.controller.ingress import albconfig_of, bindings, services_of
from lab.controller.model import BuildError
from lab.dataplane import Action, PathType, Route
from tests.helpers.ingresses import Object, ingress, ingress_class

HOST = "demo.alb.ingress.top"
DEFAULT = {"service": {"name": "fallback", "port": {"number": 80}}}


def _ingress(*, annotations: dict[str, str] | None = None, **spec: Any) -> Object:
    names = {f"alb.ingress.kubernetes.io/{name}": value for name, value in (annotations or {}).items()}
    made = ingress(HOST, ports=None, annotations=names)
    return {**made, "spec": {**made["spec"], **spec}}


def _keys(item: Object) -> list[str]:
    return [binding.key for binding in bindings(item)]


def test_rules_bind_to_the_listeners_that_the_annotation_names() -> None:
    ports = '[{"HTTP": 80}, {"HTTPS": 443}, {"QUIC": 443}]'
    assert _keys(_ingress(annotations={"listen-ports": ports})) == ["80/HTTP", "443/HTTPS", "443/QUIC"]


@pytest.mark.parametrize(
    ("spec", "keys"),
    [
        pytest.param({}, ["80/HTTP"], id="no tls"),
        pytest.param({"tls": [{"hosts": [HOST]}]}, ["443/HTTPS"], id="tls for every host"),
        pytest.param({"tls": [{"hosts": ["other"]}]}, ["80/HTTP", "443/HTTPS"], id="tls for another host"),
    ],
)
def test_without_the_annotation_tls_decides(spec: dict[str, Any], keys: list[str]) -> None:
    assert _keys(_ingress(**spec)) == keys


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        ("443", "failed to parse listen-ports configuration: `443`"),
        ('{"HTTPS": 443', 'failed to parse listen-ports configuration: `{"HTTPS": 443`'),
        ("[]", "empty listen-ports configuration: `[]`"),
        ('[{"HTTPS": 0}]', "listen port must be within [1, 65535]: 0"),
        ('[{"TCP": 443}]', "listen protocol must be within [HTTP, HTTPS]: TCP"),
    ],
)
def test_a_wrong_annotation_is_rejected_in_the_controllers_words(annotation: str, text: str) -> None:
    with pytest.raises(BuildError) as refused:
        bindings(_ingress(annotations={"listen-ports": annotation}))
    assert str(refused.value) == text


def test_without_ssl_redirect_http_forwards() -> None:
    (http,) = bindings(_ingress())
    assert http.routes == (Route(host=HOST),)


def test_ssl_redirect_adds_the_http_listener_and_turns_its_rules_into_redirects() -> None:
    annotations = {"ssl-redirect": "true", "listen-ports": '[{"HTTPS": 443}]'}
    http, https = bindings(_ingress(annotations=annotations))
    assert (http.key, [route.action for route in http.routes]) == ("80/HTTP", [Action.REDIRECT_TO_HTTPS])
    assert (https.key, [route.action for route in https.routes]) == ("443/HTTPS", [Action.FORWARD])


def test_exact_paths_stay_exact_and_all_others_are_prefixes() -> None:
    paths: list[dict[str, Any]] = [
        {"path": "/a", "pathType": kind, "backend": {}} for kind in ("Exact", "ImplementationSpecific")
    ]
    (binding,) = bindings(_ingress(rules=[{"http": {"paths": paths}}]))
    assert [route.path_type for route in binding.routes] == [PathType.EXACT, PathType.PREFIX]


def test_a_default_backend_is_a_rule_for_every_host() -> None:
    (binding,) = bindings(_ingress(defaultBackend=DEFAULT))
    assert binding.routes[-1] == Route()


def test_the_services_of_rules_and_default_backend_are_named_once() -> None:
    rules = _ingress()["spec"]["rules"]
    assert services_of(_ingress(rules=[*rules, *rules], defaultBackend=DEFAULT)) == ["demo", "fallback"]


@pytest.mark.parametrize(
    ("controller", "albconfig"),
    [
        ("ingress.k8s.alibabacloud/alb", "alb"),
        ("ingress.k8s.alibabacloud.com/alb", None),
        ("k8s.io/ingress-nginx", None),
    ],
)
def test_only_an_ingress_class_of_the_alb_controller_names_its_albconfig(
    controller: str, albconfig: str | None
) -> None:
    assert albconfig_of(ingress_class(controller=controller)) == albconfig
