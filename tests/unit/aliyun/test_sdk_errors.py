"""What becomes of each answer and each broken connection, decided by the real SDK's exceptions."""

import logging
import traceback
from typing import Any

import pytest
import requests
from alibabacloud_credentials.exceptions import CredentialException

from alb_mtls.aliyun.cas import CasClient
from alb_mtls.aliyun.cas_models import Repository
from alb_mtls.aliyun.endpoints import cas_endpoint
from alb_mtls.aliyun.errors import (
    AccessDenied,
    CloudError,
    InUse,
    InvalidCredentials,
    NoCredential,
    NotFound,
    QuotaUsedUp,
    RequestRejected,
    RetriesExhausted,
    Unreachable,
)
from alb_mtls.aliyun.retry import RetryPolicy
from tests.helpers.fake_clock import FakeClock
from tests.helpers.plain_certificate import self_signed
from tests.helpers.scripted_transport import (
    ACCESS_KEY_SECRET,
    Answer,
    ScriptedTransport,
    cannot_connect,
    connection_closed,
    error,
)

PEM = self_signed("root")
REPOSITORY = Repository(warehouse_id=7, instance_id="cas-wh-7", name="alb-mtls-1a2b3c4d", type="uploadCA")
FOUND = {"CertWarehouseList": [], "TotalCount": 0}

FINAL = [
    (error(404, "InvalidAccessKeyId.NotFound"), InvalidCredentials),
    (error(403, "InvalidAccessKeyId.Inactive"), InvalidCredentials),
    (error(400, "SignatureDoesNotMatch", f"server string to sign is: POST Cert={PEM}"), InvalidCredentials),
    (error(400, "InvalidSecurityToken.Expired"), InvalidCredentials),
    (error(400, "InvalidSecurityToken.MismatchWithAccessKey"), InvalidCredentials),
    (error(403, "NoPermission"), AccessDenied),
    (error(403, "Forbidden.RAM"), AccessDenied),
    (error(403, "AccessDenied"), AccessDenied),
    (error(400, "OutOfReach", AccessDeniedDetail={"AuthAction": "yundun-cert:ListCert"}), AccessDenied),
    (error(404, "NotFound"), NotFound),
    (error(404, "ResourceNotFound.LoadBalancer"), NotFound),
    (error(400, "CertificateNotExist"), NotFound),
    (error(400, "QuotaExceeded.Certificate"), QuotaUsedUp),
    (error(404, "InvalidAction.NotFound"), RequestRejected),
    (error(400, "InvalidTimeStamp.Expired"), RequestRejected),
    (error(400, "InvalidParameter", "the certificate format is wrong"), RequestRejected),
    (error(400, ""), RequestRejected),
]

PASSING = [
    error(503, "Throttling.User"),
    error(400, "Throttling"),
    error(400, "Throttling.UserQuota"),
    error(429, "TooManyRequests"),
    error(400, "Busy", "Request was denied due to user flow control"),
    error(400, "IncorrectStatus.Listener"),
    error(400, "VipStatusNotSupport"),
    error(400, "-22001"),
    error(400, "SignatureNonceUsed"),
    error(500, "InternalError"),
    error(503, "ServiceUnavailable"),
    Answer(status=502, body="<html>Bad Gateway</html>"),
    Answer(body="null"),
    Answer(body="[1]"),
    cannot_connect(),
    connection_closed(),
    requests.ReadTimeout("read timed out"),
    requests.ConnectTimeout("connect timed out"),
    requests.exceptions.SSLError("wrong version number"),
]


def name(case: Any) -> str | None:
    if isinstance(case, Answer):
        return f"{case.status} {case.body['Code']}" if not isinstance(case.body, str) else f"{case.status} no JSON"
    return type(case).__name__ if isinstance(case, Exception) else None


def everything_said(caught: BaseException) -> str:
    """Return all that a log could show of an exception, its causes and contexts included."""
    parts = []
    current: BaseException | None = caught
    while current is not None:
        parts += ["".join(traceback.format_exception(current)), repr(current), repr(vars(current))]
        current = current.__cause__ or current.__context__
    return "".join(parts)


