"""Every text of the code that a person can meet, with … for what differs from one time to the next.

Read from the syntax trees: what stands in three words or more, and is neither documentation nor made for a program.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.helpers.documents import REPOSITORY

ROOMS: Final = ("alb_mtls", "components", "ops", "lab", "tools", "ci")
_FEWEST_WORDS = 3
_MOST_LINES = 4
_ANY = "…"
_PATTERN = re.compile(r"\(\?[P:<!=]|\\[bdsw]")
_WORD = re.compile(r"[A-Za-z]{2,}")
# `--help` has a page of its own; the others are for regular expressions, API documents and shells.
_NO_MESSAGES: Final = {
    "re.compile",
    "re.search",
    "re.fullmatch",
    "re.match",
    "re.sub",
    "re.findall",
    "typer.Option",
    "typer.Argument",
    "gauges.set",
    "warnings.filterwarnings",
}
_NO_ARGUMENTS: Final = {"help", "description", "commands"}
_TEMPLATES: Final = ("<", "#!", "-----BEGIN")
_NO_ROOMS: Final = ("lab/management/",)


@dataclass(frozen=True, kw_only=True, order=True)
class Module:
    """A file with texts for people.

    Attributes:
        path: from the repository on.
        purpose: the first paragraph of its docstring.
        sentences: each once, in the order of the alphabet.
    """

    path: str
    purpose: str
    sentences: tuple[str, ...]


@cache
def modules() -> tuple[Module, ...]:
    """Return all files that have any."""
    paths = sorted(path for room in ROOMS for path in (REPOSITORY / room).rglob("*.py"))
    return tuple(found for path in (REPOSITORY / "__main__.py", *paths) if (found := module_of(path)).sentences)


def module_of(path: Path) -> Module:
    """Return what a file holds."""
    name = str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else path.name
    tree = ast.parse(path.read_text("utf-8"))
    found: set[str] = set()
    if not name.startswith(_NO_ROOMS):
        found = {text for node in _texts(tree) if (text := _shown(node)) is not None}
    purpose = " ".join((ast.get_docstring(tree) or "").partition("\n\n")[0].split())
    return Module(path=name, purpose=purpose, sentences=tuple(sorted(found, key=lambda one: (one.lower(), one))))


def _texts(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions that make a text each, and those within their placeholders; no documentation."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.keyword) and child.arg in _NO_ARGUMENTS:
            continue
        if isinstance(child, ast.Call) and _called(child.func) in _NO_MESSAGES:
            continue
        if isinstance(child, ast.expr) and _is_text(child):
            yield child
            for placeholder in _placeholders(child):
                yield from _texts(placeholder)
        else:
            yield from _texts(child)


def _called(node: ast.expr) -> str:
    of = node.value if isinstance(node, ast.Attribute) else None
    return f"{of.id}.{node.attr}" if isinstance(node, ast.Attribute) and isinstance(of, ast.Name) else ""


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.BinOp):
        # A sum with one text in it is a text: the other part may be a call.
        return isinstance(node.op, ast.Add) and (_is_text(node.left) or _is_text(node.right))
    return isinstance(node, ast.JoinedStr)


def _placeholders(node: ast.expr) -> Iterator[ast.AST]:
    if isinstance(node, ast.JoinedStr):
        yield from (part for part in node.values if isinstance(part, ast.FormattedValue))
    elif isinstance(node, ast.BinOp):
        for side in (node.left, node.right):
            yield from _placeholders(side) if _is_text(side) else (ast.Expression(body=side),)


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) if isinstance(part, ast.Constant) else _ANY for part in node.values)
    if isinstance(node, ast.BinOp) and _is_text(node):
        return _text(node.left) + _text(node.right)
    return _ANY


def _shown(node: ast.expr) -> str | None:
    """Return a text in one line; None for one that is no sentence for people."""
    text = _text(node)
    if text.count("\n") > _MOST_LINES or _PATTERN.search(text) or text.lstrip().startswith(_TEMPLATES):
        return None
    line = " ".join(text.split())
    words = [word for word in line.split() if _WORD.search(word)]
    return line if len(words) >= _FEWEST_WORDS else None
