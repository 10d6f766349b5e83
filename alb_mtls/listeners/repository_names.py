"""How the repositories are called that this program makes in CAS. Pure."""

import re
from hashlib import sha256


def name_of(stem: str, deployment: str) -> str:
    """Return how a deployment calls its own repository; its id was drawn at random, and nobody else has it."""
    return f"{stem}-{sha256(deployment.encode()).hexdigest()[:8]}"


def is_own_name(name: str, stem: str) -> bool:
    """Say whether a name is one that a deployment of this stem may have for its own repository.

    That it is the very one, only the state of that stack can tell.
    """
    return re.fullmatch(rf"{re.escape(stem)}-[0-9a-f]{{8}}", name) is not None


def stem_of(name: str) -> str:
    """Return the stem of such a name."""
    return name.rpartition("-")[0]
