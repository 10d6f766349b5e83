"""The decoder says what Go's encoding/json would say; the texts are those of the field's error catalogue."""

from typing import Any

import pytest

from lab.controller.go_json import Decoder, GoDecodeError
from lab.controller.schema import SPEC


def _decoded(listener: dict[str, Any], *, case_sensitive: bool = True) -> dict[str, Any]:
    decoder = Decoder(case_sensitive=case_sensitive)
    decoded: dict[str, Any] = decoder.decode({"listeners": [listener]}, SPEC)["listeners"][0]
    return decoded


def test_values_of_the_right_type_are_taken() -> None:
    listener = _decoded({"port": 443, "protocol": "HTTPS", "caEnabled": True, "gzipEnabled": False})
    assert (listener["port"], listener["protocol"], listener["caEnabled"]) == (443, "HTTPS", True)
    assert listener["gzipEnabled"] is False


@pytest.mark.parametrize(
    ("listener", "text"),
    [
        pytest.param(
            {"caEnabled": "true"},
            "json: cannot unmarshal string into Go struct field ListenerSpec.listeners.caEnabled of type bool",
            id="a quoted boolean",
        ),
        pytest.param(
            {"certificates": [{"IsDefault": "true"}]},
            "json: cannot unmarshal string into Go struct field "
            "Certificate.listeners.certificates.IsDefault of type bool",
            id="a quoted boolean of a certificate",
        ),
        pytest.param(
            {"caCertificates": "abc"},
            "json: cannot unmarshal string into Go struct field "
            "ListenerSpec.listeners.caCertificates of type []v1.Certificate",
            id="an identifier in the place of a list",
        ),
        pytest.param(
            {"caCertificates": ["abc"]},
            "json: cannot unmarshal string into Go struct field "
            "ListenerSpec.listeners.caCertificates of type v1.Certificate",
            id="an identifier in the place of a certificate",
        ),
        pytest.param(
            {"caCertificates": [{"CertificateId": 7}]},
            "json: cannot unmarshal number into Go struct field "
            "Certificate.listeners.caCertificates.CertificateId of type string",
            id="an identifier that is a number",
        ),
        pytest.param(
            {"idleTimeout": 1.5},
            "json: cannot unmarshal number 1.5 into Go struct field ListenerSpec.listeners.idleTimeout of type int",
            id="a fraction of a second",
        ),
        pytest.param(
            {"port": True},
            "json: cannot unmarshal bool into Go value of type int32",
            id="a port that is neither number nor text",
        ),
    ],
)
def test_a_wrong_type_is_rejected_in_the_words_of_go(listener: dict[str, Any], text: str) -> None:
    with pytest.raises(GoDecodeError) as refused:
        _decoded(listener)
    assert str(refused.value) == text


def test_a_list_in_the_place_of_the_spec_is_rejected() -> None:
    with pytest.raises(GoDecodeError, match=r"^json: cannot unmarshal array into Go value of type v1.AlbConfigSpec$"):
        Decoder().decode([], SPEC)


@pytest.mark.parametrize("port", [443, "443"])
def test_a_port_may_be_a_number_or_a_text(port: int | str) -> None:
    assert _decoded({"port": port})["port"] == 443


def test_a_port_that_is_no_number_is_zero() -> None:
    assert _decoded({"port": "https"})["port"] == 0


@pytest.mark.parametrize("key", ["caenabled", "CaEnabled", "caEnable", "ca_enabled"])
def test_unknown_keys_are_ignored_without_a_message(key: str) -> None:
    assert _decoded({key: True})["caEnabled"] is None


@pytest.mark.parametrize("key", ["caenabled", "CaEnabled"])
def test_keys_in_another_case_count_when_the_assumption_is_switched(key: str) -> None:
    assert _decoded({key: True}, case_sensitive=False)["caEnabled"] is True


def test_a_misspelled_key_never_counts() -> None:
    assert _decoded({"caEnable": True}, case_sensitive=False)["caEnabled"] is None


@pytest.mark.parametrize("empty", [{}, dict.fromkeys(("idleTimeout", "certificates", "gzipEnabled", "caCertificates"))])
def test_null_and_absent_values_are_zero_and_of_pointers_and_optional_lists_none(empty: dict[str, Any]) -> None:
    decoded = _decoded(empty)
    assert (decoded["idleTimeout"], decoded["certificates"]) == (0, [])
    assert (decoded["gzipEnabled"], decoded["caCertificates"]) == (None, None)


def test_an_optional_list_that_is_empty_is_not_an_absent_one() -> None:
    assert _decoded({"caCertificates": []})["caCertificates"] == []
