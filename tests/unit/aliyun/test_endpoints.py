"""Which endpoints a stack file can name, and what is said about the others."""

import pytest

from alb_mtls.aliyun.endpoints import Endpoint, EndpointError, alb_endpoint, cas_endpoint, is_region


@pytest.mark.parametrize(
    ("value", "host", "scheme"),
    [
        ("china", "cas.aliyuncs.com", "https"),
        ("international", "cas.ap-southeast-1.aliyuncs.com", "https"),
        ("cas.eu-central-1.aliyuncs.com", "cas.eu-central-1.aliyuncs.com", "https"),
        (" cas.example:8443 ", "cas.example:8443", "https"),
        ("127.0.0.1:18080", "127.0.0.1:18080", "https"),
        ("china.example:443", "china.example:443", "https"),
        ("https://cas.example/", "cas.example", "https"),
        ("http://127.0.0.1:18080", "127.0.0.1:18080", "http"),
        ("http://127.8.9.10", "127.8.9.10", "http"),
        ("http://localhost:18080", "localhost:18080", "http"),
        ("http://[::1]:18080", "[::1]:18080", "http"),
    ],
)
def test_a_site_a_host_or_a_url_is_an_endpoint(value: str, host: str, scheme: str) -> None:
    assert cas_endpoint(value) == Endpoint(host=host, scheme=scheme)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "'international'"),
        ("http://cas.aliyuncs.com", "plain HTTP"),
        ("http://10.0.0.1", "plain HTTP"),
        ("http://127.0.0.1.example.com", "plain HTTP"),
        ("ftp://127.0.0.1", "not usable"),
        ("https://cas.example/path", "not usable"),
        ("https://cas.example?x=1", "not usable"),
        ("https://cas.example:99999", "Port out of range"),
        ("https://", "no valid host name"),
        ("not a host", "no valid host name"),
        ("-cas.example", "no valid host name"),
        ("china:443", "set china alone"),
        ("https://INTERNATIONAL/", "set international alone"),
    ],
)
def test_anything_else_is_refused_with_the_reason(value: str, reason: str) -> None:
    with pytest.raises(EndpointError, match=reason):
        cas_endpoint(value)


def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(EndpointError, match="user name or password") as caught:
        cas_endpoint("https://me:hunter2@cas.example")
    assert "hunter2" not in str(caught.value)


def test_the_alb_endpoint_follows_the_region() -> None:
    assert alb_endpoint(None, "ap-southeast-1") == Endpoint(host="alb.ap-southeast-1.aliyuncs.com", scheme="https")


def test_a_given_alb_endpoint_outranks_the_region() -> None:
    assert alb_endpoint("http://127.0.0.1:1", "") == Endpoint(host="127.0.0.1:1", scheme="http")


@pytest.mark.parametrize("region", ["", "a-1", "singapore", "ap southeast 1", "evil.example/ap-southeast-1"])
def test_without_endpoint_a_region_that_is_none_is_refused(region: str) -> None:
    with pytest.raises(EndpointError, match="alicloud:region"):
        alb_endpoint(None, region)


@pytest.mark.parametrize(("text", "known"), [("cn-hangzhou", True), ("ap-southeast-1", True), ("a-1", False)])
def test_what_looks_like_a_region_is_distinguished_from_the_rest(text: str, *, known: bool) -> None:
    assert is_region(text) is known
