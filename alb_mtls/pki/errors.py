"""The one error of this package, and how a value may stand in its text."""

from alb_mtls.pki.characters import disguised

_LONGEST_SHOWN = 60


class PkiError(ValueError):
    """A certificate, key, request or name cannot be used; the text is one sentence without any key or PEM."""


def shown(value: str) -> str:
    """Return a value quoted for a message, cut after 60 characters: what was pasted may be a whole PEM.

    A character that looks like another one is named.
    """
    found = disguised(value)
    return _quoted(value) if found is None else f"{_quoted(value)} ({found})"


def bare(value: str) -> str:
    """Return the same without quotes, and without the name of a character."""
    return _quoted(value)[1:-1]


def _quoted(value: str) -> str:
    return repr(value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}...")
