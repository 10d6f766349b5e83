"""The only reader of Pulumi config; `__main__.py` is its only caller."""

import os
from datetime import UTC, datetime

import pulumi
from pulumi.runtime.config import CONFIG, is_config_secret

from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.problems import SettingsError
from alb_mtls.configuration.stack_values import StackValues, settings_of
from components.printing import stop, stop_at
from components.versions import refuse_other_cli

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
    given = StackValues(
        project=pulumi.get_project(), stack=pulumi.get_stack(), texts=CONFIG.get(), is_secret=is_config_secret
    )
    try:
        return settings_of(given, now=datetime.now(UTC), preview=pulumi.runtime.is_dry_run())
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
