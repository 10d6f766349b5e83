"""The table of supported versions in README.md says what the code checks."""

import re
import tomllib
from pathlib import Path

import pytest

from alb_mtls.cluster.controller_version import OLDEST, OLDEST_TEXT
from alb_mtls.pulumi_cli import NEXT_MAJOR, OLDEST_CLI
from tests.helpers.documents import REPOSITORY, tables
from tools.toolchain.__main__ import _OLDEST_PYTHON
from tools.toolchain.programs import BY_NAME

_PYTHON = re.compile(r"\bPython (3\.\d+)(?![\d.]*\d)|\bpython(3\.\d+)")
_NO_LATER_PYTHON = re.compile(r"\bPython 3\.\d+(?! or later|\d|\.\d| 或更高版本).*")
_GO = re.compile(r"\bGo (1\.\d+(?:\.\d+)?)")
_GO_OF_MODULE = re.compile(r"^go (\S+)$", re.MULTILINE)
# What was measured once is of the version that it was measured with.
PAGES_FOR_USERS = [
    REPOSITORY / "Makefile",
    *sorted(REPOSITORY.glob("*.md")),
    *(page for room in ("start", "how-to") for page in sorted((REPOSITORY / "docs" / room).rglob("*.md"))),
]


COMMANDS = [
    file
    for room in ("lab", "ops", "tools")
    for file in sorted((REPOSITORY / room).rglob("__main__.py"))
    if "sys.version_info < (" in file.read_text("utf-8")
]


def _supported() -> dict[str, str]:
    found = [table for table in tables((REPOSITORY / "README.md").read_text("utf-8")) if "Versions" in table[0]]
    (table,) = found
    return {row["What"]: row["Versions"] for row in table}


def _pinned(package: str) -> str:
    lines = (REPOSITORY / "requirements.in").read_text("utf-8").splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith(f"{package}=="))


def _newest_go() -> str:
    modules = [file.read_text("utf-8") for file in (REPOSITORY / "tools" / "go").glob("*/go.mod")]
    found: list[str] = [one for text in modules for one in _GO_OF_MODULE.findall(text)]
    return max(found, key=lambda text: tuple(map(int, text.split("."))))


def _text(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))


@pytest.mark.parametrize(
    ("what", "versions"),
    [
        ("Pulumi CLI", f"{OLDEST_CLI} or later, below {NEXT_MAJOR}"),
        ("Pulumi SDK for Python", _pinned("pulumi")),
        ("Python", f"{_text(_OLDEST_PYTHON)} or later, tried with {_text(_OLDEST_PYTHON)} alone"),
        ("Kubernetes", f"tried on the lab with {_text(BY_NAME['kube-apiserver'].oldest)} or later"),
        ("ALB Ingress Controller of ACK", f"{OLDEST_TEXT} or later"),
    ],
)
def test_a_row_says_what_is_checked(what: str, versions: str) -> None:
    assert _supported()[what] == versions


def test_the_table_has_no_row_that_nothing_checks() -> None:
    assert len(_supported()) == 5


def test_the_lab_builds_and_takes_the_cli_that_the_program_takes() -> None:
    oldest = BY_NAME["pulumi"].oldest
    assert f"{_text(oldest)}.0" == OLDEST_CLI
    assert oldest[0] + 1 == NEXT_MAJOR


@pytest.mark.parametrize("page", PAGES_FOR_USERS, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_a_page_names_the_python_and_the_go_that_are_checked(page: Path) -> None:
    text = page.read_text("utf-8")
    assert {"".join(one) for one in _PYTHON.findall(text)} <= {_text(_OLDEST_PYTHON)}
    assert set(_GO.findall(text)) <= {_newest_go()}
    assert _NO_LATER_PYTHON.findall(text) == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda file: str(file.relative_to(REPOSITORY)))
def test_a_command_that_looks_at_its_python_before_it_imports_anything_takes_the_same(command: Path) -> None:
    text = command.read_text("utf-8")
    compared = re.findall(r"sys\.version_info < \((\d+), (\d+)\)", text)
    assert compared == [tuple(map(str, _OLDEST_PYTHON))]
    assert {"".join(one) for one in _PYTHON.findall(text)} == {_text(_OLDEST_PYTHON)}
    assert _NO_LATER_PYTHON.findall(text) == []


def test_the_linters_check_for_the_oldest_python() -> None:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]
    assert settings["mypy"]["python_version"] == _text(_OLDEST_PYTHON)
    assert settings["ruff"]["target-version"] == "py" + "".join(map(str, _OLDEST_PYTHON))


def test_no_file_of_the_program_states_a_version_of_the_cli_but_the_one_that_is_compared() -> None:
    sources = [file for room in ("alb_mtls", "components", "ops") for file in (REPOSITORY / room).rglob("*.py")]
    stating = [file.name for file in sources if re.search(r"\b3\.\d{3}(\.\d+)?\b", file.read_text("utf-8"))]
    assert stating == ["pulumi_cli.py"]


def test_the_oldest_controller_reads_as_it_is_compared() -> None:
    assert f"v{_text(OLDEST)}" == OLDEST_TEXT


def test_no_command_needs_openssl_3() -> None:
    shown = [file for room in ("alb_mtls", "ops", "lab", "tools") for file in (REPOSITORY / room).rglob("*.py")]
    # The name that OpenSSL 3 gave to `-nodes`, which it takes as well.
    named = [page.name for page in (*PAGES_FOR_USERS, *shown) if "-noenc" in page.read_text("utf-8")]
    assert named == []