@pytest.mark.parametrize(("answer", "expected"), FINAL, ids=name)
def test_a_refusal_that_stays_is_reported_at_once(
    cas: CasClient, transport: ScriptedTransport, answer: Answer, expected: type[CloudError]
) -> None:
    transport.queue("ListCertWarehouse", answer)
    with pytest.raises(CloudError) as caught:
        cas.repositories("alb-mtls-1a2b3c4d")
    assert type(caught.value) is expected
    assert transport.count("ListCertWarehouse") == 1
    assert caught.value.api == "ListCertWarehouse"
    assert caught.value.target == "repository alb-mtls-1a2b3c4d"
    assert "alb-mtls-1a2b3c4d" in str(caught.value)
    assert str(caught.value).endswith("(request R-1)")


@pytest.mark.parametrize("reason", PASSING, ids=name)
def test_a_failure_that_passes_is_not_reported_at_all(
    cas: CasClient, transport: ScriptedTransport, reason: Answer | Exception
) -> None:
    transport.queue("ListCertWarehouse", reason, reason, FOUND)
    assert cas.repositories() == []
    assert transport.count("ListCertWarehouse") == 3


@pytest.mark.parametrize("reason", PASSING, ids=name)
def test_a_failure_that_does_not_pass_is_reported_in_the_end(
    cas: CasClient, transport: ScriptedTransport, reason: Answer | Exception
) -> None:
    transport.queue("ListCertWarehouse", *[reason] * 500)
    with pytest.raises((RetriesExhausted, Unreachable), match=r"ListCertWarehouse on all repositories"):
        cas.repositories()


@pytest.mark.parametrize("answer", [*(answer for answer, _ in FINAL), *PASSING], ids=name)
def test_no_error_shows_a_certificate_or_a_key(
    transport: ScriptedTransport, key: Any, clock: FakeClock, answer: Answer | Exception
) -> None:
    policy = RetryPolicy(deadline_seconds=0, clock=clock, sleep=clock.sleep)
    impatient = CasClient(endpoint=cas_endpoint("international"), credential=key, policy=policy)
    transport.queue("UploadPCACert", answer)
    transport.always("ListCert", lambda _: {"CertList": [], "TotalCount": 0})
    with pytest.raises(CloudError) as caught:
        impatient.upload_ca(pem=PEM, repository=REPOSITORY, name="root-ca-1")
    said = everything_said(caught.value)
    assert PEM.splitlines()[1] not in said
    assert "BEGIN CERTIFICATE" not in said
    assert ACCESS_KEY_SECRET not in said


@pytest.mark.parametrize(
    "code", ["CertificateInUse", "ResourceInUse", "OperationDenied.CertBound", "DependencyViolation"]
)
def test_a_delete_that_is_refused_because_of_use_says_so(
    cas: CasClient, transport: ScriptedTransport, code: str
) -> None:
    transport.queue("DeletePCACert", error(400, code))
    with pytest.raises(InUse, match="take it out of use first"):
        cas.delete_certificate("1ed65580")


def test_the_same_code_of_another_call_is_an_ordinary_refusal(cas: CasClient, transport: ScriptedTransport) -> None:
    transport.queue("ListCertWarehouse", error(400, "ResourceInUse"))
    with pytest.raises(RequestRejected):
        cas.repositories()


def test_an_answer_without_a_code_is_reported_by_its_status(cas: CasClient, transport: ScriptedTransport) -> None:
    transport.queue("ListCertWarehouse", Answer(status=418, body={"Message": "short and stout."}))
    with pytest.raises(RequestRejected, match=r"all repositories: short and stout \(HTTP 418\)\. Look"):
        cas.repositories()
    transport.queue("ListCertWarehouse", Answer(status=418, body={}))
    with pytest.raises(RequestRejected, match=r"all repositories: HTTP 418\. Look"):
        cas.repositories()


