"""A comment that cites a document names one that exists, and a heading that is in it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.documents import DOCS, REPOSITORY

_ROOMS = ("alb_mtls", "components", "lab", "ops", "tests", "tools", "rbac")
_FILES = ("*.py", "*.yaml", "*.toml", "*.md")
_CITED = re.compile(r"\bdocs/([\w./-]+\.md)(, (?=[A-Z])[^\n]{0,60})?")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
# A citation goes on in the next line of a comment or a docstring.
_NEXT_LINE = re.compile(r"\n\s*(?:# )?")


def _sources() -> Iterator[Path]:
    for room in _ROOMS:
        for pattern in _FILES:
            yield from sorted((REPOSITORY / room).rglob(pattern))
    yield from (REPOSITORY / name for name in ("__main__.py", "Makefile", "pyproject.toml"))


CITATIONS = sorted(
    {
        (str(path.relative_to(REPOSITORY)), page, after.removeprefix(", "))
        for path in _sources()
        if path != Path(__file__)
        for page, after in _CITED.findall(_NEXT_LINE.sub(" ", path.read_text("utf-8")))
    }
)


@pytest.mark.parametrize(("source", "page", "after"), CITATIONS)
def test_a_cited_document_exists_and_has_the_heading(source: str, page: str, after: str) -> None:
    assert (DOCS / page).is_file(), source
    headings = _HEADING.findall((DOCS / page).read_text("utf-8"))
    assert not after or any(re.match(rf"{re.escape(heading)}\b", after) for heading in headings), after


def test_every_page_of_facts_is_cited() -> None:
    cited = {page for _, page, _ in CITATIONS if page.startswith("facts/")}
    pages = {f"facts/{path.name}" for path in (DOCS / "facts").glob("*.md")}
    assert cited == pages - {"facts/README.md"}
