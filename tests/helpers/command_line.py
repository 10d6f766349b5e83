"""typer's runner of commands in tests, for which the commands of a program are built once, not anew for each run."""

from functools import cache

import typer.testing
from typer.main import get_command
from typer.testing import CliRunner, Result

__all__ = ["CliRunner", "Result"]

# Those of `ops` take half a hundredth of a second of a processor, and typer has no other place for it.
typer.testing._get_command = cache(get_command)  # type: ignore[attr-defined]  # noqa: SLF001  # see above
