"""Every page is listed where a reader begins: docs/README.md, or the README of its folder."""

import re
from pathlib import Path

import pytest

from tests.helpers.documents import DOCS

_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PAGES = sorted(path for path in DOCS.rglob("*.md"))


def _linked(page: Path) -> set[Path]:
    """Return the pages that a page leads to; a link to a folder leads to all pages in it."""
    found: set[Path] = set()
    for link in _LINK.findall(page.read_text("utf-8")):
        target = (page.parent / link).resolve()
        found |= set(target.glob("*.md")) if target.is_dir() else {target}
    return found


def test_no_page_is_an_orphan() -> None:
    begin = DOCS / "README.md"
    reached, left = {begin}, [begin]
    while left:
        for page in _linked(left.pop()) & set(PAGES) - reached:
            reached.add(page)
            left.append(page)
    orphans = [str(page.relative_to(DOCS)) for page in PAGES if page not in reached]
    assert orphans == [], "link them from docs/README.md, or from a page that is linked there"


@pytest.mark.parametrize("folder", ["start", "how-to", "reference"])
def test_every_page_for_readers_stands_in_the_list_of_pages(folder: str) -> None:
    listed = _linked(DOCS / "README.md")
    missing = [str(page.relative_to(DOCS)) for page in (DOCS / folder).glob("*.md") if page not in listed]
    assert missing == [], "give each a row of docs/README.md: what a reader wants, and the page"


def test_a_page_of_a_folder_with_a_list_of_its_own_stands_in_it() -> None:
    missing = [
        str(page.relative_to(DOCS))
        for index in DOCS.rglob("README.md")
        if index.parent != DOCS
        for page in index.parent.glob("*.md")
        if page != index and page not in _linked(index)
    ]
    assert missing == [], "give each a row of the README.md of its folder"
