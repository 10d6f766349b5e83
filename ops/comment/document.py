"""The comment as a whole: what matters first, and no longer than GitHub takes. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 64_000
"""In octets of UTF-8, which are as many as characters, or more: GitHub takes 65,536 characters."""

MOST: Final = 5
# Of longer lists people see the number first.
_FOLDED_FROM: Final = 10
_FOR_THE_CUT: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a comment.

    Attributes:
        title: of it, words of this program.
        whole: Markdown.
        short: the same, with the first few of each list and the number of the rest.
    """

    title: str
    whole: str
    short: str


def listed(title: str, items: Sequence[str], *, intro: str = "") -> Section:
    """Return a section of Markdown items, of which one is a line; long lists are folded."""
    short = [*(f"- {one}" for one in items[:MOST]), *_rest(items)]
    lines = [f"- {one}" for one in items]
    whole = "\n".join(lines) if len(items) < _FOLDED_FROM else folded(f"{len(items):,} entries", "\n".join(lines))
    head = f"{intro}\n\n" if intro else ""
    return Section(title=title, whole=head + whole, short=head + "\n".join(short))


def tabled(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, after: Sequence[str] = ()) -> Section:
    """Return a section with a table of Markdown cells, and paragraphs of Markdown below it."""
    head = [_row(columns), _row(["---"] * len(columns))]
    lines = [_row(row) for row in rows]
    return Section(
        title=title,
        whole="\n\n".join(("\n".join((*head, *lines)), *after)),
        short="\n\n".join(("\n".join((*head, *lines[:MOST])), *_rest(rows), *after[:MOST])),
    )


def folded(summary: str, markdown: str) -> str:
    """Return Markdown that opens with a click; `summary` is words of this program."""
    return f"<details><summary>{summary}</summary>\n\n{markdown}\n\n</details>"


def document(head: str, sections: Iterable[Section], *, foot: str, elsewhere: str) -> str:
    """Return the comment.

    Args:
        head: marker and first lines; always whole.
        sections: the most important first.
        foot: its end; always there.
        elsewhere: where all of it is, as the end of a sentence.
    """
    parts = list(sections)
    room = LONGEST - _size(head) - _size(foot) - _FOR_THE_CUT
    kept, shortened, left_out = [head], [], []
    for place, one in enumerate(parts):
        later = sum(_size(_with_title(each, each.short)) for each in parts[place + 1 :])
        whole, short = _with_title(one, one.whole), _with_title(one, one.short)
        if _size(whole) + later <= room or (whole == short and _size(whole) <= room):
            taken = whole
        elif _size(short) <= room:
            taken = short
            shortened.append(one.title)
        else:
            left_out.append(one.title)
            continue
        room -= _size(taken)
        kept.append(taken)
    cut = [f"{how}: {', '.join(titles)}" for how, titles in (("in short", shortened), ("left out", left_out)) if titles]
    if cut:
        room_for = f"a comment has room for {LONGEST:,} characters"
        kept.append(f"\nThis is not all of it, since {room_for} ({'; '.join(cut)}): {elsewhere}.\n")
    return "".join((*kept, foot))


def _with_title(section: Section, markdown: str) -> str:
    return f"\n### {section.title}\n\n{markdown}\n"


def _rest(items: Sequence[object]) -> list[str]:
    rest = len(items) - MOST
    return [f"- and {rest:,} more"] if rest > 0 else []


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _size(text: str) -> int:
    return len(text.encode())
