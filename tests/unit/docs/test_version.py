"""One version in one place: the changelog, and whatever else states it, says the same."""

import re
import tomllib
from datetime import date

import pytest

from alb_mtls.version import VERSION
from tests.helpers.documents import REPOSITORY

_HEADING = re.compile(r"^## (?P<rest>.*)$", re.MULTILINE)
_RELEASE = re.compile(r"\[(?P<version>\d+\.\d+\.\d+)\] - (?P<day>\d{4}-\d\d-\d\d)")
_STATED = re.compile(r"""^\s*(?:__version__|VERSION|version)(?:: Final)?\s*=\s*["']\d+\.\d""", re.MULTILINE)
_CHECKOUT = re.compile(r"^\$ git .*\bcheckout (\S+)", re.MULTILINE)
_SOURCES = ("alb_mtls", "components", "lab", "ops", "tools")


def _headings() -> list[str]:
    return _HEADING.findall((REPOSITORY / "CHANGELOG.md").read_text("utf-8"))


def test_the_changelog_begins_with_what_is_not_released_and_then_has_this_version() -> None:
    unreleased, newest, *_ = _headings()
    assert unreleased == "[Unreleased]"
    found = _RELEASE.fullmatch(newest)
    assert found is not None
    assert found["version"] == VERSION


def test_the_releases_of_the_changelog_go_back_in_versions_and_in_days() -> None:
    releases = [found for heading in _headings()[1:] if (found := _RELEASE.fullmatch(heading))]
    assert len(releases) == len(_headings()) - 1
    order = [(tuple(map(int, one["version"].split("."))), date.fromisoformat(one["day"])) for one in releases]
    assert order == sorted(order, reverse=True)


def test_no_other_file_states_the_version_of_this_program() -> None:
    stating = [
        str(file.relative_to(REPOSITORY))
        for folder in _SOURCES
        for file in sorted((REPOSITORY / folder).rglob("*.py"))
        if _STATED.search(file.read_text("utf-8"))
    ]
    assert stating == ["alb_mtls/version.py"]
    # With [project] and a build backend Pulumi would take the folder for a package to build.
    assert "project" not in tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))


def test_no_page_checks_out_a_tag_by_name_since_a_clone_may_have_none() -> None:
    pages = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs" / "how-to").rglob("*.md")]
    commands = [(page.name, found) for page in pages for found in _CHECKOUT.findall(page.read_text("utf-8"))]
    assert sorted(commands) == [("components.md", "VERSION"), ("upgrading.md", "VERSION")]


@pytest.mark.parametrize(("line", "is_stated"), [('VERSION: Final = "0.2.0"', True), ('VERSION = "2020-04-07"', False)])
def test_a_line_that_states_a_version_is_found_and_another_is_not(line: str, *, is_stated: bool) -> None:
    assert bool(_STATED.search(line)) is is_stated
