"""Refusing a Pulumi CLI that may not run the program."""

import pulumi

from alb_mtls.pulumi_cli import SUPPORTED_CLI, other_cli
from components.printing import stop


def refuse_other_cli() -> None:
    """Refuse a Pulumi CLI that this program was never tried with; without an engine nothing is compared.

    Raises:
        pulumi.RunError: names the versions that are supported.
    """
    try:
        pulumi.require_pulumi_version(SUPPORTED_CLI)
    except pulumi.RunError:
        raise
    except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower
        sentence = other_cli(str(error))
    else:
        return
    # Raised out here so that it has no context, which would be printed too.
    raise stop(sentence)
