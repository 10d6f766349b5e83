"""Blocks of documents that show the demo: each line of them has to be one that the demo has printed.

A page marks such a block by `MARK` on the line above its fence. Lines stand in the order of the demo, and:

- whole lines may be left out, and `...` stands for anything in a line;
- a long line may be broken at a blank;
- a command may lack words of the one that was run, and have a comment;
- what differs each time (identifiers, ports, times, counts) is compared by its kind.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tools.demo.stage import PROJECT

MARK = "<!-- output of make demo, shortened -->"
# What a reader types, so that a block may begin with it; the demo itself does not print it.
TYPED = "$ make demo"

_FENCE = "```"
_PROMPT = "$ "
_ANYTHING = "..."
_ALIKE = (
    (re.compile(re.escape(f"{PROJECT}/")), ""),
    # A rejection may be lost on its way: then curl has another code and text (docs/facts/x509-and-tls.md, Rejections).
    (re.compile(r"^curl: \((?:18|35|52|55|56)\).*"), "curl: REJECTED"),
    (re.compile(r"\.lab/[a-z0-9-]+/"), ".lab/NAME/"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?"), "TIME"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "DAY"),
    (re.compile(r"\b(alb|lsn)-[0-9a-z]{18}\b"), r"\1-ID"),
    (re.compile(r"\b(?:[0-9a-f]{16,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b"), "ID"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"\bpid \d+"), "pid N"),
    (re.compile(r"\b\d[\d,]* (connections?|s|ms|seconds?|days?)\b"), r"N \1"),
)


class Line(NamedTuple):
    """A line of a block, and where it stands in its page."""

    number: int
    text: str


def blocks(text: str) -> Iterator[list[Line]]:
    """Yield the marked blocks of a page.

    Raises:
        ValueError: below a mark there is no block.
    """
    lines = text.splitlines()
    for index, line in enumerate(lines):
        # In a list it is indented, and so is all of its block.
        indent, mark, _ = line.partition(MARK)
        if mark:
            opened = index + 1
            if opened == len(lines) or not lines[opened].startswith(indent + _FENCE):
                message = f"line {index + 1} marks output of the demo, but no block begins below it"
                raise ValueError(message)
            closed = lines.index(indent + _FENCE, opened + 1)
            yield [Line(number, lines[number - 1]) for number in range(opened + 2, closed + 1)]


def unlike(page: Path, printed: Sequence[str]) -> list[str]:
    """Return a sentence for each marked block of a page that is not what the demo printed."""
    found = []
    for block in blocks(page.read_text("utf-8")):
        line = first_unlike(block, printed)
        if line is not None:
            found.append(f"{page.name}:{line.number}: the demo does not print this, or not here: {line.text.strip()}")
    return found


def first_unlike(block: Sequence[Line], printed: Sequence[str]) -> Line | None:
    """Return the first line of a block that the demo did not print, or not after the lines above it; None if all fit.

    Args:
        block: of a page.
        printed: by the demo, line by line.
    """
    lines = [_alike(line) for line in (TYPED, *printed)]
    # Every place in `lines` up to which the block may have come: a line, and how far into it.
    places = {(-1, 0)}
    last = None
    for line in block:
        text = _alike(line.text)
        if not text:
            continue
        places = set(_steps(text, lines, places))
        if not places:
            return line
        last = line
    # The last line has to come to the end of one.
    return None if any(_is_end(lines, place) for place in places) else last


def _steps(text: str, lines: Sequence[str], places: set[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    ended = [index for index, offset in places if _is_end(lines, (index, offset))]
    for index in range(min(ended) + 1, len(lines)) if ended else ():
        yield from ((index, end) for end in _ends(text, lines[index], 0))
    for index, offset in places:
        if not _is_end(lines, (index, offset)):
            yield from ((index, end) for end in _ends(text, lines[index], offset + 1))


def _is_end(lines: Sequence[str], place: tuple[int, int]) -> bool:
    index, offset = place
    return index < 0 or offset == len(lines[index])


def _ends(text: str, line: str, start: int) -> Iterator[int]:
    """Yield up to where a line of a block shows a printed one from `start` on: to its end, or a blank."""
    if text.startswith(_PROMPT):
        if start == 0 and line.startswith(_PROMPT) and _is_shorter(text, line):
            yield len(line)
        return
    pattern = re.compile(".*".join(map(re.escape, text.split(_ANYTHING))))
    borders = [blank.start() for blank in re.finditer(" ", line)]
    for end in (*borders, len(line)):
        if end >= start and pattern.fullmatch(line, start, end):
            yield end


def _is_shorter(text: str, line: str) -> bool:
    ran = iter(shlex.split(line))
    return all(word in ran for word in shlex.split(text, comments=True) if word != _ANYTHING)


def _alike(text: str) -> str:
    """Return a line with single blanks, and with its kind in the place of what differs each time."""
    text = " ".join(text.split())
    for pattern, kind in _ALIKE:
        text = pattern.sub(kind, text)
    return text
