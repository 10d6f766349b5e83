"""README.md promises nothing without a test, and its commands are those of the pages that it leads to."""

import re

import pytest
from typer.main import get_command

from alb_mtls.handshake.stretch import CONNECTIONS
from alb_mtls.version import VERSION
from ops.cli import app
from tests.helpers.documents import REPOSITORY, read

README = (REPOSITORY / "README.md").read_text("utf-8")
_LINES_OF_A_SCREEN = 45
_PROMISES = "reference/promises.md"


def _section(text: str, heading: str) -> str:
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, heading
    return found[1]


def _promised() -> list[str]:
    """Return what the promises are called: `Proven, or put back`."""
    names = re.findall(r"^- \*\*(.+?)\.?\*\*", _section(README, "What it promises"), re.MULTILINE)
    return [str(name) for name in names]


def _commands(text: str) -> set[str]:
    return set(re.findall(r"^\$ (.*)$", text, re.MULTILINE))


def test_the_first_screen_says_the_state_and_both_commands() -> None:
    screen = "\n".join(README.splitlines()[:_LINES_OF_A_SCREEN])
    assert f"pre-release {VERSION}." in screen
    assert "never been run against a real account" in screen
    assert "`make demo`" in screen
    assert "`python -m ops init prod`" in screen


def test_both_commands_exist() -> None:
    assert re.search(r"^demo:", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert "init" in get_command(app).commands  # type: ignore[attr-defined] # a group, since there are several commands


@pytest.mark.parametrize(
    "spelled_out",
    [
        "Application Load Balancer (ALB)",
        "Container Service for Kubernetes (ACK)",
        "mutual TLS (mTLS)",
        "Certificate Management Service (CAS)",
    ],
)
def test_an_abbreviation_is_spelled_out_before_the_drawing(spelled_out: str) -> None:
    assert spelled_out in README[: README.index("```mermaid")]


def test_what_is_installed_is_what_the_page_of_the_first_cluster_installs() -> None:
    installed = _commands(_section(README, "What is needed"))
    shown = _commands(_section(read("how-to/first-cluster.md"), "1. Install"))
    variables = [line.removeprefix("export ") for line in shown if ".venv" in line and line.startswith("export")]
    assert len(installed) > 2
    assert {line for line in installed if not line.startswith("export")} <= shown
    assert all(variable in " ".join(installed) for variable in variables)


def test_the_number_of_connections_is_the_default_of_a_proof() -> None:
    assert f"{CONNECTIONS} fresh connections in a row" in README
    assert f"{CONNECTIONS} fresh connections in a row" in read(_PROMISES)


@pytest.mark.parametrize("promise", _promised())
def test_a_promise_stands_in_full_on_its_page_with_its_tests(promise: str) -> None:
    # That the paths exist, test_links.py decides.
    assert re.search(r"^Tests: `tests/", _section(read(_PROMISES), promise), re.MULTILINE)


def test_there_are_as_many_promises_as_the_page_has() -> None:
    assert len(_promised()) == len(re.findall(r"^## ", read(_PROMISES), re.MULTILINE))
