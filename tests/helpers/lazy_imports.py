"""Imports in the source of our packages: those in functions that are out of turn, and those at the top of modules."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from tests.helpers.documents import REPOSITORY

PACKAGES = ("alb_mtls", "components", "ops")
# The second takes the turn and puts stand-ins in the place of two packages meanwhile.
_TURNS = ("import_turn", "spared_imports()")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def modules() -> dict[str, Path]:
    """Return every module of our packages by its name."""
    files = (file for package in PACKAGES for file in (REPOSITORY / package).rglob("*.py"))
    return {".".join(_parts(file.relative_to(REPOSITORY).with_suffix(""))): file for file in files}


def _parts(path: Path) -> tuple[str, ...]:
    return path.parts[:-1] if path.name == "__init__" else path.parts


# Nobody changes what is shared so.
_parsed = cache(ast.parse)


def out_of_turn(source: str) -> list[str]:
    """Return the imports inside functions that no `with import_turn` is around."""
    return [ast.unparse(node) for node in _out_of_turn(_parsed(source), inside=False)]


def _out_of_turn(node: ast.AST, *, inside: bool) -> Iterator[ast.AST]:
    if inside and _imports(node):
        yield node
    elif not _is_turn(node):
        for child in ast.iter_child_nodes(node):
            yield from _out_of_turn(child, inside=inside or isinstance(node, _FUNCTIONS))


def beside_imports(source: str) -> list[str]:
    """Return what else stands in a block of the turn, where a thread would do it while all others wait."""
    blocks = [node for node in ast.walk(_parsed(source)) if _is_turn(node)]
    return [ast.unparse(one) for block in blocks for one in vars(block)["body"] if not _imports_alone(one)]


def _is_turn(node: ast.AST) -> bool:
    return isinstance(node, ast.With) and any(ast.unparse(one.context_expr) in _TURNS for one in node.items)


def _imports(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        called = getattr(node.func, "attr", getattr(node.func, "id", None))
        return called in {"import_module", "__import__"}
    return isinstance(node, ast.Import | ast.ImportFrom)


def _imports_alone(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr | ast.Assign) else statement
    return _imports(value)


def imported_at_the_top(module: str, source: str, known: Mapping[str, object]) -> set[str]:
    """Return the modules among `known` that are loaded before a module is: its packages and what its top imports."""
    names = {module.rpartition(".")[0]}
    for node in _top(_parsed(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            # What is imported from a package may be a module of it.
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return (names & known.keys()) - {module}


def _top(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        for_types = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        if not for_types and not isinstance(child, _FUNCTIONS):
            yield child
            yield from _top(child)
