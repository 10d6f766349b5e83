"""From what Pulumi hands over of a stack's configuration to settings: one way for the program and for `ops`."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from alb_mtls import redaction
from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.parse import Surroundings, parse_settings
from alb_mtls.configuration.targets import REGION_VARIABLES
from alb_mtls.pki.passphrases import KeyPassphrases
from alb_mtls.text_files import read_text

# What Pulumi.yaml types as object or array is handed over as JSON text.
_DECODED = ("rootCa", "clients", "fleets", "cas", "alb", "listeners", "proof", "accept")
_ACCESS = ("alicloud:", "kubernetes:")


@dataclass(frozen=True, kw_only=True)
class StackValues:
    """The configuration of a stack, as Pulumi hands it over.

    Attributes:
        texts: by full key, such as `alb-mtls:rootCa`, secrets in the clear; objects and lists as JSON.
        is_secret: says of a full key whether Pulumi keeps it, or a part of it, encrypted.
    """

    project: str
    stack: str
    texts: Mapping[str, Any] = field(repr=False)
    is_secret: Callable[[str], bool]


def settings_of(given: StackValues, *, now: datetime, preview: bool) -> Settings:
    """Return the settings of a stack; the files that they name are read, from the present folder on.

    Args:
        given: of the stack.
        now: aware, in UTC.
        preview: nothing will be signed or changed.

    Raises:
        SettingsError: names every mistake, by key.
    """
    prefix = f"{given.project}:"
    own = {key.removeprefix(prefix): value for key, value in given.texts.items() if key.startswith(prefix)}
    values = {key: _decoded(key, value) for key, value in own.items()}
    redaction.hide(KeyPassphrases.read(values.get("rootCa"), os.environ).texts())
    surroundings = Surroundings(
        project=given.project,
        stack=given.stack,
        region={
            "alicloud:region": given.texts.get("alicloud:region"),
            **{name: os.environ.get(name) for name in REGION_VARIABLES},
        },
        access={key: str(value) for key, value in given.texts.items() if key.startswith(_ACCESS)},
        read_file=read_text,
        mode_of=_mode_of,
        now=now,
        others=tuple(key for key in given.texts if not key.startswith(prefix)),
        preview=preview,
        environment=os.environ,
        is_secret=lambda key: given.is_secret(f"{prefix}{key}"),
    )
    return parse_settings(values, surroundings)


def _mode_of(path: str) -> int | None:
    try:
        return Path(path).stat().st_mode
    except OSError:
        return None


def _decoded(key: str, value: Any) -> Any:
    if key not in _DECODED or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        # Its reader reports that a text is no object; beside bad JSON these are numbers and depths beyond Python's.
        return value
