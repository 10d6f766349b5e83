"""Which listener is found, and which is found fit to request client certificates."""

from dataclasses import replace
from typing import Any

import pytest

from alb_mtls.cluster.errors import AmbiguousListener, NoSuchListener
from alb_mtls.cluster.listener import fields_of, fields_text, find_listener, meaning_of, state_of, switch_text
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.listener_problems import listener_problems
from tests.helpers.albconfigs import LISTENER, Object, albconfig, http, https


def problems_of(item: Object, port: int = 443, protocol: str = "HTTPS") -> list[str]:
    """Return the preflight's sentences about one listener."""
    return listener_problems(item, find_listener(item, ListenerKey(alb_config="alb", port=port, protocol=protocol)))


@pytest.mark.parametrize("value", [1, "true", 0.5, []])
def test_nothing_but_true_requests_certificates_and_what_is_neither_is_another_meaning(value: Any) -> None:
    on, off, neither = (meaning_of({"/caEnabled": enabled}) for enabled in (True, False, value))
    assert (on.enabled, off.enabled, neither.enabled) == (True, False, False)
    assert (neither == off) is (value == [])


@pytest.mark.parametrize(
    ("fields", "switch", "text"),
    [
        ({}, "absent", "caEnabled is absent and caCertificates is absent"),
        ({"/caEnabled": None, "/caCertificates": []}, "absent", "caEnabled is absent and caCertificates is empty"),
        (
            {"/caEnabled": False, "/caCertificates": [{"CertificateId": "a"}, {"CertificateId": "b"}]},
            "false",
            "caEnabled is false and caCertificates holds a, b",
        ),
        (
            {"/caEnabled": True, "/caCertificates": [{"CertificateId": "a"}]},
            "true",
            "caEnabled is true and caCertificates holds a",
        ),
        ({"/caEnabled": "yes"}, "false", str(meaning_of({"/caEnabled": "yes"}))),
    ],
)
def test_what_is_absent_is_not_called_false(fields: dict[str, Any], switch: str, text: str) -> None:
    assert (switch_text(fields), fields_text(fields)) == (switch, text)


@pytest.mark.parametrize("entry", ["1ed65580", {"CertificateId": 7}, {"CertificateId": ["1ed65580"]}])
def test_an_entry_that_names_no_certificate_is_no_identifier_and_another_meaning_than_none(entry: Any) -> None:
    named, odd, none = (
        meaning_of({"/caCertificates": [one]}) for one in ({"CertificateId": "1ed65580"}, entry, {"CertificateId": ""})
    )
    assert (named.identifiers, odd.identifiers, none.identifiers) == (("1ed65580",), (), ())
    assert odd not in {named, none}


@pytest.mark.parametrize("port", [443, "443", 443.0])
def test_a_port_is_the_same_as_number_and_as_text(port: Any) -> None:
    ref = find_listener(albconfig(http(), https(port)), LISTENER)

    assert ref.index == 1
    assert ref.element == https(port)


@pytest.mark.parametrize("port", [True, None, "0443", " 443", 443.5, [443]])
def test_what_only_resembles_the_port_is_not_it(port: Any) -> None:
    with pytest.raises(NoSuchListener):
        find_listener(albconfig(https(port)), LISTENER)


def test_two_protocols_on_one_port_are_two_listeners() -> None:
    item = albconfig({"port": 443, "protocol": "QUIC"}, https())

    assert find_listener(item, LISTENER).index == 1
    assert find_listener(item, replace(LISTENER, protocol="QUIC")).index == 0


def test_a_missing_listener_is_refused_with_those_that_are_there() -> None:
    with pytest.raises(NoSuchListener, match=r"AlbConfig alb has no listener 8443/HTTPS, it has 80/HTTP, 443/HTTPS"):
        find_listener(albconfig(http(), https()), replace(LISTENER, port=8443))


@pytest.mark.parametrize("spec", [None, {}, {"listeners": None}, {"listeners": "x"}, {"listeners": [None, "x"]}])
def test_an_albconfig_without_usable_listeners_has_none(spec: Any) -> None:
    item = {**albconfig(), "spec": spec}

    with pytest.raises(NoSuchListener, match="it has no listener"):
        find_listener(item, LISTENER)


def test_the_same_listener_twice_is_refused_with_both_places() -> None:
    with pytest.raises(AmbiguousListener, match=r"spec.listeners\[0\], spec.listeners\[2\]"):
        find_listener(albconfig(https(), http(), https("443")), LISTENER)


