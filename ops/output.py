"""How results reach a person or a script: tables on a terminal, plain columns in a pipe, JSON on request."""

import io
import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alb_mtls.redaction import cleaned, one_line
from ops.blocks import NARROW, STYLES, Block, Level, wrapped

# Wide enough never to wrap or cut a cell in a pipe, where a line is a record.
_PIPE_WIDTH = 4096
# Longer lines are hard to read.
_WIDEST_TEXT = 120


class Output:
    """Standard output for results, standard error for what goes beside them; no secret goes to either."""

    def __init__(self, *, as_json: bool) -> None:
        """Remember in which form results go out."""
        self.as_json = as_json
        _escape_what_cannot_be_written(sys.stdout)
        self._out = Console(highlight=False, emoji=False, markup=False)
        if not self._out.is_terminal:
            self._out = Console(highlight=False, emoji=False, markup=False, width=_PIPE_WIDTH, no_color=True)
        self._colours = self._out.is_terminal and not os.environ.get("NO_COLOR")
        self._err = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False, markup=False)

    def document(self, value: Any) -> None:
        """Print the one JSON document of a command; where UTF-8 is not written, its own escapes are."""
        ascii_alone = not self._out.encoding.startswith("utf")
        self._out.file.write(json.dumps(cleaned(value), indent=2, ensure_ascii=ascii_alone) + "\n")

    def lines(self, text: str) -> None:
        """Print lines for a program as they are: whoever makes them has cleaned what comes from outside."""
        self._out.file.write(text)

    @property
    def columns(self) -> int:
        """Those of the terminal, and in a pipe more than any line has."""
        return self._out.width

    @property
    def width(self) -> int:
        """Columns that text may take: as the terminal has, but not too many, and in a pipe always the same."""
        return min(self._out.width, _WIDEST_TEXT) if self._out.is_terminal else NARROW

    def line(self, text: str = "") -> None:
        """Print a line of the result."""
        self._out.print(one_line(text), soft_wrap=True)

    def text(
        self, text: str, *, first: str = "", following: str = "", word: str = "", level: Level | None = None
    ) -> None:
        """Print a text in as many lines as the width demands; no command is broken.

        Args:
            text: of the result.
            first: before the first line.
            following: before each other line.
            word: of the first line, in the colour of `level` where there are colours.
            level: None for no colour.
        """
        self._lines(wrapped(text, self.width, first=first, following=following), word, level)

    def block(self, block: Block) -> None:
        """Print a block; only its first word has a colour."""
        self._lines(block.lines(self.width), str(block.level), block.level)

    def _lines(self, lines: Iterable[str], word: str, level: Level | None) -> None:
        for number, line in enumerate(lines):
            text = Text(one_line(line))
            begin = line.find(word)
            if number == 0 and level is not None and begin >= 0 and self._colours:
                text.stylize(STYLES[level], begin, begin + len(word))
            self._out.print(text, soft_wrap=True)

    def say(self, text: str, *, following: str = "") -> None:
        """Say something beside the result: on a terminal in lines that it has room for, elsewhere in one.

        Args:
            text: to say; no command in it is broken.
            following: before each line but the first.
        """
        lines = [one_line(text)]
        if self._err.is_terminal:
            lines = wrapped(text, min(self._err.width, _WIDEST_TEXT), following=following)
        for line in lines:
            self._err.print(line)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print a table under a title; nothing but "none" when it has no rows."""
        found = [tuple(row) for row in rows]
        if not found:
            self.line(f"{title}: none")
            return
        self.line(f"{title}:")
        terminal = self._out.is_terminal
        table = Table(box=box.SIMPLE_HEAD if terminal else None, pad_edge=terminal, show_edge=False, header_style="")
        # What a row is about is looked for and copied; rich would cut a word of it for the sake of longer cells.
        whole = max(len(row[0]) for row in found) <= self.width // 2
        for number, column in enumerate(columns):
            table.add_column(column, overflow="fold", no_wrap=number == 0 and whole)
        for row in found:
            table.add_row(*(Text(one_line(cell)) for cell in row))
        with self._out.capture() as captured:
            self._out.print(table)
        for line in captured.get().splitlines():
            self._out.file.write(f"{line.rstrip()}\n")
        # What is said next on standard error would come before it.
        self._out.file.flush()


def _escape_what_cannot_be_written(stream: Any) -> None:
    """Let a character that the locale lacks, or a file name that is no text, be escaped, as on standard error."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
