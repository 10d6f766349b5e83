"""Where texts of the program leave for a person: each line without secrets, and without what would spoof a line."""

import pulumi

from alb_mtls.configuration.problems import SettingsError
from alb_mtls.redaction import one_line

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
    pulumi.log.warn(_text(lines))


def stop(*lines: str) -> pulumi.RunError:
    """Return the error that ends the program with a sentence and without a traceback, one line for each argument."""
    return pulumi.RunError(_text(lines))


def stop_at(error: SettingsError) -> pulumi.RunError:
    """Return the error that ends the program with every mistake of the configuration, one a line."""
    return stop(*str(error).split("\n"))


def _text(lines: tuple[str, ...]) -> str:
    # A file name that is no text has halves of characters, which Pulumi cannot send.
    return "\n".join(map(one_line, lines)).encode("utf-8", "backslashreplace").decode("utf-8")
