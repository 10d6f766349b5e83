"""What an Ingress asks for: listeners by its annotations, rules by its paths."""

from typing import Any

import pytest

from lab.controller.ingress import albconfig_of, bindings, services_of
from lab.controller.model import BuildError
from lab.dataplane import Action, PathType, Route

HOST = "demo.alb.ingress.top"
RULE = {
    "host": HOST,
    "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "https-service"}}}]},
}


def _ingress(*, annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    names = {f"alb.ingress.kubernetes.io/{name}": value for name, value in (annotations or {}).items()}
    return {"metadata": {"name": "https-ingress", "annotations": names}, "spec": {"rules": [RULE], **spec}}


def _keys(ingress: dict[str, Any]) -> list[str]:
    return [binding.key for binding in bindings(ingress)]


def test_rules_bind_to_the_listeners_that_the_annotation_names() -> None:
    ingress = _ingress(annotations={"listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}, {"QUIC": 443}]'})
    assert _keys(ingress) == ["80/HTTP", "443/HTTPS", "443/QUIC"]


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
    ingress = _ingress(annotations={"ssl-redirect": "true", "listen-ports": '[{"HTTPS": 443}]'})
    http, https = bindings(ingress)
    assert (http.key, [route.action for route in http.routes]) == ("80/HTTP", [Action.REDIRECT_TO_HTTPS])
    assert (https.key, [route.action for route in https.routes]) == ("443/HTTPS", [Action.FORWARD])


def test_exact_paths_stay_exact_and_all_others_are_prefixes() -> None:
    paths: list[dict[str, Any]] = [
        {"path": "/a", "pathType": kind, "backend": {}} for kind in ("Exact", "ImplementationSpecific")
    ]
    (binding,) = bindings(_ingress(rules=[{"http": {"paths": paths}}]))
    assert [route.path_type for route in binding.routes] == [PathType.EXACT, PathType.PREFIX]


def test_a_default_backend_is_a_rule_for_every_host() -> None:
    default = {"service": {"name": "fallback", "port": {"number": 80}}}
    (binding,) = bindings(_ingress(defaultBackend=default))
    assert binding.routes[-1] == Route()


def test_the_services_of_rules_and_default_backend_are_named_once() -> None:
    default = {"service": {"name": "fallback", "port": {"number": 80}}}
    assert services_of(_ingress(rules=[RULE, RULE], defaultBackend=default)) == ["fallback", "https-service"]


def test_an_ingress_class_of_the_alb_controller_names_its_albconfig() -> None:
    parameters = {"apiGroup": "alibabacloud.com", "kind": "AlbConfig", "name": "alb"}
    spec = {"controller": "ingress.k8s.alibabacloud/alb", "parameters": parameters}
    assert albconfig_of({"spec": spec}) == "alb"


@pytest.mark.parametrize("controller", ["ingress.k8s.alibabacloud.com/alb", "k8s.io/ingress-nginx"])
def test_an_ingress_class_of_another_controller_names_none(controller: str) -> None:
    parameters = {"apiGroup": "alibabacloud.com", "kind": "AlbConfig", "name": "alb"}
    assert albconfig_of({"spec": {"controller": controller, "parameters": parameters}}) is None
