"""What stands on a page of a report, as a program reads it that knows HTML and runs nothing."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


@dataclass
class Element:
    """One start tag."""

    tag: str
    attributes: dict[str, str | None]


@dataclass
class Page(HTMLParser):
    """The tags and texts of a page."""

    elements: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin to parse."""
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag."""
        self.elements.append(Element(tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Remember a text."""
        self.texts.append(data)

    def of(self, tag: str) -> list[Element]:
        """Return all elements of a tag."""
        return [one for one in self.elements if one.tag == tag]

    @property
    def text(self) -> str:
        """All texts, each blank as one."""
        return " ".join(" ".join(self.texts).split())


def read(page: str) -> Page:
    """Return what a page has."""
    found = Page()
    found.feed(page)
    found.close()
    return found


def leaves(value: Any) -> set[str]:
    """Return every value of a document as text."""
    if isinstance(value, dict):
        return {one for each in value.values() for one in leaves(each)}
    if isinstance(value, list):
        return {one for each in value for one in leaves(each)}
    return {str(value)}
