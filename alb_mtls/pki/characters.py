"""Characters that cannot be seen, or that look like others, by their names: they come with what is copied or typed."""

import unicodedata

_CONTROLS = {"\0": "NUL", "\t": "a tab", "\n": "a line end", "\r": "a carriage return"}
_BLANK = "Zs"
# Dashes, and quotes of both sides.
_LIKE_ASCII = frozenset({"Pd", "Pi", "Pf"})
_LIKE_PUNCTUATION = "\u3002\u3001"
_SCRIPTS_LIKE_LATIN = ("CYRILLIC ", "GREEK ")


def unprintable(text: str, *, blanks_allowed: bool = False) -> str | None:
    """Return which character of a text cannot be seen or is no plain blank, where it stands and what to do, or None.

    Args:
        text: of a setting.
        blanks_allowed: blanks of every kind may stand in it, as in the name of a file.
    """
    for position, character in enumerate(text, start=1):
        category = unicodedata.category(character)
        if character.isprintable() or (blanks_allowed and category == _BLANK):
            continue
        name = _CONTROLS.get(character) or unicodedata.name(character, "a character")
        where = f"holds {name} (U+{ord(character):04X}) at position {position}"
        if category == _BLANK:
            return f"{where}, which looks like a blank and is none; type a plain blank instead"
        return f"{where}, which cannot be printed; take it out"
    return None


def disguised(text: str) -> str | None:
    """Return which character of a text looks like one of ASCII and is none, and where it stands; or None.

    Full-width forms, dashes and quotes of other kinds, and letters of scripts that look like Latin ones beside those.
    """
    has_latin = any(one.isascii() and one.isalpha() for one in text)
    for position, one in enumerate(text, start=1):
        if not one.isascii() and (_looks_like_ascii(one) or (has_latin and _is_like_latin(one))):
            return f"{unicodedata.name(one, 'a character')} (U+{ord(one):04X}) stands at position {position}"
    return None


def plain(text: str) -> str:
    """Return a text with its full-width forms, and others of the kind, as what they stand for."""
    return unicodedata.normalize("NFKC", text)


def _looks_like_ascii(one: str) -> bool:
    return unicodedata.category(one) in _LIKE_ASCII or one in _LIKE_PUNCTUATION or plain(one).isascii()


def _is_like_latin(one: str) -> bool:
    return unicodedata.name(one, "").startswith(_SCRIPTS_LIKE_LATIN)
