"""Every link in the documents leads somewhere: to a file of the repository, and to a heading that is in it."""

import re
from pathlib import Path

import pytest

from tests.helpers.documents import DOCS, REPOSITORY

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PAGES = [*sorted(DOCS.rglob("*.md")), *sorted(REPOSITORY.glob("*.md"))]
LINKS = [
    pytest.param(page, link, id=f"{page.relative_to(REPOSITORY)}:{link}")
    for page in PAGES
    for link in _LINK.findall(page.read_text("utf-8"))
    if not link.startswith("http")
]


def _anchors(text: str) -> set[str]:
    """Return the anchors that GitHub makes of headings: lower case, no punctuation, blanks to hyphens."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text)}


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_a_link_leads_somewhere(page: Path, link: str) -> None:
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    assert target.exists()
    assert not anchor or anchor in _anchors(target.read_text("utf-8"))


def test_there_are_links_to_follow() -> None:
    assert len(LINKS) > 10
