"""The only reader of Pulumi config; `__main__.py` is its only caller."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG, is_config_secret

from alb_mtls import redaction
from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.parse import Surroundings, parse_settings
from alb_mtls.configuration.problems import SettingsError
from alb_mtls.configuration.targets import REGION_VARIABLES
from alb_mtls.pki.passphrases import KeyPassphrases
from alb_mtls.text_files import read_text
from components.printing import stop, stop_at
from components.versions import refuse_other_cli

# What Pulumi.yaml types as object or array reaches the program as JSON text.
_DECODED = ("rootCa", "clients", "fleets", "cas", "alb", "listeners", "proof")

_SKIP_CHECKPOINTS = "PULUMI_SKIP_CHECKPOINTS"
# What Pulumi takes for true in a variable.
_TRUE = frozenset({"1", "true"})


def load_settings() -> Settings:
    """Read the stack's configuration.

    Raises:
        pulumi.RunError: names every mistake by its key, a Pulumi CLI that is not supported, or a variable with which
            a killed run could not be healed; nothing has been registered by then.
    """
    refuse_other_cli()
    refuse_without_checkpoints()
    surroundings = Surroundings(
        project=pulumi.get_project(),
        stack=pulumi.get_stack(),
        region={
            "alicloud:region": pulumi.Config("alicloud").get("region"),
            **{name: os.environ.get(name) for name in REGION_VARIABLES},
        },
        access=_access(),
        read_file=read_text,
        mode_of=_mode_of,
        now=datetime.now(UTC),
        others=tuple(key for key in CONFIG.get() if not key.startswith(f"{pulumi.get_project()}:")),
        preview=pulumi.runtime.is_dry_run(),
        environment=os.environ,
        is_secret=lambda key: is_config_secret(f"{pulumi.get_project()}:{key}"),
    )
    values = _values()
    redaction.hide(KeyPassphrases.read(values.get("rootCa"), os.environ).texts())
    try:
        return parse_settings(values, surroundings)
    except SettingsError as error:
        raise stop_at(error) from None


def refuse_without_checkpoints() -> None:
    """Refuse a variable of Pulumi with which the state is saved only at the end of a run.

    The id of the deployment, the token of a claim and the name of the repository must be saved before anything is
    written: else a killed run leaves a listener that its own stack is refused.
    """
    if os.environ.get(_SKIP_CHECKPOINTS, "").strip().lower() in _TRUE:
        message = (
            f"{_SKIP_CHECKPOINTS} is set: Pulumi then saves the state only at the end, and a run that is killed loses "
            f"what it has claimed and uploaded; nothing was touched. Run it again without that variable: unset "
            f"{_SKIP_CHECKPOINTS}"
        )
        raise stop(message)


def _mode_of(path: str) -> int | None:
    try:
        return Path(path).stat().st_mode
    except OSError:
        return None


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
