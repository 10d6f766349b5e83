"""Text from outside as Markdown that shows just that text: no link, mention, HTML, emphasis or cell of its own. Pure.

A backslash before `@` or `#` does not help: GitHub looks for mentions and references in what Markdown has made. It
leaves out what is code, so each word that is not plain becomes that
(docs/decisions/2026-11-28-a-comment-shows-words-as-code.md).
"""

import re
from typing import Final
from urllib.parse import quote

from alb_mtls.redaction import one_line, redact

_LONGEST: Final = 600
# Letters and digits, with marks between them that mean nothing there: no `_`, `*`, `~`, `@`, `#`, `:`, `&`, `<`, `\`.
_PLAIN: Final = re.compile(r"[^\W_]+(?:[.,'/-][^\W_]+)*")
# What a sentence of this program has as code; no other text has a control character.
_QUOTED: Final = re.compile(r"`[^`\s](?:[^`]*[^`\s])?`")
_BLANK: Final = "\0"
_WRAPPING: Final = re.compile(r"(\(*)(.*?)([.,;:)?]*)", re.DOTALL)
# What GitHub links: addresses, commits, and issues (GH-12, and any prefix that a repository defines).
_LINKED: Final = re.compile(r"www\.|[0-9a-f]{7,}|[a-z0-9]+-[0-9]+", re.IGNORECASE)
# The two that end code, or a cell around it, wherever they stand; what is like them does not.
_LIKE: Final = str.maketrans({"`": "\N{MODIFIER LETTER GRAVE ACCENT}", "|": "\N{BROKEN BAR}"})
_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"


def text(words: str, *, longest: int = _LONGEST) -> str:
    """Return words in one line, cut to size; each is either plain or in code."""
    shown = " ".join(_encodable(one_line(words)).split())
    if len(shown) > longest:
        shown = f"{shown[:longest].rstrip()} {_ELLIPSIS}"
    if not shown:
        # Two graves would begin code that ends who knows where.
        return ""
    kept = _QUOTED.sub(lambda found: found[0].replace(" ", _BLANK), shown)
    return " ".join(map(_word, kept.split(" ")))


def code(words: str, *, longest: int = _LONGEST) -> str:
    """Return words in one line as code, cut to size; nothing for none."""
    shown = " ".join(_encodable(one_line(words)).split())
    return _code(shown if len(shown) <= longest else f"{shown[:longest].rstrip()} {_ELLIPSIS}") if shown else ""


def block(lines: str, *, language: str = "") -> str:
    """Return lines as a block of code that nothing in it ends."""
    kept = _encodable(redact(lines)).rstrip("\n")
    longest = max((len(run) for run in re.findall(r"`+", kept)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{kept}\n{fence}"


def link(words: str, address: str) -> str:
    """Return a link of words of this program to an address without blanks and angle brackets."""
    return f"[{words}](<{address}>)"


def marker(project: str, stack: str) -> str:
    """Return the hidden line by which the comment of a stack is found again; other names have another one."""
    return f"<!-- alb-mtls {quote(_encodable(project), safe='')}/{quote(_encodable(stack), safe='')} -->"


def _word(word: str) -> str:
    found = _WRAPPING.fullmatch(word)
    before, inner, after = found.groups() if found is not None else ("", word, "")
    if _QUOTED.fullmatch(inner):
        return f"{before}{_code(inner[1:-1].replace(_BLANK, ' '))}{after}"
    if not inner:
        # Brackets or full stops alone.
        return _code(word)
    # At the begin of a line `1.` would number it.
    is_plain = _PLAIN.fullmatch(inner) and not _LINKED.search(inner) and not (after and inner.isdecimal())
    return f"{before}{inner if is_plain or inner == _ELLIPSIS else _code(inner)}{after}"


def _code(words: str) -> str:
    return f"`{words.replace(_BLANK, ' ').translate(_LIKE)}`"


def _encodable(words: str) -> str:
    """Return words without halves of characters, which no file in UTF-8 can hold."""
    return words.encode("utf-8", "replace").decode("utf-8")
