"""How the repositories are called that this program makes in CAS. Pure."""

import re


def is_own_name(name: str, stem: str) -> bool:
    """Say whether a name is one that a stack of this stem may have drawn for its own repository.

    That it is the very one, only the state of that stack can tell.
    """
    return re.fullmatch(rf"{re.escape(stem)}-[0-9a-f]{{8}}", name) is not None


def stem_of(name: str) -> str:
    """Return the stem of a name that was drawn."""
    return name.rpartition("-")[0]
