"""A stack's configuration as an `up` reads it: its settings, or every mistake by key."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import yaml

from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.problems import SettingsError
from alb_mtls.configuration.stack_values import StackValues, settings_of
from ops.configuration import project_of
from ops.errors import WrongConfiguration


def printed_of(text: str) -> Mapping[str, Any]:
    """Return the configuration of a stack file as `pulumi config --json` prints it; values stay encrypted."""
    config: Mapping[str, Any] = yaml.safe_load(text)["config"]
    return {key: _entry(value) for key, value in config.items()}


def _entry(value: Any) -> dict[str, Any]:
    if value is None or isinstance(value, str):
        # Of a text the CLI prints no object, and a key without a value is an empty text to it.
        return {"value": value or ""}
    text = json.dumps(value, default=_as_pulumi)
    return {"value": text, "objectValue": json.loads(text)}


def _as_pulumi(day: Any) -> str:
    # Of a day without quotes Pulumi makes such a time.
    return f"{day:%Y-%m-%d %H:%M:%S} +0000 UTC"


def settings_of_printed(printed: Mapping[str, Any], stack: str, now: datetime) -> Settings:
    """Return the settings of a configuration.

    Args:
        printed: what `pulumi config --json --show-secrets` prints.
        stack: name of the stack, without organization and project.
        now: aware, in UTC.

    Raises:
        WrongConfiguration: an `up` would refuse it.
        OpsError: it is of another program.
    """
    given = StackValues(
        project=project_of(printed),
        stack=stack,
        # The engine hands over the same text, of an object too; `objectValue` would be Python's reading of numbers.
        texts={key: one["value"] for key, one in printed.items() if one.get("value") is not None},
        is_secret=lambda key: bool(printed.get(key, {}).get("secret")),
    )
    try:
        return settings_of(given, now=now, preview=False)
    except SettingsError as error:
        raise WrongConfiguration(error) from None
