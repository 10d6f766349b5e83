"""Examining the Pulumi CLI: its version, and a variable with which a killed run could not be healed."""

import os
from collections.abc import Callable, Iterator, Mapping

from alb_mtls.pulumi_cli import is_supported, other_cli, without_checkpoints
from ops.doctor.diagnosis import Line, fine, stopping, tried
from ops.stack import cli_version

_TOPIC = "Pulumi CLI"


def examine_engine(
    environment: Mapping[str, str] = os.environ, version_of: Callable[[], str] = cli_version
) -> Iterator[Line]:
    """Look for what of the CLI an `up` refuses before it reads anything."""

    def examine() -> Iterator[Line]:
        version = version_of()
        if is_supported(version):
            yield fine(_TOPIC, f"it is {version}")
        else:
            yield stopping(_TOPIC, other_cli(f"it is {version}"))

    yield from tried(_TOPIC, examine)
    skipped = without_checkpoints(environment)
    if skipped is not None:
        yield stopping(_TOPIC, skipped)
