"""Which verb, resource and object a request to kube-apiserver is about."""

import json

import pytest

from lab.kubernetes_proxy.calls import parse_call

ALBCONFIGS = "/apis/alibabacloud.com/v1/albconfigs"


@pytest.mark.parametrize(
    ("method", "path", "query", "api", "target"),
    [
        ("GET", ALBCONFIGS, "", "list albconfigs", ""),
        ("GET", ALBCONFIGS, "watch=true", "watch albconfigs", ""),
        ("GET", ALBCONFIGS, "watch=0", "list albconfigs", ""),
        ("GET", ALBCONFIGS, "watch=1&fieldSelector=metadata.name%3Dalb", "watch albconfigs", "alb"),
        ("GET", f"{ALBCONFIGS}/alb", "", "get albconfigs", "alb"),
        ("GET", f"{ALBCONFIGS}/alb/status", "", "get albconfigs/status", "alb"),
        ("PATCH", f"{ALBCONFIGS}/alb", "", "patch albconfigs", "alb"),
        ("PATCH", f"{ALBCONFIGS}/alb/status", "", "patch albconfigs/status", "alb"),
        ("PUT", f"{ALBCONFIGS}/alb", "", "update albconfigs", "alb"),
        ("DELETE", f"{ALBCONFIGS}/alb", "", "delete albconfigs", "alb"),
        ("DELETE", ALBCONFIGS, "", "deletecollection albconfigs", ""),
        ("GET", "/apis/networking.k8s.io/v1/ingresses", "", "list ingresses", ""),
        ("GET", "/apis/networking.k8s.io/v1/namespaces/a/ingresses", "", "list ingresses", "a"),
        ("GET", "/apis/networking.k8s.io/v1/namespaces/a/ingresses/b", "", "get ingresses", "a/b"),
        ("GET", "/api/v1/namespaces/kube-system", "", "get namespaces", "kube-system"),
        ("GET", "/api/v1/namespaces", "", "list namespaces", ""),
        ("PUT", "/api/v1/namespaces/a/finalize", "", "update namespaces/finalize", "a"),
        ("GET", "/api/v1/namespaces/a/secrets/tls", "", "get secrets", "a/tls"),
        ("GET", "/version", "", "get /version", ""),
        ("GET", "/apis/alibabacloud.com/v1", "", "get /apis/alibabacloud.com/v1", ""),
        ("GET", "/api/v1", "", "get /api/v1", ""),
        ("GET", "/openapi/v3", "", "get /openapi/v3", ""),
    ],
)
def test_a_request_is_named_as_rbac_names_it(method: str, path: str, query: str, api: str, target: str) -> None:
    call = parse_call(method, path, query, b"")
    assert (call.api, call.target) == (api, target)


@pytest.mark.parametrize(
    ("created", "target"),
    [
        ({"metadata": {"name": "tls"}}, "tls"),
        (
            {"spec": {"resourceAttributes": {"verb": "patch", "resource": "albconfigs", "name": "alb"}}},
            "patch albconfigs alb",
        ),
        ({"metadata": None}, ""),
        ([], ""),
    ],
)
def test_a_created_object_is_named_by_its_body(created: object, target: str) -> None:
    body = json.dumps(created).encode()
    assert parse_call("POST", "/apis/authorization.k8s.io/v1/things", "", body).name == target


def test_a_created_object_in_protobuf_has_no_name() -> None:
    assert parse_call("POST", "/api/v1/namespaces/a/secrets", "", b"k8s\x00\x0a\x0c").target == "a"


@pytest.mark.parametrize(
    ("method", "path", "query", "writes"),
    [
        ("PATCH", f"{ALBCONFIGS}/alb", "", True),
        ("PATCH", f"{ALBCONFIGS}/alb", "dryRun=All", False),
        ("POST", "/api/v1/namespaces/a/secrets", "", True),
        ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "", False),
        ("GET", f"{ALBCONFIGS}/alb", "", False),
    ],
)
def test_only_what_stores_something_counts_as_a_write(
    method: str,
    path: str,
    query: str,
    writes: bool,  # a column of the table
) -> None:
    assert parse_call(method, path, query, b"").writes is writes


@pytest.mark.parametrize(
    ("query", "api"), [("dryRun=All", "dry-run patch albconfigs"), ("fieldManager=x", "patch albconfigs")]
)
def test_a_dry_run_has_a_name_of_its_own_so_that_a_fault_of_the_write_does_not_meet_it(query: str, api: str) -> None:
    assert parse_call("PATCH", f"{ALBCONFIGS}/alb", query, b"").api == api


@pytest.mark.parametrize(("query", "streams"), [("watch=true", True), ("", False), ("follow=true", True)])
def test_only_what_goes_on_while_the_client_listens_counts_as_a_stream(
    query: str,
    streams: bool,  # a column of the table
) -> None:
    assert parse_call("GET", "/api/v1/namespaces/a/pods/b/log", query, b"").streams is streams
