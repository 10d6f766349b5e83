"""Keeping secrets, and what writes something else than it is, out of the texts of a process; filters at its exits."""

import logging
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

HIDDEN = "[hidden]"
# Shorter values are words of everyday text; hiding them would make messages unreadable, not secrets safer.
_SHORTEST_SECRET = 8
# Where credentials of the cloud stand: keys of the configuration, variables of the environment.
SECRET_KEYS = ("alicloud:accessKey", "alicloud:secretKey", "alicloud:securityToken")
SECRET_VARIABLES = (
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
    "ALICLOUD_SECRET_KEY",
    "ALICLOUD_SECURITY_TOKEN",
)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)

# What writes something else on a terminal than it is: control characters, separators of lines and paragraphs.
_CONTROL = frozenset({"Cc", "Zl", "Zp"})
# Invisible, the bidirectional ones among them: they turn the order of what follows.
_FORMAT = "Cf"

# Key of a value that is a whole file: YAML on one line would be another one.
_OF_A_FILE = "fragment"

_secrets: set[str] = set()


def hide(values: Iterable[str | None]) -> None:
    """Remember values that must never appear in a text of this process; `None` and short values are passed over."""
    _secrets.update(value for value in values if value and len(value) >= _SHORTEST_SECRET)


def redact(text: str) -> str:
    """Return `text` without private keys, without any value given to `hide`, and fit for a terminal; lines stay."""
    text = _PRIVATE_KEY.sub(HIDDEN, text)
    # The longest first: one secret may contain another.
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text if text.isascii() and text.isprintable() else "".join(map(_shown, text))


def one_line(text: str) -> str:
    """Return `text` as `redact` does, in one line: what comes from outside must not begin a line of its own."""
    return " ".join(redact(text).split("\n"))


def cleaned(value: Any) -> Any:
    """Return what JSON can hold with each text as `one_line` returns it; keys stay, and the lines of a file do."""
    if isinstance(value, dict):
        return {key: _lines_of(item) if key == _OF_A_FILE else cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(item) for item in value]
    return one_line(value) if isinstance(value, str) else value


def _lines_of(value: Any) -> Any:
    return "\n".join(map(one_line, value.split("\n"))) if isinstance(value, str) else cleaned(value)


def quoted(text: str, longest: int) -> str:
    """Return the words of somebody else in one line with single blanks, cut to size once the secrets in it are hidden.

    Cut before, a secret would leave its beginning, which nobody knows for one any more.
    """
    return " ".join(one_line(text).split())[:longest]


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category == _FORMAT:
        return ""
    return " " if category in _CONTROL and character != "\n" else character


def install() -> None:
    """Redact every log record of this process, whoever writes it; calling it again changes nothing."""
    factory = logging.getLogRecordFactory()
    if getattr(factory, "redacts", False):
        return

    def redacting(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = factory(*args, **kwargs)
        record.msg, record.args = redact(record.getMessage()), ()
        return record

    redacting.redacts = True  # type: ignore[attr-defined] # a mark on our own function, read above
    logging.setLogRecordFactory(redacting)
