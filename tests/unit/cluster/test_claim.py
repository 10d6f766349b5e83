"""What a claim is as text, and what is not taken for one."""

import json

import pytest

from alb_mtls.cluster.claim import Claim, read_claim
from alb_mtls.cluster.errors import MalformedClaim
from tests.helpers.albconfigs import LISTENER, albconfig, https

KEY = "alb-mtls/claim.443.https"
CLAIM = Claim(owner="alb-mtls/dev", token="t", attempt="a", previous={"caEnabled": False})
VALUE = {"owner": "alb-mtls/dev", "token": "t", "attempt": "a", "previous": {"caEnabled": False}}


def test_the_key_and_the_value_are_those_of_the_reference() -> None:
    assert LISTENER.claim_annotation == KEY
    assert json.loads(CLAIM.to_text()) == VALUE


def test_a_claim_that_was_written_is_read_back() -> None:
    claim = Claim(owner="p/生产", token="t", attempt=None, previous={"caCertificates": [{"CertificateId": "a"}, None]})

    assert read_claim(albconfig(https(), annotations={KEY: claim.to_text()}), LISTENER) == claim


def test_equal_claims_are_equal_texts_whatever_the_order_of_keys() -> None:
    one = Claim(owner="o", token="t", attempt="a", previous={"caEnabled": True, "caCertificates": None})
    other = Claim(owner="o", token="t", attempt="a", previous={"caCertificates": None, "caEnabled": True})

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
        json.dumps({**VALUE, "more": 1}),
        json.dumps({**VALUE, "owner": ""}),
        json.dumps({**VALUE, "token": 1}),
        json.dumps({**VALUE, "attempt": 1}),
        json.dumps({**VALUE, "previous": None}),
        json.dumps({**VALUE, "previous": {"certificates": []}}),
    ],
)
def test_anything_else_is_refused_with_the_name_of_the_annotation(text: str) -> None:
    with pytest.raises(MalformedClaim, match=f"annotation {KEY} of AlbConfig alb is not a claim"):
        read_claim(albconfig(https(), annotations={KEY: text}), LISTENER)
