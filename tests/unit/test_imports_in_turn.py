"""Threads that import do so one at a time, and nothing that is loaded waits for one of them."""

import subprocess
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.helpers.forked import forked
from tests.helpers.lazy_imports import PACKAGES, beside_imports, imported_at_the_top, modules, out_of_turn

# Makes the stand-ins within the turn, and puts them away.
MAKES_STAND_INS = "alb_mtls.aliyun.spared_imports"


def _run(code: str, *folders: Path) -> subprocess.CompletedProcess[str]:
    path = "\n".join(f"sys.path.insert(0, {str(one)!r})" for one in folders)
    return forked(f"import sys\n{path}\n{code}")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_import_inside_a_function_is_made_in_turn(package: str) -> None:
    sources = {name: file.read_text("utf-8") for name, file in modules().items() if name.startswith(package)}
    assert len(sources) > 20
    assert {name: found for name, source in sources.items() if (found := out_of_turn(source))} == {}


@pytest.mark.parametrize(
    "turn", ["with import_turn:", "with spared_imports():", "with suppress(OSError), import_turn:"]
)
@pytest.mark.parametrize("line", ["import a", "from a import b", "x = importlib.import_module('a')", "__import__('a')"])
@pytest.mark.parametrize("function", ["def f():", "async def f():", "class A:\n def f(self):", "def f():\n if a:"])
def test_one_that_is_not_is_found_and_one_that_is_is_not(function: str, line: str, turn: str) -> None:
    assert len(out_of_turn(f"{function}\n  {line}")) == 1
    assert out_of_turn(f"{function}\n  {turn}\n    {line}") == []
    assert out_of_turn(f"{function}\n  pass\n{line}") == []


def test_a_lambda_that_imports_is_found() -> None:
    assert out_of_turn("f = lambda name: import_module(name)") == ["import_module(name)"]


def test_in_a_turn_nothing_is_done_but_imports() -> None:
    sources = {name: file.read_text("utf-8") for name, file in modules().items() if name != MAKES_STAND_INS}
    assert {name: found for name, source in sources.items() if (found := beside_imports(source))} == {}


@pytest.mark.parametrize(
    ("inside", "found"),
    [
        ("import a", []),
        ("from a import b; x = import_module(b)", []),
        ("import a; a.connect()", ["a.connect()"]),
        ("x = import_module(a).made()", ["x = import_module(a).made()"]),
        ("import a\n  with lock: import b", ["with lock:\n    import b"]),
    ],
)
def test_what_else_is_done_in_one_is_found(inside: str, found: list[str]) -> None:
    assert beside_imports(f"def f():\n with import_turn:\n  {inside}") == found


TAKES_NONE = """
import importlib, pkgutil, sys
from alb_mtls import imports

class Refused:
    def __enter__(self): raise SystemExit(f"taken by a module that is imported: {MODULE}")
    def __exit__(self, *_): pass

imports.import_turn = Refused()
for package in sys.argv[1:] or PACKAGES:
    for MODULE in [package, *(one.name for one in pkgutil.walk_packages([package], f"{package}."))]:
        importlib.import_module(MODULE)
print("none")
"""


def test_no_module_takes_the_turn_while_it_is_imported() -> None:
    found = _run(f"PACKAGES = {PACKAGES!r}\n{TAKES_NONE}")
    assert (found.stdout, found.stderr) == ("none\n", "")


def test_a_module_that_does_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "taker.py").write_text(
        "from alb_mtls.imports import import_turn\nwith import_turn: import json\n", "utf-8"
    )
    assert "taken by a module that is imported: taker" in _run(f"PACKAGES = ['taker']\n{TAKES_NONE}", tmp_path).stderr


def test_no_module_of_ours_needs_one_that_needs_it() -> None:
    # Pulumi loads the module of a provider in one of its threads, out of turn: without a ring none waits for another.
    known = modules()
    needs = {name: imported_at_the_top(name, file.read_text("utf-8"), known) for name, file in known.items()}
    assert len(list(TopologicalSorter(needs).static_order())) == len(known)


def test_a_ring_of_modules_would_be_found() -> None:
    known = {"a": "from a import part", "a.part": "import json", "a.types": "if TYPE_CHECKING: import a.part"}
    needs = {name: imported_at_the_top(name, source, known) for name, source in known.items()}
    assert needs == {"a": {"a.part"}, "a.part": {"a"}, "a.types": {"a"}}
    with pytest.raises(CycleError):
        TopologicalSorter(needs).prepare()


# As requests and its kin are made: a ring that is in order for whoever begins with the package, and all alone do.
RACED = {
    "__init__": "import meeting; meeting.let_the_other_go_on(); from raced.one import first",
    "one": "first = 1; from raced.two import second",
    "two": "from raced.one import first; second = 2",
}
MEETING = """
def let_the_other_go_on():
    other.start()
    # It ends, or waits for its turn.
    other.join(1)
"""
TWO_THREADS = """
import meeting, threading
from contextlib import nullcontext
from alb_mtls.imports import import_turn

turn = TURN

def other():
    with turn:
        from raced.two import second
    print("other", second)

meeting.other = threading.Thread(target=other)
with turn:
    from raced import first
meeting.other.join()
print("main", first)
"""


@pytest.fixture
def raced(tmp_path: Path) -> Path:
    (tmp_path / "raced").mkdir()
    for name, source in RACED.items():
        (tmp_path / "raced" / f"{name}.py").write_text(source, "utf-8")
    (tmp_path / "meeting.py").write_text(MEETING, "utf-8")
    return tmp_path


def test_two_threads_that_import_one_package_in_turn_both_have_it(raced: Path) -> None:
    found = _run(TWO_THREADS.replace("TURN", "import_turn"), raced)
    assert (found.stdout.splitlines(), found.stderr) == (["other 2", "main 1"], "")


def test_out_of_turn_one_of_them_finds_it_imported_in_part(raced: Path) -> None:
    found = _run(TWO_THREADS.replace("TURN", "nullcontext()"), raced)
    assert "ImportError: cannot import name 'second' from partially initialized module 'raced.two'" in found.stderr
    assert found.stdout.splitlines() == ["main 1"]
