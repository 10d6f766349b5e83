"""The only reader of Pulumi config; `__main__.py` is its only caller."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG, is_config_secret

from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.plugins import without_plugin
from alb_mtls.configuration.problems import SettingsError
from alb_mtls.configuration.stack_values import StackValues, settings_of
from alb_mtls.pulumi_cli import without_checkpoints
from alb_mtls.report_file import begin_report
from components.printing import stop, stop_at
from components.versions import refuse_other_cli


def load_settings() -> Settings:
    """Read the stack's configuration.

    Raises:
        pulumi.RunError: names every mistake by its key, a Pulumi CLI that is not supported, a variable with which a
            killed run could not be healed, or a plugin that is missing; nothing has been registered by then.
    """
    begin()
    refuse_other_cli()
    refuse_without_checkpoints()
    given = StackValues(
        project=pulumi.get_project(), stack=pulumi.get_stack(), texts=CONFIG.get(), is_secret=is_config_secret
    )
    try:
        settings = settings_of(given, now=datetime.now(UTC), preview=pulumi.runtime.is_dry_run())
    except SettingsError as error:
        raise stop_at(error) from None
    sentence = without_plugin(settings.clients, os.environ, Path.cwd())
    if sentence is not None:
        raise stop(sentence)
    return settings


def begin() -> None:
    """Begin the report of this run, where one is named (docs/reference/report.md).

    Raises:
        pulumi.RunError: it cannot be written.
    """
    sentence = begin_report(
        os.environ,
        command="preview" if pulumi.runtime.is_dry_run() else "up",
        project=pulumi.get_project(),
        stack=pulumi.get_stack(),
        at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    if sentence is not None:
        raise stop(sentence)


def refuse_without_checkpoints() -> None:
    """Refuse a variable of Pulumi with which a killed run could not be healed."""
    sentence = without_checkpoints(os.environ)
    if sentence is not None:
        raise stop(sentence)