def test_a_missing_permission_is_named_as_the_cloud_names_it(cas: CasClient, transport: ScriptedTransport) -> None:
    denied = {"AuthAction": "yundun-cert:ListCertWarehouses", "AuthPrincipalDisplayName": "deploy"}
    transport.queue("ListCertWarehouse", error(403, "NoPermission", AccessDeniedDetail=denied))
    with pytest.raises(AccessDenied, match="RAM user or role deploy") as caught:
        cas.repositories()
    assert caught.value.action == "yundun-cert:ListCertWarehouses"


def test_a_gateway_in_place_of_the_cloud_fills_no_page_with_its_names(
    cas: CasClient, transport: ScriptedTransport
) -> None:
    long = "Gateway\n" + "x" * 10_000
    denied = {"AuthAction": long, "AuthPrincipalDisplayName": long}
    for answer in (error(400, long), error(403, "NoPermission", AccessDeniedDetail=denied, RequestId=long)):
        transport.queue("ListCertWarehouse", answer)
        with pytest.raises(CloudError, match=r"Gateway x+") as caught:
            cas.repositories()
        assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("value", ["abc", "-5", "nan", "1e400", "9" * 5000, "", "Fri, 27 Nov 2026 09:00:00 GMT"])
def test_a_wait_time_that_is_no_number_of_milliseconds_is_passed_over(
    cas: CasClient, transport: ScriptedTransport, clock: FakeClock, value: str
) -> None:
    throttled = Answer(status=400, body={"Code": "Throttling.User"}, headers={"x-acs-retry-after": value})
    transport.queue("ListCertWarehouse", throttled, FOUND)
    cas.repositories()
    [pause] = clock.pauses
    assert 0 <= pause < 60


def test_a_missing_permission_is_named_after_the_api_when_the_cloud_does_not_say(
    cas: CasClient, transport: ScriptedTransport
) -> None:
    transport.queue("ListCertWarehouse", error(403, "Forbidden.RAM"))
    with pytest.raises(AccessDenied, match="Allow the RAM action yundun-cert:ListCertWarehouse"):
        cas.repositories()


def test_a_wait_time_of_the_cloud_is_kept(cas: CasClient, transport: ScriptedTransport, clock: FakeClock) -> None:
    throttled = Answer(status=400, body={"Code": "Slow"}, headers={"x-acs-retry-after": "15000"})
    transport.queue("ListCertWarehouse", throttled, FOUND)
    cas.repositories()
    assert clock.pauses == [15]


def test_an_unreachable_address_is_named_with_the_setting_and_the_proxy(
    cas: CasClient, transport: ScriptedTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    transport.queue("ListCertWarehouse", *[cannot_connect()] * 100)
    with pytest.raises(Unreachable, match=r"cas\.example.*cas\.endpoint.*HTTPS_PROXY"):
        cas.repositories()


def test_a_credential_that_fails_later_is_reported_as_such(transport: ScriptedTransport, policy: RetryPolicy) -> None:
    class Expired:
        def get_credential(self) -> Any:
            message = "unable to refresh"
            raise CredentialException(message)

    client = CasClient(endpoint=cas_endpoint("international"), credential=Expired(), policy=policy)
    with pytest.raises(NoCredential, match="ListCertWarehouse"):
        client.repositories()
    assert transport.sent == []


def test_an_entry_of_an_unknown_shape_is_one_sentence(cas: CasClient, transport: ScriptedTransport) -> None:
    transport.queue("ListCertWarehouse", {"CertWarehouseList": [{"WhId": "not a number"}], "TotalCount": 1})
    with pytest.raises(RequestRejected, match="ListCertWarehouse was answered with an entry of an unknown") as caught:
        cas.repositories()
    assert "not a number" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_debug_switch_of_the_sdk_prints_nothing(
    cas: CasClient,
    transport: ScriptedTransport,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("DEBUG", "sdk")
    transport.queue("ListCertWarehouse", FOUND)
    with caplog.at_level(logging.DEBUG):
        cas.repositories()
    assert "Authorization" not in caplog.text
    assert "LTAI-made-up" not in caplog.text
