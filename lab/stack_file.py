"""The dev stack's file, Pulumi.dev.yaml, for a lab of any name and on any ports."""

from typing import TYPE_CHECKING

from lab.environment import ActingAs
from lab.paths import DEFAULT_NAME, PROJECT
from lab.ports import DEFAULT_LISTENER_PORTS, DEFAULT_PORTS, LOOPBACK
from lab.principal_name import PrincipalName

if TYPE_CHECKING:
    from pathlib import Path

    from lab.paths import LabPaths
    from lab.status import Status

STACK = "dev"
FILE = PROJECT / f"Pulumi.{STACK}.yaml"


class StackFileMissingError(RuntimeError):
    """The committed file is gone."""

    def __init__(self, file: "Path") -> None:
        """Say how it comes back."""
        super().__init__(f"{file.name} is missing in {file.parent}: `git restore {file.name}` puts it back")


def stack_file_text(paths: "LabPaths", status: "Status", file: "Path" = FILE, acting_as: ActingAs = ActingAs.UP) -> str:
    """Return the dev stack's file with the addresses and files of a lab; that of the default one is the committed one.

    Raises:
        StackFileMissingError: there is none.
    """
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        raise StackFileMissingError(file) from None
    endpoints, (albconfig, listener) = status["endpoints"], ("alb", "443/HTTPS")
    moved = {
        f"{LOOPBACK}:{DEFAULT_PORTS['cas']}": endpoints["cas"],
        f"{LOOPBACK}:{DEFAULT_PORTS['alb']}": endpoints["alb"],
        f"{LOOPBACK}:{DEFAULT_LISTENER_PORTS[albconfig, listener]}": status["albconfigs"][albconfig]["listeners"][
            listener
        ]["address"],
        f".lab/{DEFAULT_NAME}/": f".lab/{paths.name}/",
        # The kubeconfig of the configuration outranks that of the environment.
        paths.program_kubeconfig.name: paths.kubeconfig_of(PrincipalName(acting_as)).name,
    }
    for there, here in moved.items():
        text = text.replace(there, here)
    return text


def own_file(paths: "LabPaths", status: "Status", file: "Path" = FILE) -> "Path | None":
    """Return where a lab needs a file of its own, relative to the project; None where the committed one fits.

    Raises:
        StackFileMissingError: there is no committed one.
    """
    text = stack_file_text(paths, status, file)
    return None if text == file.read_text("utf-8") else (paths.folder / file.name).relative_to(PROJECT)


def where(paths: "LabPaths", status: "Status") -> str:
    """Return what names the dev stack and its file on a command line.

    Raises:
        StackFileMissingError: there is no committed one.
    """
    file = own_file(paths, status)
    return f"--stack {STACK} --config-file {file}" if file else f"--stack {STACK}"
