"""Decides from what the SDK raised whether to try again, and the sentence for people otherwise.

Decided from exception types and error codes of alibabacloud-tea-openapi 0.4.6 and darabonba-core 1.0.9 as
they are: an HTTP answer of 400 and more is an `AlibabaCloudException`; everything else is an
`UnretryableException` around the cause, and a failed connection is a `RetryError` whose context is the
exception of `requests`. Retry codes of the ALB: terraform-provider-alicloud (docs/facts/alibaba-cloud.md, Errors and
retries). CAS publishes no error codes, so its cases go by the family of the code.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from alb_mtls.aliyun.errors import (
    AccessDenied,
    CloudError,
    InUse,
    InvalidCredentials,
    NoCredential,
    NotFound,
    QuotaUsedUp,
    RequestRejected,
)
from alb_mtls.aliyun.transient import Call, TransientError, TransientReason
from alb_mtls.imports import import_turn
from alb_mtls.redaction import quoted

_BUSY_CODES: Final = frozenset(
    {
        "IncorrectBusinessStatus.LoadBalancer",
        "SystemBusy",
        "IdempotenceProcessing",
        "IncorrectStatus.Listener",
        "IncorrectStatus.LoadBalancer",
        "ResourceInConfiguring.Listener",
        "VipStatusNotSupport",
        "-22001",
        "-21020",
        "-22031",
    }
)
_KEY_CODES: Final = (
    "InvalidAccessKeyId",
    "InvalidAccessKeySecret",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "InvalidSecurityToken",
    "MissingSecurityToken",
    "SecurityTokenExpired",
)
_PERMISSION_CODES: Final = ("NoPermission", "AccessDenied", "Forbidden", "Unauthorized")
_BOUND_WORDS: Final = ("InUse", "Bound", "Associat", "Dependency", "NotEmpty", "OperationDenied", "HasBeenUsed")
_GONE_WORDS: Final = ("NotFound", "NotExist")
_UNKNOWN_API_CODES: Final = (
    "InvalidAction",
    "InvalidApi",
    "InvalidVersion",
    "InvalidRegionId",
    "UnsupportedOperation",
)
_QUOTA_WORDS: Final = ("Quota", "LimitExceed")
_READING = ("Describe", "Get", "List")
# What a preview does without.
_FOR_OPERATIONS = ("GetCertWarehouseQuota",)
# Of a code, a RAM action, a principal, a request id: a gateway that answers in place of the cloud may send anything.
_LONGEST_NAME: Final = 128
_LONGEST_WORDS: Final = 200
_HTTP_TOO_MANY_REQUESTS: Final = 429
_HTTP_SERVER_ERROR: Final = 500


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """The parts of an error answer that are fit to be read."""

    status: int
    code: str
    message: str
    request_id: str | None
    wait_milliseconds: int | None
    denied: Mapping[str, Any]


def failure_of(exception: Exception, call: Call) -> CloudError | TransientError:
    """Return what the exception of an SDK call means; it raises nothing, so nothing is chained."""
    with import_turn:
        from Tea.exceptions import UnretryableException

    if isinstance(exception, UnretryableException):
        return _without_answer(exception.inner_exception, call)
    data = getattr(exception, "data", None)
    body: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    denied = getattr(exception, "access_denied_detail", None)
    return _with_answer(
        _Answer(
            status=getattr(exception, "status_code", None) or 0,
            # From the body: for a missing code the exception has "None".
            code=_text(body.get("Code") or body.get("code")) or "",
            message=str(body.get("Message") or body.get("message") or ""),
            request_id=_text(body.get("RequestId") or body.get("requestId")),
            wait_milliseconds=getattr(exception, "retry_after", None),
            denied=denied if isinstance(denied, Mapping) else {},
        ),
        call,
    )


def _with_answer(answer: _Answer, call: Call) -> CloudError | TransientError:
    # The order matters: InvalidAccessKeyId.NotFound is no missing resource, Throttling.Quota no lack of it.
    code = answer.code
    if code.startswith(_KEY_CODES):
        return _invalid_credentials(answer, call)
    reason = _transient_reason(answer)
    if reason is not None:
        return TransientError(
            reason,
            code=code or str(answer.status),
            request_id=answer.request_id,
            wait_seconds=(answer.wait_milliseconds or 0) / 1000,
        )
    if code.startswith(_PERMISSION_CODES) or answer.denied:
        return _access_denied(answer, call)
    error, advice = _class_of(code, call)
    words = _fit_to_read(answer.message)
    shown = code or f"HTTP {answer.status}"
    answered = f"{words} ({shown})" if words else shown
    return error(
        f"{call.service} {call.api} on {call.target}: {answered}. {advice}",
        api=call.api,
        target=call.target,
        code=code or None,
        request_id=answer.request_id,
    )


def _transient_reason(answer: _Answer) -> TransientReason | None:
    throttled = (
        answer.wait_milliseconds is not None
        or answer.status == _HTTP_TOO_MANY_REQUESTS
        or answer.code.startswith("Throttling")
        or "flow control" in answer.message
    )
    if throttled:
        return TransientReason.THROTTLED
    if answer.code in _BUSY_CODES:
        return TransientReason.BUSY
    if answer.code == "SignatureNonceUsed":
        # The SDK makes a new nonce for each try: something on the way sent the first request twice.
        return TransientReason.REPLY_LOST
    return TransientReason.SERVER_ERROR if answer.status >= _HTTP_SERVER_ERROR else None


def _class_of(code: str, call: Call) -> tuple[type[CloudError], str]:
    if code.startswith("InvalidTimeStamp"):
        return RequestRejected, "The clock of this machine is off: set it, then run it again."
    if code.startswith(_UNKNOWN_API_CODES):
        return (
            RequestRejected,
            f"{call.host} does not serve this API: check the {call.service} endpoint and the region.",
        )
    if any(word in code for word in _QUOTA_WORDS):
        return QuotaUsedUp, "Delete what is not needed any more, or have the quota raised in the console."
    if call.api.startswith("Delete") and any(word in code for word in _BOUND_WORDS):
        return InUse, "It is still in use or not empty: take it out of use first, then delete it."
    if any(word in code for word in _GONE_WORDS):
        return (
            NotFound,
            f"Check the name, the region and the site ({call.host}): another site has other things.",
        )
    return RequestRejected, "Look the code up in the Alibaba Cloud error center."


def _invalid_credentials(answer: _Answer, call: Call) -> CloudError:
    remedy = (
        "The security token has expired or belongs to another key: get a new one."
        if "SecurityToken" in answer.code
        else "Check alicloud:accessKey and alicloud:secretKey, or what the environment or profile gives; "
        "the key must be active, and the account must belong to this site (china or international)."
    )
    # The cloud's own words are left out: for a signature they quote the whole request.
    return InvalidCredentials(
        f"{call.service} at {call.host} does not accept the access key for {call.api} on {call.target} "
        f"({answer.code}). {remedy}",
        api=call.api,
        target=call.target,
        code=answer.code,
        request_id=answer.request_id,
    )


def _access_denied(answer: _Answer, call: Call) -> CloudError:
    action = _text(answer.denied.get("AuthAction")) or f"{call.ram_namespace}:{call.api}"
    principal = _text(answer.denied.get("AuthPrincipalDisplayName"))
    caller = f"RAM user or role {principal}" if principal else "The caller"
    return AccessDenied(
        f"{caller} may not call {call.service} {call.api} on {call.target} ({answer.code}). "
        f"Allow the RAM action {action} on resource *{_granted_by(action, call)}.",
        api=call.api,
        target=call.target,
        action=action,
        code=answer.code,
        request_id=answer.request_id,
    )


def _granted_by(action: str, call: Call) -> str:
    """Return the file of rbac/ that grants it and little more; nothing where the cloud names an action of its own."""
    if action != f"{call.ram_namespace}:{call.api}":
        return ""
    if call.api in _FOR_OPERATIONS:
        return ", as rbac/ram-policy-operations.json does"
    return f", as rbac/ram-policy-{'preview' if call.api.startswith(_READING) else 'up'}.json does"


def _without_answer(cause: BaseException, call: Call) -> CloudError | TransientError:
    with import_turn:
        from alibabacloud_credentials.exceptions import CredentialException
        from darabonba.exceptions import RetryError

    if isinstance(cause, CloudError):
        return cause
    if isinstance(cause, CredentialException):
        return NoCredential(
            f"no credential for {call.service} {call.api} on {call.target}: {_fit_to_read(str(cause))}",
            api=call.api,
            target=call.target,
        )
    if isinstance(cause, RetryError):
        refused = _never_sent(cause.__context__, call)
        return refused or TransientError(_connection_reason(cause.__context__))
    if isinstance(cause, RecursionError):
        return RequestRejected(
            f"{call.host} answered {call.service} {call.api} on {call.target} with JSON that is nested too deep; check "
            f"the {call.service} endpoint.",
            api=call.api,
            target=call.target,
        )
    if isinstance(cause, RuntimeError):
        # darabonba raises a bare RuntimeError for a body that is not JSON, a gateway's error page for
        # instance.
        return TransientError(TransientReason.UNREADABLE)
    return RequestRejected(
        f"{call.service} {call.api} on {call.target} failed inside the SDK with {type(cause).__name__}. "
        "This is a defect: please report it with the versions of the alibabacloud packages.",
        api=call.api,
        target=call.target,
    )


def _never_sent(cause: BaseException | None, call: Call) -> CloudError | None:
    """Return why repeating is of no use: a redirect, or a proxy that cannot be used."""
    with import_turn:
        from requests import exceptions

    if isinstance(cause, exceptions.TooManyRedirects):
        why = (
            f"{call.host} answers with a redirect, which is not followed, since the credential would go with it. "
            f"Check the {call.service} endpoint, and whether a proxy needs a login."
        )
    elif isinstance(cause, exceptions.InvalidSchema | exceptions.InvalidProxyURL | exceptions.InvalidURL):
        why = "The proxy in HTTPS_PROXY or HTTP_PROXY cannot be used: only the schemes http and https are supported."
    else:
        return None
    return RequestRejected(
        f"{call.service} {call.api} on {call.target} was not sent to its end: {why}", api=call.api, target=call.target
    )


def _connection_reason(cause: BaseException | None) -> TransientReason:
    with import_turn:
        from requests import exceptions
        from urllib3.exceptions import MaxRetryError, NewConnectionError

    if isinstance(cause, exceptions.SSLError):
        return TransientReason.TLS_FAILED
    if isinstance(cause, exceptions.ConnectTimeout | exceptions.ProxyError):
        return TransientReason.NOT_CONNECTED
    wrapped = cause.args[0] if cause is not None and cause.args else None
    if isinstance(wrapped, MaxRetryError) and isinstance(wrapped.reason, NewConnectionError):
        return TransientReason.NOT_CONNECTED
    return TransientReason.REPLY_LOST


def _fit_to_read(message: str) -> str:
    """Return the cloud's words without anything that may be certificate, key or signature, in one line."""
    bounded = re.sub(r"-----BEGIN.*", "…", message, flags=re.DOTALL)
    bounded = re.sub(r"[A-Za-z0-9+/=_%-]{32,}", "…", bounded)
    return quoted(bounded, _LONGEST_WORDS).rstrip(" .。")


def _text(value: Any) -> str | None:
    return " ".join(str(value).split())[:_LONGEST_NAME] if value else None
