"""A finding, or whatever else a person is to act on, as a block of lines that fits a terminal. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rich.cells import cell_len

from alb_mtls.redaction import one_line

NARROW: Final = 80
"""Columns of a block where the terminal is not wider, or where there is none."""

_INDENT, _COMMAND_INDENT = "  ", "      "
# In backticks, or after a colon or in brackets to the end of the phrase.
_COMMAND = re.compile(
    r"`(?P<quoted>[^`]+)`"
    r"|(?<=: )(?P<after>(?:python -m (?:ops|lab)|kubectl|pulumi|openssl|curl) .+?)(?=[;,)]|\. |\.$| \(|$)"
    r"| \((?P<within>(?:python -m (?:ops|lab)|kubectl|pulumi|openssl|curl) [^()`]+)\)"
)
# A shorter one reads well within its sentence.
_SHORT = 24
_CONTINUES = re.compile(r"[;,.]?\s*")


class Level(StrEnum):
    """How much something matters; the first word of its block."""

    PROBLEM = "problem"
    WARNING = "warning"
    UNKNOWN = "not known"
    NOTE = "note"
    ACCEPTED = "accepted"
    FINE = "fine"


STYLES: Final = {
    Level.PROBLEM: "bold red",
    Level.WARNING: "bold yellow",
    Level.UNKNOWN: "bold magenta",
    Level.NOTE: "cyan",
    Level.ACCEPTED: "dim",
    Level.FINE: "green",
}
"""Colours of the first word, as rich names them."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """One thing to know.

    Attributes:
        subject: what it is about.
        what: what is the matter with it, in few words.
        evidence: what was found, a paragraph each.
        remedy: what to do about it.
        code: for scripts.
    """

    level: Level
    subject: str
    what: str = ""
    evidence: tuple[str, ...] = ()
    remedy: str = ""
    code: str = ""

    def lines(self, width: int) -> list[str]:
        """Return it as lines of at most `width` columns; only a command, or a word, that is longer has more.

        The first begins with the level. A command stands alone in its line, so that it can be copied.
        """
        head = ": ".join(filter(None, (str(self.level), self.subject, self.what)))
        remedy = f"To do: {self.remedy}" if self.remedy else ""
        lines = wrapped(head, width, following=_INDENT * 2)
        for paragraph in filter(None, (*self.evidence, remedy)):
            lines += wrapped(paragraph, width, first=_INDENT, following=_INDENT)
        return _with_code(lines, f"[{self.code}]", width) if self.code else lines


def wrapped(text: str, width: int, *, first: str = "", following: str = "") -> list[str]:
    """Return a text as lines of at most `width` columns, with each longer command in a line of its own.

    Args:
        text: its commands stand in backticks, after a colon or in brackets.
        width: in columns, of which a Chinese character takes two.
        first: before the first line.
        following: before each other line.
    """
    lines: list[str] = []
    for is_command, piece in _pieces(one_line(text)):
        if is_command:
            lines.append(f"{following or _INDENT}{_COMMAND_INDENT[len(_INDENT) :]}{piece}")
        else:
            lines += _filled(piece, width, following if lines else first, following)
    return lines


def _with_code(lines: list[str], code: str, width: int) -> list[str]:
    *before, last = lines
    if before and not last.startswith(_COMMAND_INDENT) and cell_len(f"{last} {code}") <= width:
        return [*before, f"{last} {code}"]
    return [*lines, f"{_INDENT}{code}"]


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the prose and the commands between, in order."""
    begin = 0
    for found in _COMMAND.finditer(text):
        command = found["quoted"] or found["after"] or found["within"]
        if found["quoted"] and len(command) <= _SHORT:
            continue
        prose = text[begin : found.start()].rstrip()
        if prose:
            yield False, prose if prose.endswith(":") else f"{prose}:"
        yield True, command
        rest = _CONTINUES.match(text, found.end())
        begin = found.end() if rest is None else rest.end()
    if text[begin:]:
        yield False, text[begin:]


def _filled(text: str, width: int, first: str, following: str) -> Iterator[str]:
    line, is_empty = first, True
    for word, blank in _words(text):
        joined = line + word if is_empty or not blank else f"{line} {word}"
        if is_empty or cell_len(joined) <= width:
            line, is_empty = joined, False
        else:
            yield line
            line = f"{following}{word}"
    yield line


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """Yield what a line may end after, and whether a blank stands before it; a short command is one word."""
    for word in re.findall(r"[^\s`]*(?:`[^`]+`[^\s`]*)+|\S+", text):
        if cell_len(word) == len(word):
            yield word, True
            continue
        # Chinese needs no blanks to be broken.
        for number, character in enumerate(re.findall(r"[\x21-\x7e]+|.", word)):
            yield character, number == 0
