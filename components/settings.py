"""The only reader of Pulumi config; `__main__.py` is its only caller."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG

from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.parse import Surroundings, parse_settings
from alb_mtls.configuration.problems import SettingsError
from alb_mtls.configuration.targets import REGION_VARIABLES

# What Pulumi.yaml types as object or array reaches the program as JSON text.
_DECODED = ("rootCa", "clients", "cas", "alb", "listeners", "proof")


def load_settings() -> Settings:
    """Read the stack's configuration.

    Raises:
        pulumi.RunError: names every mistake by its key; nothing has been registered by then.
    """
    surroundings = Surroundings(
        project=pulumi.get_project(),
        stack=pulumi.get_stack(),
        region={
            "alicloud:region": pulumi.Config("alicloud").get("region"),
            **{name: os.environ.get(name) for name in REGION_VARIABLES},
        },
        access=_access(),
        read_file=lambda path: Path(path).read_text("utf-8"),
        now=datetime.now(UTC),
        preview=pulumi.runtime.is_dry_run(),
    )
    try:
        return parse_settings(_values(), surroundings)
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None


def _access() -> Mapping[str, str]:
    namespaces = ("alicloud:", "kubernetes:")
    return {key: str(value) for key, value in CONFIG.get().items() if key.startswith(namespaces)}


def _values() -> Mapping[str, Any]:
    # pulumi.Config gives values only by name of their key; a misspelled key is found by reading all of them.
    prefix = f"{pulumi.get_project()}:"
    given = {key.removeprefix(prefix): value for key, value in CONFIG.get().items() if key.startswith(prefix)}
    return {key: _decoded(key, value) for key, value in given.items()}


def _decoded(key: str, value: Any) -> Any:
    if key not in _DECODED or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        # Its reader reports that a text is no object; beside bad JSON these are numbers and depths beyond Python's.
        return value