def test_the_state_of_a_listener_that_requests_certificates() -> None:
    state = state_of(https(caEnabled=True, caCertificates=[{"CertificateId": "ca-a"}]))

    assert (state.ca_enabled, state.identifiers) == (True, ["ca-a"])


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"caEnabled": None, "caCertificates": None},
        {"caEnabled": "true", "caCertificates": [{"certificateId": "ca-a"}, {"CertificateId": ""}, None]},
    ],
)
def test_what_is_absent_null_or_misspelled_is_not_read_as_set(fields: dict[str, Any]) -> None:
    state = state_of(https(**fields))

    assert (state.ca_enabled, state.identifiers) == (None, [])
    # But null is not the same as absent.
    assert fields_of(https(**fields)) == {f"/{key}": value for key, value in fields.items()}


def test_an_https_listener_with_a_server_certificate_is_fit() -> None:
    assert problems_of(albconfig(http(), https())) == []


@pytest.mark.parametrize(("port", "protocol"), [(80, "HTTP"), (443, "QUIC")])
def test_a_listener_of_another_protocol_is_not(port: int, protocol: str) -> None:
    (problem,) = problems_of(albconfig({"port": port, "protocol": protocol}), port, protocol)

    assert f"protocol {protocol} cannot request client certificates" in problem


def test_a_default_certificate_serves_as_server_certificate() -> None:
    default = {"kind": "CertIdentifier", "certificateId": "756***-cn-hangzhou"}

    assert problems_of(albconfig({"port": 443, "protocol": "HTTPS", "defaultCertificate": default})) == []


def test_a_certificate_from_an_ingress_shows_in_the_status_and_serves_too() -> None:
    listeners = [{"portAndProtocol": "443/HTTPS", "certificates": [{"certificateId": "1-cn-hangzhou"}]}]

    assert problems_of(albconfig({"port": 443, "protocol": "HTTPS"}, listeners=listeners)) == []


@pytest.mark.parametrize("certificates", [None, [], [{}], [{"CertificateId": ""}]])
def test_without_any_server_certificate_a_listener_is_not_fit(certificates: Any) -> None:
    other = [{"portAndProtocol": "8443/HTTPS", "certificates": [{"certificateId": "1-cn-hangzhou"}]}]
    item = albconfig({"port": 443, "protocol": "HTTPS", "certificates": certificates}, listeners=other)

    (problem,) = problems_of(item)

    assert problem.startswith("it has no server certificate")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"CaEnabled": True}, "spec.listeners[0] has the key 'CaEnabled', which must be spelled 'caEnabled'"),
        (
            {"cacertificates": []},
            "spec.listeners[0] has the key 'cacertificates', which must be spelled 'caCertificates'",
        ),
        (
            {"caCertificates": [{"certificateId": "ca-a"}]},
            "spec.listeners[0].caCertificates[0] has the key 'certificateId', which must be spelled 'CertificateId'",
        ),
    ],
)
def test_a_key_that_differs_only_in_case_is_named_with_the_right_spelling(fields: Any, sentence: str) -> None:
    (problem,) = problems_of(albconfig(https(**fields)))

    assert problem.startswith(sentence)


def test_a_misspelled_key_of_another_listener_is_none_of_our_business() -> None:
    assert problems_of(albconfig(https(), https(8443, CaEnabled=True))) == []


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (https(8443, caEnabled="true"), 'spec.listeners[1].caEnabled is "true" but must be a boolean without quotes'),
        (https(8443, caCertificates="ca-a"), 'spec.listeners[1].caCertificates is "ca-a" but must be a list'),
        (https(8443, caCertificates=["ca-a"]), 'spec.listeners[1].caCertificates[0] is "ca-a" but must be an object'),
        (
            {"port": 8443, "protocol": "HTTPS", "certificates": [{"CertificateId": 7, "IsDefault": "yes"}]},
            "spec.listeners[1].certificates[0].CertificateId is 7 but must be a string",
        ),
        (None, "spec.listeners[1] is null but must be an object"),
    ],
)
def test_a_wrong_type_on_any_listener_is_named_because_it_stops_the_controller(other: Any, sentence: str) -> None:
    problems = problems_of(albconfig(https(), other))

    assert problems[0].startswith(sentence)


def test_null_is_no_wrong_type_since_go_clients_write_it() -> None:
    assert problems_of(albconfig(https(caEnabled=None, caCertificates=None))) == []
