"""Many names in one sentence, and sentences in lines."""

from collections.abc import Callable, Iterator, Sequence
from textwrap import wrap
from typing import Final, TypeVar

Each = TypeVar("Each")

MOST_NAMES: Final = 5
"""As many of a list as people are shown; of the others they are told the number."""


def listing(names: Sequence[str], *, between: str = ", ") -> str:
    """Return names for people: the first of them, and the number of the rest."""
    rest = len(names) - MOST_NAMES
    return between.join(names[:MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def first_few(
    many: Sequence[Each], sentence: Callable[[Each], str], rest: Callable[[Sequence[Each]], str]
) -> Iterator[str]:
    """Yield a sentence for each of the first, and where there are more one for all the others.

    Args:
        many: in the order of the sentences.
        sentence: about one of the first.
        rest: about the others, of which there is one at least.
    """
    yield from map(sentence, many[:MOST_NAMES])
    if others := many[MOST_NAMES:]:
        yield rest(others)


def wrapped(text: str, width: int, *, indent: str = "") -> list[str]:
    """Return a text as lines of at most `width` columns, all but the first indented by two more.

    A word is never broken, so that whatever is copied is whole.
    """
    return wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def fitted(line: str, width: int) -> list[str]:
    """Return a line as it is, or where it is longer wrapped, with the blanks that it begins with."""
    text = line.lstrip()
    return [line] if len(line) <= width else wrapped(text, width, indent=line[: len(line) - len(text)])
