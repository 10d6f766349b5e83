"""Whose calls the cloud takes: signed with the key of the account, unchanged, just now, and once.

The SDK signs, here and in the product; what it never does by itself is sent as raw HTTP.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from alibabacloud_tea_openapi.utils import Utils

from tests.helpers.cloud_sdk import CasUser, cas_client, refused
from tests.helpers.simulated_cloud import SimulatedCloud

ALGORITHM = "ACS3-HMAC-SHA256"
NO_BODY = hashlib.sha256(b"").hexdigest()


class RawCall:
    """A call of ListCertWarehouse, signed by the SDK's own code, that can be spoilt before it is sent."""

    def __init__(self, simulated: SimulatedCloud, **headers: str | None) -> None:
        """Take what replaces the usual headers; None leaves one out."""
        key = simulated.credentials
        self.url, self.method, self.body = simulated.cas, "POST", b""
        self.query = {"Name": "a b~*", "ShowSize": "5"}
        usual: dict[str, str | None] = {
            "host": simulated.cas.removeprefix("http://"),
            "x-acs-version": "2020-04-07",
            "x-acs-action": "ListCertWarehouse",
            "x-acs-date": now(),
            "x-acs-signature-nonce": Utils.get_nonce(),
            "x-acs-content-sha256": NO_BODY,
        }
        self.headers = {name: value for name, value in (usual | headers).items() if value is not None}
        request = SimpleNamespace(method=self.method, pathname="/", query=self.query, headers=self.headers)
        self.authorization = Utils.get_authorization(
            request, ALGORITHM, NO_BODY, key.access_key_id, key.access_key_secret
        )

    def send(self) -> tuple[int, Any]:
        """Send it and return status and error code (None for a good answer)."""
        headers = {**self.headers, "Authorization": self.authorization}
        answer = httpx.request(
            self.method, self.url, params=self.query, headers=headers, content=self.body, trust_env=False
        )
        return answer.status_code, answer.json().get("Code")


def now(offset: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) + offset).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_call_with_the_key_of_the_account_is_taken(cas: CasUser) -> None:
    assert cas.repositories(name="100% a+b/ü~*'\"&=") == []


def test_a_call_with_the_security_token_is_taken(simulated: SimulatedCloud) -> None:
    token = simulated.credentials.security_token

    assert CasUser(cas_client(simulated, security_token=token)).repositories() == []


@pytest.mark.parametrize(
    ("credentials", "status", "code", "message"),
    [
        ({"security_token": "another"}, 400, "InvalidSecurityToken.MismatchWithAccessKey", ""),
        ({"access_key_id": "LTAI-nobody"}, 404, "InvalidAccessKeyId.NotFound", ""),
        ({"access_key_secret": "another"}, 400, "SignatureDoesNotMatch", f"server string to sign is:{ALGORITHM}"),
    ],
    ids=["token", "key", "secret"],
)
def test_a_call_with_another_key_is_rejected_and_has_no_effect(
    simulated: SimulatedCloud, cas: CasUser, credentials: dict[str, str], status: int, code: str, message: str
) -> None:
    with refused(code) as refusal:
        CasUser(cas_client(simulated, **credentials)).create_repository()
    assert refusal.status == status
    assert message in refusal.body["Message"]
    assert cas.repositories() == []


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda call: call.query.update({"Name": "ours"}), id="another parameter"),
        pytest.param(lambda call: call.query.update({"CurrentPage": "2"}), id="one parameter more"),
        pytest.param(lambda call: call.headers.update({"x-acs-action": "ListCert"}), id="another API"),
        pytest.param(lambda call: call.headers.update({"x-acs-signature-nonce": "another"}), id="another nonce"),
        pytest.param(lambda call: setattr(call, "method", "GET"), id="another method"),
        pytest.param(lambda call: setattr(call, "body", b"Name=ours"), id="a body"),
    ],
)
def test_what_was_changed_after_signing_is_noticed(
    simulated: SimulatedCloud, spoil: Callable[[RawCall], object]
) -> None:
    call = RawCall(simulated)
    spoil(call)

    assert call.send() == (400, "SignatureDoesNotMatch")


def test_the_same_request_is_taken_once(simulated: SimulatedCloud) -> None:
    call = RawCall(simulated)

    assert call.send() == (200, None)
    assert call.send() == (400, "SignatureNonceUsed")


def test_a_rejected_request_does_not_use_up_its_nonce(simulated: SimulatedCloud) -> None:
    call = RawCall(simulated)
    genuine = call.authorization
    call.authorization = genuine[:-8] + "00000000"
    assert call.send() == (400, "SignatureDoesNotMatch")

    call.authorization = genuine
    assert call.send() == (200, None)


@pytest.mark.parametrize(
    ("offset", "answer"),
    [
        (timedelta(minutes=-14), (200, None)),
        (timedelta(minutes=14), (200, None)),
        (timedelta(minutes=-16), (400, "InvalidTimeStamp.Expired")),
        (timedelta(minutes=16), (400, "InvalidTimeStamp.Expired")),
    ],
    ids=["14 minutes old", "14 minutes ahead", "16 minutes old", "16 minutes ahead"],
)
def test_clocks_may_differ_by_a_quarter_of_an_hour(
    simulated: SimulatedCloud, offset: timedelta, answer: tuple[int, str | None]
) -> None:
    assert RawCall(simulated, **{"x-acs-date": now(offset)}).send() == answer


def test_a_date_of_another_form_is_rejected(simulated: SimulatedCloud) -> None:
    date = "Mon, 23 Nov 2026 20:00:00 GMT"

    assert RawCall(simulated, **{"x-acs-date": date}).send() == (400, "InvalidTimeStamp.Format")


@pytest.mark.parametrize("header", ["x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"])
def test_what_makes_a_signature_safe_has_to_be_there(simulated: SimulatedCloud, header: str) -> None:
    status, code = RawCall(simulated, **{header: None}).send()

    assert (status, code) == (400, f"Missing{header.replace('-', '')}")


def test_every_common_header_has_to_be_signed(simulated: SimulatedCloud) -> None:
    call = RawCall(simulated)
    call.headers["x-acs-security-token"] = simulated.credentials.security_token

    assert call.send() == (400, "IncompleteSignature")


@pytest.mark.parametrize(
    "authorization", ["", "Basic dTpw", f"{ALGORITHM} Credential=a,SignedHeaders=host,Signature=short"]
)
def test_other_authorizations_are_rejected(simulated: SimulatedCloud, authorization: str) -> None:
    call = RawCall(simulated)
    call.authorization = authorization

    assert call.send() == (400, "IncompleteSignature")
