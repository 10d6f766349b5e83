"""Where texts of the program leave for a person: each line without secrets, and without what would spoof a line."""

import os
import re
from typing import Any, Final

import pulumi

from alb_mtls.configuration.problems import SettingsError
from alb_mtls.redaction import one_line
from alb_mtls.report_file import add_to_report

# `listeners[0].port: …`, but not the sentence that begins with a word and a colon.
_WITH_KEY: Final = re.compile(r"([a-zA-Z][\w-]*(?:[.:\[][\w.:\[\]-]*)?): (.*)", re.DOTALL)

COLUMNS = 76
"""Of a line that fits a terminal of 80: the CLI indents it."""


def info(*lines: str) -> None:
    """Say something in preview and up, one line for each argument."""
    pulumi.log.info(_text(lines))


def while_working(line: str) -> None:
    """Say something beside the stack until another line takes its place; it is not repeated at the end of the run."""
    pulumi.log.info(_text((line,)), ephemeral=True)


def warn(*lines: str) -> None:
    """Warn of something in preview and up, one line for each argument."""
    add_to_report(os.environ, warnings=[" ".join(line.strip() for line in lines)])
    warn_of_finding(*lines)


def warn_of_finding(*lines: str) -> None:
    """Warn of what stands in the report as a finding."""
    pulumi.log.warn(_text(lines))


def stop(*lines: str) -> pulumi.RunError:
    """Return the error that ends the program with a sentence and without a traceback, one line for each argument."""
    # Under a head stand the errors, indented; without them it is one itself.
    found = [line for line in lines if line.startswith("  ")]
    errors = [_error(line) for line in found or [" ".join(lines)]]
    if found and any(one["key"] is None for one in errors):
        # What has no key does not say itself why it stops a run.
        head = " ".join(line for line in lines if line not in found)
        errors = [{"key": None, "message": head, "resource": None}, *errors]
    add_to_report(os.environ, errors=errors)
    return pulumi.RunError(_text(lines))


def stop_at(error: SettingsError) -> pulumi.RunError:
    """Return the error that ends the program with every mistake of the configuration, one a line."""
    return stop(*str(error).split("\n"))


def _error(line: str) -> dict[str, Any]:
    found = _WITH_KEY.fullmatch(line.strip())
    key, message = (None, line.strip()) if found is None else (found[1], found[2])
    return {"key": key, "message": message, "resource": None}


def _text(lines: tuple[str, ...]) -> str:
    # A file name that is no text has halves of characters, which Pulumi cannot send.
    return "\n".join(map(one_line, lines)).encode("utf-8", "backslashreplace").decode("utf-8")
