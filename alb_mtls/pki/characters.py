"""Characters that cannot be seen, by their names: a no-break blank comes with whatever is copied from a web page."""

import unicodedata

_CONTROLS = {"\0": "NUL", "\t": "a tab", "\n": "a line end", "\r": "a carriage return"}
_BLANK = "Zs"


def unprintable(text: str, *, blanks_allowed: bool = False) -> str | None:
    """Return which character of a text cannot be printed, where it stands and what to do, or None.

    Args:
        text: of a setting.
        blanks_allowed: blanks of every kind may stand in it, as in the name of a file.
    """
    for position, character in enumerate(text, start=1):
        category = unicodedata.category(character)
        if character.isprintable() or (blanks_allowed and category == _BLANK):
            continue
        name = _CONTROLS.get(character) or unicodedata.name(character, "a character")
        remedy = "type a plain blank instead" if category == _BLANK else "take it out"
        return f"holds {name} (U+{ord(character):04X}) at position {position}, which cannot be printed; {remedy}"
    return None
