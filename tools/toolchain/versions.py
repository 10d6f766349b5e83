"""Versions: read from what a program prints about itself, and compared."""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_PATTERN = re.compile(r"(?<![\w.])(?:v|go)?(\d+)\.(\d+)(?:\.(\d+))?(-?(?:alpha|beta|rc|dev)[\w.]*)?", re.IGNORECASE)
_SECONDS_TO_ANSWER = 20


class Version(NamedTuple):
    """A release, ordered by its numbers; a pre-release comes before the release of the same numbers."""

    major: int
    minor: int
    patch: int = 0
    released: bool = True

    def __str__(self) -> str:
        """Return the numbers as release notes write them."""
        return f"{self.major}.{self.minor}.{self.patch}" + ("" if self.released else " (pre-release)")


def parse_version(text: str) -> Version | None:
    """Return the first version that stands in a text, such as `v3.259.0`, `Kubernetes v1.36.3` or `go1.26rc1`.

    Args:
        text: What a program printed.

    Returns:
        The version, or None where the text names none.
    """
    found = _PATTERN.search(text)
    if found is None:
        return None
    major, minor, patch, suffix = found.groups()
    return Version(int(major), int(minor), int(patch or 0), released=not suffix)


def ask_version(binary: Path, arguments: Sequence[str]) -> Version | None:
    """Run a program for its version.

    Args:
        binary: The program.
        arguments: What makes it print its version and end.

    Returns:
        The version, or None where it could not be run, failed or named none.
    """
    # Without it `pulumi version` asks Pulumi's site for updates.
    environment = os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run(
            [str(binary), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS_TO_ANSWER,
            text=True,
            check=True,
            errors="replace",
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_version(answer.stdout)
