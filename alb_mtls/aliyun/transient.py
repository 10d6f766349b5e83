"""What a failed call is, in the terms that the retries and the messages need."""

import os
from dataclasses import dataclass
from enum import StrEnum

from alb_mtls.aliyun.errors import CloudError, RetriesExhausted, Unreachable


class TransientReason(StrEnum):
    """Why a call may be tried again; the value is how a sentence names it."""

    THROTTLED = "throttled"
    BUSY = "the resource was being changed"
    SERVER_ERROR = "server error"
    REPLY_LOST = "the connection ended before an answer came"
    UNREADABLE = "the answer was not JSON"
    TLS_FAILED = "the TLS handshake or its certificate check failed"
    NOT_CONNECTED = "no connection"


@dataclass(frozen=True, kw_only=True)
class Call:
    """What was being tried, as messages name it: the service (`CAS` or `ALB`) at `host`, API and target."""

    service: str
    ram_namespace: str
    host: str
    api: str
    target: str


class TransientError(Exception):
    """A call failed in a way that another try may heal.

    Attributes:
        reason: What happened.
        wait_seconds: How long the cloud requested to wait, 0 when it did not.
    """

    def __init__(
        self,
        reason: TransientReason,
        *,
        code: str | None = None,
        request_id: str | None = None,
        wait_seconds: float = 0.0,
    ) -> None:
        """Take what happened; nothing of the request."""
        super().__init__(f"{reason} ({code})" if code else str(reason))
        self.reason = reason
        self.code = code
        self.request_id = request_id
        self.wait_seconds = wait_seconds

    @property
    def may_have_had_effect(self) -> bool:
        """Say whether the request may have been carried out although no good answer came."""
        return self.reason not in {TransientReason.THROTTLED, TransientReason.BUSY, TransientReason.NOT_CONNECTED}

    @property
    def never_reached(self) -> bool:
        """Say whether there was no connection: most often a wrong name, which waiting does not heal."""
        return self.reason in {TransientReason.NOT_CONNECTED, TransientReason.TLS_FAILED}


def gave_up(last: TransientError, call: Call, *, attempts: int, seconds: float) -> CloudError:
    """Return the error for a call that was tried `attempts` times over `seconds` seconds without success."""
    tried = f"{attempts} {'attempt' if attempts == 1 else 'attempts'} in {seconds:.0f} s"
    if last.never_reached:
        sentence = (
            f"{call.service} cannot be reached at {call.host} for {call.api} on {call.target}: "
            f"{last.reason} after {tried}. {_where_to_look(call)}"
        )
        return Unreachable(sentence, api=call.api, target=call.target)
    advice = (
        f"Check that {call.host} is the {call.service} endpoint."
        if last.reason is TransientReason.UNREADABLE
        else "Run it again later; what was done so far is kept and found again."
    )
    return RetriesExhausted(
        f"{call.service} {call.api} on {call.target} still fails after {tried}: {last}. {advice}",
        api=call.api,
        target=call.target,
        code=last.code,
        request_id=last.request_id,
    )


def _where_to_look(call: Call) -> str:
    setting = "alb.endpoint and alicloud:region" if call.service == "ALB" else "cas.endpoint (china or international)"
    proxy = next(
        (name for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy") if os.environ.get(name)),
        "",
    )
    hint = f" {proxy} is set: hosts that NO_PROXY does not name are reached through that proxy." if proxy else ""
    return f"Check {setting}, and that this machine can get there.{hint}"
