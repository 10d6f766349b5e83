"""`make demo` installs requirements-lab.txt only: what the demo and the lab import is in it."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.helpers.documents import REPOSITORY

_DISTRIBUTIONS = packages_distributions()
_PINNED = {*re.findall(r"^([\w.-]+)==", (REPOSITORY / "requirements-lab.txt").read_text("utf-8"), re.MULTILINE)}


def _imported(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def _lacking(text: str) -> set[str]:
    """Return the packages that a file imports and that requirements-lab.txt lacks."""
    return {
        name
        for name in {*_imported(text)} - sys.stdlib_module_names
        if not (REPOSITORY / name).is_dir()
        and not {distribution.lower().replace("_", "-") for distribution in _DISTRIBUTIONS.get(name, [])} & _PINNED
    }


def _files() -> Iterator[Path]:
    for folder in ("lab", "tools/demo", "tools/toolchain"):
        yield from (REPOSITORY / folder).rglob("*.py")


def test_demo_and_lab_import_no_package_that_is_not_installed_for_them() -> None:
    # Types of the type checker, which no process imports.
    assert {name for file in _files() for name in _lacking(file.read_text("utf-8"))} <= {"_typeshed"}


def test_a_package_that_only_tests_have_would_be_found() -> None:
    assert _lacking("import os, psutil\nfrom hypothesis.strategies import text\nimport lab.paths\n") == {"hypothesis"}
