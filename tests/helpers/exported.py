"""Secrets in a state as `pulumi stack export --show-secrets` prints it."""

import json
from typing import Any

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which Pulumi marks what stands for a value."""

_SECRET = "1b47061264138c4ac30d75fd1eb44270"


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE: _SECRET, "plaintext": json.dumps(value)}


def is_secret(value: Any) -> bool:
    """Say whether a value is marked as a secret."""
    return isinstance(value, dict) and value.get(SIGNATURE) == _SECRET


def plain(value: Any) -> Any:
    """Return a value with every secret in it as it is."""
    if is_secret(value):
        return plain(json.loads(value["plaintext"]))
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value
