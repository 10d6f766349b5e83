"""docs/reference/messages/: every sentence of program, library, ops and lab, found by its words, by who prints it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from tests.documents.sentences import Module, modules

FOLDER: Final = "reference/messages"

_INDEX: Final = """\
# Every sentence

Written from the code by `make docs`: do not edit these pages.
Search this folder for a few words of what was printed, without names, numbers and times.
`…` stands for what differs from one time to the next, and a long message is made of several of these.

    grep -r 'has no server certificate' docs/reference/messages

The page says when it is printed, what has been touched by then and what to do.
The heading above the sentence names the file that makes it, with what that file is for.

| page | when it is printed |
|---|---|"""


@dataclass(frozen=True, kw_only=True)
class Group:
    """The sentences of a few rooms, on one page.

    Attributes:
        name: of its file.
        prefixes: of the paths; the longest one of all groups decides.
        title: heading of the page.
        printed: when a person meets them.
        remedy: what has been touched by then, and what to do.
    """

    name: str
    prefixes: list[str]
    title: str
    printed: str
    remedy: str


GROUPS: Final = tuple(
    Group(**each) for each in yaml.safe_load(Path(__file__).with_name("groups.yaml").read_text("utf-8"))
)


def group_of(path: str) -> Group | None:
    """Return the group of a file; None when no group has it."""
    fitting = [(len(prefix), one.name, one) for one in GROUPS for prefix in one.prefixes if path.startswith(prefix)]
    return max(fitting)[2] if fitting else None


def messages_index() -> str:
    """Return the page that leads to the others."""
    rows = (f"| [{one.title}]({one.name}.md) | {one.printed} |" for one in GROUPS)
    return "\n".join([_INDEX, *rows, ""])


def messages_page(group: Group) -> str:
    """Return the page of a group."""
    return "\n".join(_lines(group, [one for one in modules() if group_of(one.path) is group]))


def _lines(group: Group, of_group: Sequence[Module]) -> Iterator[str]:
    yield f"# {group.title}"
    yield ""
    yield "Written from the code by `make docs`: do not edit it. [How to search](README.md)."
    yield ""
    yield group.printed
    yield group.remedy
    for one in of_group:
        yield ""
        yield f"## {one.path}"
        yield ""
        yield one.purpose
        yield ""
        yield "```text"
        yield from one.sentences
        yield "```"
    yield ""
