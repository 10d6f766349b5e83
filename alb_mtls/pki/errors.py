"""The one error of this package, and how a value may stand in its text."""

_LONGEST_SHOWN = 60


class PkiError(ValueError):
    """A certificate, key, request or name cannot be used; the text is one sentence without any key or PEM."""


def shown(value: str) -> str:
    """Return a value quoted for a message, cut after 60 characters: what was pasted may be a whole PEM."""
    return repr(value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}...")
