"""Values as YAML that every reader takes for the same text, Pulumi's of YAML 1.2 and those of YAML 1.1. Pure."""

import re
from collections.abc import Iterable
from typing import Final

from alb_mtls.redaction import one_line

# Whatever else a text may be, it is quoted: what begins with a digit or a dot may be a number or a day.
_PLAIN: Final = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*")
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_NAMED: Final = {'"': '\\"', "\\": "\\\\"}
# Control characters, and those that a reader may take for the end of a line or for the mark of an encoding.
_ESCAPED: Final = re.compile(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]')


def scalar(text: str) -> str:
    """Return a text as one line of YAML, also inside of braces and brackets."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return f'"{_ESCAPED.sub(_escaped, text)}"'


def comment(text: str, indent: str = "") -> str:
    """Return a comment of one line: no text from elsewhere can end it."""
    return f"{indent}# {one_line(text)}"


def flow_list(texts: Iterable[str]) -> str:
    """Return texts as a list in brackets."""
    return f"[{', '.join(map(scalar, texts))}]"


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    return _NAMED.get(character) or f"\\u{ord(character):04x}"
