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

# In a name, words are joined by `_`; of settings, a test says `refused`.
_TEST = re.compile(r"^ *(?:async )?def (test_\w+)", re.MULTILINE)
_AVOIDED_IN_NAMES = re.compile(
    r"(?<![a-z])(doors?|told|tells?|said|seen|sight|foreign|want(s|ed)?|ask(s|ed|ing|ers?)?|anew|shut|mend(s|ed)?"
    r"|lets?_([a-z0-9]+_)*in|locked_out|ways?_around|leads?_around|taken_back|judg(e[sd]?|ing|ement)"
    r"|complain(s|ed|ts?)?)(?![a-z])"
)


def _sentences(path: Path) -> Iterator[str]:
    """Yield the texts of a module that have a blank, apart from docstrings and annotations."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    passed_over = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            passed_over |= {id(part) for part in ast.walk(annotation)} if annotation else set()
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed_over:
            yield from [node.value] if " " in node.value else []


def avoided(path: Path) -> list[str]:
    """Return the sentences of a module that have a word to be avoided."""
    return [sentence for sentence in _sentences(path) if _AVOIDED.search(sentence)]


def avoided_names(path: Path) -> list[str]:
    """Return the names of a module and of its tests that have a word to be avoided."""
    names = [path.stem, *_TEST.findall(path.read_text("utf-8"))]
    return [name for name in names if _AVOIDED_IN_NAMES.search(name)]


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


@pytest.mark.parametrize("room", ["alb_mtls", "components", "ops", "lab", "tools", "tests"])
def test_no_name_of_a_file_or_a_test_has_such_a_word(room: str) -> None:
    found = {str(path): avoided_names(path) for path in (REPOSITORY / room).rglob("*.py")}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("stem", "test", "found"),
    [
        ("test_asking", "test_it_is_reported", ["test_asking"]),
        ("test_bypass", "test_it_is_told", ["test_it_is_told"]),
        ("test_bypass", "test_a_way_around_is_found", ["test_a_way_around_is_found"]),
        ("test_bypass", "test_it_lets_any_client_in", ["test_it_lets_any_client_in"]),
        ("test_tasks", "test_text_around_a_mask_changes_nothing", []),
    ],
)
def test_such_a_name_is_found(tmp_path: Path, stem: str, test: str, found: list[str]) -> None:
    module = tmp_path / f"{stem}.py"
    module.write_text(f"async def {test}() -> None: ...\n\n\ndef asks() -> None: ...\n", "utf-8")
    assert avoided_names(module) == found
