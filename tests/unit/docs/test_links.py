"""Every link in the documents leads to a file of the repository and a heading in it, and every path exists."""

import re
from pathlib import Path

import pytest

from tests.helpers.documents import DOCS, REPOSITORY

_LINK = re.compile(r"\]\(([^)\s]+)\)")
# What stands there is printed by a program, and leads from where it is printed to.
_QUOTED = re.compile(r"^```(?:text|markdown)\n.*?^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_PATH = re.compile(r"`((?:alb_mtls|components|lab|ops|rbac|tests|tools|docs)/[\w./-]*|__main__\.py|pyproject\.toml)`")
_TARGET = re.compile(r"(?:`|\$ )make ([a-z][a-z-]*)")
_TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE))
PAGES = [*sorted(DOCS.rglob("*.md")), *sorted(REPOSITORY.glob("*.md"))]
LINKS = [
    pytest.param(page, link, id=f"{page.relative_to(REPOSITORY)}:{link}")
    for page in PAGES
    for link in _LINK.findall(_QUOTED.sub("", page.read_text("utf-8")))
    if not link.startswith("http")
]
NAMED = sorted({path for page in PAGES for path in _PATH.findall(page.read_text("utf-8"))})


def _anchors(text: str) -> set[str]:
    """Return the anchors that GitHub makes of headings: lower case, no punctuation, blanks to hyphens."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text)}


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_a_link_leads_somewhere(page: Path, link: str) -> None:
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    assert target.exists()
    assert not anchor or anchor in _anchors(target.read_text("utf-8"))


@pytest.mark.parametrize("path", NAMED)
def test_a_path_of_the_repository_that_is_named_exists(path: str) -> None:
    assert (REPOSITORY / path).exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_a_target_of_make_that_is_named_exists(page: Path) -> None:
    assert set(_TARGET.findall(page.read_text("utf-8"))) <= _TARGETS


def test_every_room_stands_on_the_page_of_the_architecture() -> None:
    text = (DOCS / "architecture.md").read_text("utf-8")
    rooms = [path for room in ("alb_mtls", "components") for path in (REPOSITORY / room).iterdir() if path.is_dir()]
    assert [str(room) for room in rooms if room.name != "__pycache__" and f"{room.name}/`" not in text] == []
