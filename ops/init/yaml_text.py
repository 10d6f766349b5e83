"""Values as YAML that every reader takes for the same text, Pulumi's of YAML 1.2 and those of YAML 1.1. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from alb_mtls.redaction import one_line

# Whatever else a text may be, it is quoted: what begins with a digit or a dot may be a number or a day.
_PLAIN: Final = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*")
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_LAST_OF_FOUR_DIGITS: Final = 0xFFFF
_NAMED: Final = {'"': '\\"', "\\": "\\\\"}
# Control and format characters, ends of lines and what is no character: none of them shows as what it is.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cn", "Cs", "Zl", "Zp"})


def scalar(text: str) -> str:
    """Return a text as one line of YAML, also inside of braces and brackets."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return f'"{"".join(map(_escaped, text))}"'


def comment(text: str, indent: str = "") -> str:
    """Return a comment of one line: no text from elsewhere can end it."""
    return f"{indent}# {one_line(text)}"


def flow_list(texts: Iterable[str]) -> str:
    """Return texts as a list in brackets."""
    return f"[{', '.join(map(scalar, texts))}]"


def _escaped(character: str) -> str:
    if character in _NAMED or unicodedata.category(character) not in _INVISIBLE:
        return _NAMED.get(character, character)
    number = ord(character)
    return f"\\u{number:04x}" if number <= _LAST_OF_FOUR_DIGITS else f"\\U{number:08x}"
