"""Error replies in the shape of kube-apiserver: a Status object (k8s.io/apimachinery/pkg/api/errors)."""

import json
from typing import Any

from lab.interception import FaultKind, Reply
from lab.kubernetes_proxy.calls import KubernetesCall

_RETRY_AFTER_SECONDS = 1
_WEBHOOK = 'webhook "valbconfig.alb.alibabacloud.com"'
_WEBHOOK_URL = '"https://127.0.0.1/validate-albconfig?timeout=2s"'


def error_reply(kind: FaultKind, call: KubernetesCall, *, user: str) -> Reply:
    """Build the answer that kube-apiserver gives in this case (lab/README.md)."""
    match kind:
        case FaultKind.THROTTLE:
            message = "Too many requests, please try again later."
            return _status(429, "TooManyRequests", message, retry_after=_RETRY_AFTER_SECONDS)
        case FaultKind.ACCESS_DENIED:
            return _status(403, "Forbidden", _forbidden(call, user), details=_about(call))
        case FaultKind.WEBHOOK_DENIES:
            message = f"{_WEBHOOK} denied the request: a fault set in the lab"
            return _status(403, None, f"admission {message}")
        case FaultKind.WEBHOOK_DOWN:
            message = f"failed calling {_WEBHOOK}: failed to call webhook: Post {_WEBHOOK_URL}: EOF"
            return _status(500, "InternalError", f"Internal error occurred: {message}")
        case FaultKind.UNAVAILABLE:
            return unavailable("the server is currently unable to handle the request")
        case _:
            message = "Internal error occurred: etcdserver: request timed out (a fault set in the lab)"
            return _status(500, "InternalError", message)


def unavailable(message: str) -> Reply:
    """Build the answer of a server that cannot do it now."""
    return _status(503, "ServiceUnavailable", message)


def _forbidden(call: KubernetesCall, user: str) -> str:
    kind = f"{call.resource.partition('/')[0]}.{call.group}".rstrip(".")
    thing = f'{kind} "{call.name}"' if call.name else kind
    scope = f'in the namespace "{call.namespace}"' if call.namespace else "at the cluster scope"
    return (
        f'{thing} is forbidden: User "{user}" cannot {call.verb} resource "{call.resource}" '
        f'in API group "{call.group}" {scope}'
    )


def _about(call: KubernetesCall) -> dict[str, Any]:
    about = {"name": call.name, "group": call.group, "kind": call.resource.partition("/")[0]}
    return {key: value for key, value in about.items() if value}


def _status(
    status: int,
    reason: str | None,
    message: str,
    *,
    details: dict[str, Any] | None = None,
    retry_after: int | None = None,
) -> Reply:
    details = details or {}
    headers = [("Content-Type", "application/json")]
    if retry_after is not None:
        headers.append(("Retry-After", str(retry_after)))
        details = {**details, "retryAfterSeconds": retry_after}
    body = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        # Of a denial by a webhook it has none.
        **({} if reason is None else {"reason": reason, "details": details}),
        "code": status,
    }
    return Reply(status=status, headers=headers, body=json.dumps(body).encode(), code=reason or "")
