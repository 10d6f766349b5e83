"""What stands in the documents under docs/: rows of tables, examples, and the sentences they quote."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"

_CELL_BORDER = re.compile(r"(?<!\\)\|")
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, kw_only=True)
class Example:
    """A fenced block: the document, the line it begins on, its language and its text."""

    document: str
    line: int
    language: str
    text: str

    @property
    def label(self) -> str:
        """How a failing test names it."""
        return f"{self.document}:{self.line}"

    def load(self) -> Any:
        """Return what a YAML block holds."""
        return yaml.safe_load(self.text)


def read(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def tables(text: str) -> Iterator[list[dict[str, str]]]:
    """Yield the rows of each table, by the headings of its columns."""
    lines = [line for line in text.splitlines() if not line.startswith("```")]
    rows: list[list[str]] = []
    for line in [*lines, ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in _CELL_BORDER.split(line)[1:-1]])
        elif rows:
            head, _, *body = rows
            yield [dict(zip(head, row, strict=True)) for row in body]
            rows = []


def codes(cell: str) -> list[str]:
    return _CODE.findall(cell)


def examples(name: str, language: str) -> list[Example]:
    """Return the fenced blocks of one language in a document."""
    found: list[Example] = []
    opened: tuple[int, str] | None = None
    held: list[str] = []
    for number, line in enumerate(read(name).splitlines(), start=1):
        if not line.startswith("```"):
            held.append(line)
        elif opened is None:
            opened, held = (number, line.removeprefix("```")), []
        else:
            if opened[1] == language:
                found.append(Example(document=name, line=opened[0], language=language, text="\n".join(held)))
            opened = None
    return found
