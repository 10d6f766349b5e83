"""The shell's environment for a program that runs on a lab."""

import os
import shlex
from enum import StrEnum
from typing import TYPE_CHECKING

from lab.paths import PROJECT
from tools.toolchain import bin_directories

if TYPE_CHECKING:
    from pathlib import Path

    from lab.paths import LabPaths
    from lab.status import Status

PASSPHRASE = "lab"  # noqa: S105  # published: the committed dev stack is encrypted with it


def file_backend(folder: "Path") -> str:
    """Return the URL of a state store in a folder, without the files of attributes beside each state.

    A CLI that is killed while it writes one leaves it empty, and from then on every command fails
    (docs/how-to/production.md, When an `up` was killed).
    """
    return f"file://{folder}?metadata=skip"


class ActingAs(StrEnum):
    """Whose access key and kubeconfig an environment has."""

    UP = "up"
    PREVIEW = "preview"
    OPERATIONS = "operations"


def variables(paths: "LabPaths", status: "Status", acting_as: ActingAs = ActingAs.UP) -> dict[str, str]:
    """Return everything but PATH."""
    access_key, files = status["accessKeys"][acting_as.value], status["kubeconfig"]
    return {
        "PULUMI_BACKEND_URL": file_backend(paths.pulumi_backend),
        "PULUMI_HOME": str(paths.pulumi_home),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        # `make setup` has installed all. The language host that it builds would put an environment into the project's
        # root (docs/start/first-steps.md), and plugins would come from the network.
        "PULUMI_OPTION_NO_DEPENDENCIES": "true",
        "PULUMI_OPTION_NO_PLUGINS": "true",
        # Else `pulumi stack rm` deletes the stack file too, and that of the dev stack is committed.
        "PULUMI_OPTION_PRESERVE_CONFIG": "true",
        "KUBECONFIG": {
            ActingAs.UP: files["program"],
            ActingAs.PREVIEW: files["preview"],
            ActingAs.OPERATIONS: files["operations"],
        }[acting_as],
        "ALIBABA_CLOUD_ACCESS_KEY_ID": access_key["accessKeyId"],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": access_key["accessKeySecret"],
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
    }


def path_entries() -> list[str]:
    """Return the folders that come first on PATH: the virtual environment's, then the tools'."""
    return [str(PROJECT / ".venv" / "bin"), *(str(folder) for folder in bin_directories())]


def export_lines(paths: "LabPaths", status: "Status", acting_as: ActingAs = ActingAs.UP) -> str:
    """Return lines for a POSIX shell's `eval`."""
    folders = shlex.quote(os.pathsep.join(path_entries()))
    lines = [f'export PATH={folders}{os.pathsep}"$PATH"']
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables(paths, status, acting_as).items()]
    return "\n".join(lines)
