"""A terminal that remembers what it was sent, as lines without colours."""

import io
import sys

import pytest

from ops.output import Output


class Terminal(io.StringIO):
    """Standard output that is a terminal of a width."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """Be one."""
        return True

    @property
    def lines(self) -> list[str]:
        """What was printed."""
        return self.getvalue().splitlines()


def terminal(monkeypatch: pytest.MonkeyPatch, columns: int, *, colours: bool = False) -> tuple[Terminal, Output]:
    """Put a terminal in the place of standard output, and return it with the output of a command on it."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", "25")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not colours:
        monkeypatch.setenv("NO_COLOR", "1")
    found = Terminal()
    monkeypatch.setattr(sys, "stdout", found)
    return found, Output(as_json=False)
