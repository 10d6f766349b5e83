"""Examining the Pulumi CLI: its version, and variables with which a run is refused."""

import os
from collections.abc import Callable, Iterator, Mapping

from alb_mtls.pulumi_cli import is_supported, other_cli, without_checkpoints
from alb_mtls.report_file import refused_report
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
    for sentence in filter(None, (without_checkpoints(environment), refused_report(environment))):
        yield stopping(_TOPIC, sentence)
