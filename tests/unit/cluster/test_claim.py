"""What a claim is as text, what of it is kept, and what is not taken for one."""

import json
from dataclasses import replace
from typing import Any

import pytest

from alb_mtls.cluster.claim import claims_in, read_claim
from alb_mtls.cluster.claim_errors import MalformedClaim, NewerClaim
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.claims import claim_of

KEY = "alb-mtls/claim.443.https"
CLAIM = claim_of(
    host="demo.alb.ingress.top",
    repository="alb-mtls-dev-1a2b3c4d",
    previous={"/caEnabled": False},
    written={"/caEnabled": True, "/caCertificates": [{"CertificateId": "ca-a"}]},
)
VALUE: dict[str, Any] = {
    "version": 1,
    "owner": "alb-mtls/dev",
    "deployment": "deployment-1",
    "token": "t",
    "attempt": "one",
    "uid": "uid-of-alb",
    "host": "demo.alb.ingress.top",
    "repository": "alb-mtls-dev-1a2b3c4d",
    "previous": {"/caEnabled": False},
    "written": {"/caEnabled": True, "/caCertificates": [{"CertificateId": "ca-a"}]},
}


def holding(text: str, key: str = KEY) -> dict[str, Any]:
    return albconfig(https(), annotations={key: text})


def test_the_key_and_the_value_are_frozen() -> None:
    assert LISTENER.claim_annotation == KEY
    assert json.loads(CLAIM.to_text()) == VALUE


def test_a_claim_that_was_written_is_read_back() -> None:
    for edit, generation in ((None, None), ({"/caEnabled": False}, 2)):
        previous = {"/caCertificates": [{"CertificateId": "a"}, None]}
        claim = claim_of(owner="p/生产", previous=previous, edit=edit, generation=generation)

        assert read_claim(holding(claim.to_text()), LISTENER) == claim


def test_what_a_later_program_has_added_is_written_back() -> None:
    text = json.dumps({**VALUE, "more": {"a": [1, None]}})
    claim = read_claim(holding(text), LISTENER)
    assert claim is not None
    assert json.loads(claim.to_text()) == json.loads(text)


def test_equal_claims_are_equal_texts_whatever_the_order_of_keys() -> None:
    one = claim_of(previous={"/caEnabled": True, "/caCertificates": None})
    other = claim_of(previous={"/caCertificates": None, "/caEnabled": True})

    assert one.to_text() == other.to_text()


@pytest.mark.parametrize("annotations", [None, {"alb-mtls/claim.8443.https": CLAIM.to_text()}])
def test_no_annotation_or_that_of_another_listener_is_no_claim(annotations: dict[str, str] | None) -> None:
    assert read_claim(albconfig(https(), annotations=annotations), LISTENER) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        "[]",
        "{}",
        json.dumps({**VALUE, "new": "\ud800"}),
        json.dumps({key: value for key, value in VALUE.items() if key != "version"}),
        json.dumps({**VALUE, "version": True}),
        json.dumps({**VALUE, "version": "1"}),
        json.dumps({**VALUE, "version": 0}),
        json.dumps({**VALUE, "owner": ""}),
        json.dumps({**VALUE, "deployment": None}),
        json.dumps({**VALUE, "token": 1}),
        json.dumps({**VALUE, "attempt": 1}),
        json.dumps({**VALUE, "host": 1}),
        json.dumps({**VALUE, "generation": "1"}),
        json.dumps({**VALUE, "generation": True}),
        json.dumps({**VALUE, "previous": None}),
        json.dumps({**VALUE, "previous": {"/a\n/b": []}}),
        json.dumps({**VALUE, "written": {"caEnabled": True}}),
        json.dumps({**VALUE, "edit": {"caEnabled": True}}),
        json.dumps({**VALUE, "edit": True}),
    ],
)
def test_anything_else_is_refused_with_the_name_of_the_annotation(text: str) -> None:
    with pytest.raises(MalformedClaim, match=f"annotation {KEY} of AlbConfig alb is not a claim"):
        read_claim(holding(text), LISTENER)


def test_a_claim_may_hold_every_whole_character() -> None:
    claim = read_claim(holding(json.dumps({**VALUE, "new": "\U0001f512 \u00e9"})), LISTENER)
    assert claim is not None
    assert json.loads(claim.to_text().encode())["new"] == "\U0001f512 \u00e9"


def test_a_claim_of_a_higher_version_is_refused_by_its_version_and_not_as_malformed() -> None:
    text = json.dumps({"version": 3, "holder": "alb-mtls/dev"})

    with pytest.raises(NewerClaim, match=r"is a claim of version 3, .* up to version 2; .* use that one"):
        read_claim(holding(text), LISTENER)


@pytest.mark.parametrize("name", ["previous", "written"])
def test_a_claim_on_a_field_that_only_a_newer_program_switches_is_refused_by_that_field(name: str) -> None:
    text = json.dumps({**VALUE, name: {**VALUE[name], "/xForwardedForConfig/enabled": True}})
    known = "only /caEnabled, /caCertificates, /xForwardedForConfig, .*ClientVerifyAlias"

    with pytest.raises(NewerClaim, match=f"is a claim on /xForwardedForConfig/enabled, .* {known}; .* use that one"):
        read_claim(holding(text), LISTENER)


@pytest.mark.parametrize("name", ["previous", "written", "edit"])
def test_a_claim_on_keys_of_headers_is_of_version_2_and_read_back_and_any_other_one_of_version_1(name: str) -> None:
    key = "/xForwardedForConfig/XForwardedForClientCertSubjectDNAlias"
    fields: Any = {**(getattr(CLAIM, name) or {}), "/xForwardedForConfig": {}, key: "x-client"}
    changed: dict[str, Any] = {name: fields}
    claim = replace(CLAIM, **changed)

    assert json.loads(claim.to_text())["version"] == 2
    assert read_claim(holding(claim.to_text()), LISTENER) == claim
    assert json.loads(CLAIM.to_text())["version"] == 1


def test_all_claims_of_an_albconfig_are_found_and_so_is_what_cannot_be_read() -> None:
    gone = claim_of(token="of-a-listener-that-is-gone")
    annotations = {KEY: CLAIM.to_text(), "alb-mtls/claim.8443.https": gone.to_text(), "alb-mtls/claim.1.https": "{}"}

    found = claims_in(albconfig(https(), annotations={**annotations, "team": CLAIM.to_text()}))
    assert [(one.label, one.claim) for one in found] == [
        (LISTENER.label, CLAIM),
        ("listener 8443/HTTPS of AlbConfig alb", gone),
        ("listener 1/HTTPS of AlbConfig alb", None),
    ]
    assert claims_in(albconfig(https())) == []
