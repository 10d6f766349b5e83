"""What every command of `python -m ops` has in common: its options, its exit codes, and how it ends."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from alb_mtls.aliyun.endpoints import EndpointError
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.handshake.errors import HandshakeError
from alb_mtls.pki.errors import PkiError
from alb_mtls.redaction import quoted
from ops.errors import OpsError, StillBound
from ops.output import Output
from ops.stack import keep_secrets

FINE, FINDING, UNDECIDED = 0, 1, 2
_LONGEST_QUOTE = 300

StackOption = Annotated[str | None, typer.Option("--stack", "-s", help="Stack; the selected one without.")]
ConfigFileOption = Annotated[
    Path | None, typer.Option("--config-file", help="Its configuration, when not in Pulumi.<stack>.yaml.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document for scripts.")]


def is_terminal() -> bool:
    """Say whether a person can answer; a process that was started without standard input has none."""
    return sys.stdin is not None and sys.stdin.isatty()


def exit_code(*, findings: bool, unknown: bool) -> int:
    """Return what a command ends with; a finding counts more than what is not known."""
    if findings:
        return FINDING
    return UNDECIDED if unknown else FINE


def end(output: Output, run: Callable[[], int]) -> NoReturn:
    """Run a command and end the process with its exit code; what fails is one line, and no traceback.

    Args:
        output: of the command.
        run: returns the exit code.
    """
    keep_secrets()
    try:
        code = run()
    except StillBound as error:
        output.say(str(error))
        code = FINDING
    except (OpsError, CloudError, ClusterError, HandshakeError, PkiError, EndpointError) as error:
        output.say(str(error))
        code = UNDECIDED
    except ModuleNotFoundError as error:
        output.say(f"a package is missing ({error}); run `make setup`, which installs what requirements.txt lists")
        code = UNDECIDED
    except Exception as error:  # noqa: BLE001 - a crash ends Python with 1, which scripts take for a finding
        text = quoted(str(error), _LONGEST_QUOTE)
        output.say(f"a defect of this command stopped it: {type(error).__name__}: {text}; report it with the command")
        code = UNDECIDED
    raise typer.Exit(code)
