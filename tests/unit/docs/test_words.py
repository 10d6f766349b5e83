"""Sentences of the program are for readers whose English is a second language: the field's words, values as YAML's."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.documents import REPOSITORY

# Idioms, and what has another word in this field: a client is rejected, a certificate is requested.
_AVOIDED = re.compile(
    r"\b(doors?|told|said|seen|sight|foreign|want(s|ed)?|lets? [\w ]*in|locked out|ask(s|ed|ing)?|refuse[ds]?|anew|shut"
    r"|mend(s|ed)?|leads? around|taken back|True|False|None)\b"
)


def _sentences(path: Path) -> Iterator[str]:
    """Yield the texts of a module that have a blank, apart from docstrings and annotations."""
    tree = ast.parse(path.read_text("utf-8"))
    passed_over = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            passed_over |= {id(part) for part in ast.walk(annotation)} if annotation else set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed_over:
            yield from [node.value] if " " in node.value else []


def avoided(path: Path) -> list[str]:
    """Return the sentences of a module that have a word to be avoided."""
    return [sentence for sentence in _sentences(path) if _AVOIDED.search(sentence)]


@pytest.mark.parametrize("room", ["alb_mtls", "components", "ops"])
def test_no_sentence_for_people_has_an_idiom_or_a_value_of_python(room: str) -> None:
    found = {str(path): avoided(path) for path in (REPOSITORY / room).rglob("*.py")}
    assert {path: sentences for path, sentences in found.items() if sentences} == {}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('message = f"{label} asked for a certificate"', 1),
        ('message = "caEnabled is None"', 1),
        ('message = f"{label} requested a certificate"', 0),
        ('def f() -> "str | None":\n    """Say what was asked."""', 0),
    ],
)
def test_such_a_sentence_is_found(tmp_path: Path, text: str, count: int) -> None:
    module = tmp_path / "module.py"
    module.write_text(text, "utf-8")
    assert len(avoided(module)) == count
