"""What a call changed, in a short sentence for the journal."""

import json
from typing import Any

from lab.interception.redaction import digest
from lab.kubernetes_proxy.calls import KubernetesCall

_JSON_PATCH = "application/json-patch+json"


def effect_of(call: KubernetesCall, *, status: int, content_type: str, sent: bytes, received: bytes) -> str:
    """Describe what a write that succeeded changed; empty for everything else.

    Values are shown only when they are booleans or null: a Secret passes here too.
    """
    if not call.writes or status >= 300:  # noqa: PLR2004  # 2xx: it was done
        return ""
    version = str(_metadata(received).get("resourceVersion", ""))
    head = f"{call.api} {call.target}".strip() + (f" -> resourceVersion {version}" if version else "")
    if call.verb == "patch" and content_type.startswith(_JSON_PATCH):
        changes = _changes(sent)
        return f"{head}: {', '.join(changes)}" if changes else ""
    return f"{head}: {digest(sent)}" if sent else head


def reason_of(received: bytes) -> str:
    """Return the reason of an error, such as `Forbidden` or `Invalid`; empty when the answer is no Status."""
    answer = _decoded(received)
    return str(answer.get("reason", "")) if answer.get("kind") == "Status" else ""


def _changes(sent: bytes) -> list[str]:
    operations: list[dict[str, Any]] = json.loads(sent)
    return [_operation(operation) for operation in operations if operation["op"] != "test"]


def _operation(operation: dict[str, Any]) -> str:
    name = f"{operation['op']} {operation['path']}"
    if "value" not in operation:
        return name
    value = json.dumps(operation["value"], sort_keys=True)
    return f"{name} = {value if value in ('true', 'false', 'null') else digest(value)}"


def _metadata(received: bytes) -> dict[str, Any]:
    metadata = _decoded(received).get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _decoded(received: bytes) -> dict[str, Any]:
    try:
        answer: Any = json.loads(received)
    except ValueError:
        # Protobuf, or compressed as the client wished.
        return {}
    return answer if isinstance(answer, dict) else {}
