"""docs/reference/errors.md: every class of an error, which Pulumi prints before the sentence, with what it means."""

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from tests.documents.sentences import ROOMS
from tests.helpers.documents import REPOSITORY

_TITLE: Final = """\
# Every error

Written from the code by `make docs`: do not edit it.
Pulumi prints the class before the sentence; a command of `ops` prints the sentence alone.
What to do about one that an `up` ends with: [when `up` fails](../how-to/production.md#when-up-fails).
Its sentence: [every sentence](messages/README.md).
"""
_HEADINGS: Final = {
    "alb_mtls": "The library",
    "components": "The program",
    "ops": "python -m ops",
    "lab": "The lab",
    "tools": "Setting up and the demo",
    "ci": "CI",
}


@dataclass(frozen=True, kw_only=True, order=True)
class ErrorClass:
    """A class of an error.

    Attributes:
        bases: names of the classes that it is one of.
        meaning: the first paragraph of its docstring.
    """

    path: str
    name: str
    bases: tuple[str, ...]
    meaning: str


@cache
def error_classes() -> tuple[ErrorClass, ...]:
    """Return every class that can be raised and has a name for people."""
    classes = list(_classes())
    known = {name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, Exception)}
    while more := {one.name for one in classes if known.intersection(one.bases)} - known:
        known |= more
    found = (one for one in classes if one.name in known and not one.name.startswith("_"))
    return tuple(sorted(found, key=lambda one: (one.path, one.name)))


def _classes() -> Iterator[ErrorClass]:
    for room in ROOMS:
        for path in (REPOSITORY / room).rglob("*.py"):
            text = path.read_text("utf-8")
            # Most files have none, and a tree takes long to make.
            for node in ast.parse(text).body if "\nclass " in text else ():
                if isinstance(node, ast.ClassDef):
                    bases = tuple(getattr(base, "id", getattr(base, "attr", "")) for base in node.bases)
                    meaning = " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())
                    name = str(path.relative_to(REPOSITORY))
                    yield ErrorClass(path=name, name=node.name, bases=bases, meaning=meaning)


def errors_page() -> str:
    """Return the page."""
    lines = [_TITLE]
    for room, heading in _HEADINGS.items():
        rows = [
            f"| `{one.name}` | {', '.join(f'`{base}`' for base in one.bases)} | {one.meaning} | {one.path} |".replace(
                "<", "\\<"
            )
            for one in error_classes()
            if one.path.startswith(f"{room}/")
        ]
        if rows:
            lines += [
                f"## {heading}",
                "",
                "| error | is one of | what happened | from |",
                "|---|---|---|---|",
                *rows,
                "",
            ]
    return "\n".join(lines)
