"""Which files of a folder an export of many clients has written: others in it are never touched, nor named."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ops.errors import OpsError
from ops.files import PUBLIC_MODE, OutputFolder

NAME = "export.json"

# Of clients, fleets and their files.
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The files of earlier exports.

    Attributes:
        stack: whose they are, `<project>/<stack>`.
        files: paths below the folder.
    """

    stack: str
    files: frozenset[str]

    @classmethod
    def read(cls, folder: OutputFolder, stack: str) -> "Manifest":
        """Return what an earlier export has noted in a folder, or nothing.

        Raises:
            OpsError: it is of another stack, or is no such file.
        """
        content = folder.read(NAME)
        if content is None:
            return cls(stack=stack, files=frozenset())
        try:
            found = json.loads(content)
            whose, files = found["stack"], [str(one) for one in found["files"]]
        except (ValueError, KeyError, TypeError):
            message = (
                f"{folder.path / NAME} was not written by an export, or was changed; remove it, or choose another --out"
            )
            raise OpsError(message) from None
        if whose != stack:
            message = f"{folder.path} holds an export of stack {whose}, not of {stack}; choose another --out"
            raise OpsError(message)
        return cls(stack=stack, files=frozenset(one for one in files if _is_below(one)))

    def write(self, folder: OutputFolder, files: Iterable[str]) -> None:
        """Note the files that there are now; a manifest that says so already is left as it is."""
        content = json.dumps({"stack": self.stack, "files": sorted(files)}, indent=1) + "\n"
        folder.keep(NAME, content.encode(), PUBLIC_MODE)


def _is_below(path: str) -> bool:
    """Say whether a path can be one of ours: whoever may edit the manifest must not have files elsewhere removed."""
    return 1 <= len(parts := path.split("/")) <= 2 and all(map(_NAME.fullmatch, parts))  # noqa: PLR2004 - a folder and a file
