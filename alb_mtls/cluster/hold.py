"""The hold: an annotation of the AlbConfig by which a person keeps this program away from one listener. Pure.

In an emergency `caEnabled: false` alone leaves no mark on who meant it, and the next `up` would call it drift and turn
it on again. While the annotation is there, no patch of this program is applied: each tests that it is absent.
"""

import unicodedata
from typing import Final

from alb_mtls.cluster.listener import AlbConfig
from alb_mtls.cluster.listener_key import ListenerKey

NO_REASON: Final = "no reason given"
_LONGEST_REASON: Final = 300
# What writes something else on a terminal than it is: control, surrogates, separators of lines and paragraphs.
_CONTROL: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Invisible, the bidirectional ones among them: they turn the order of what follows.
_FORMAT: Final = "Cf"


def read_hold(albconfig: AlbConfig, listener: ListenerKey) -> str | None:
    """Return why a listener is held, in one line for people; None when it is not.

    The annotation alone holds it, whatever its value is: who writes it in an emergency must not be ignored because the
    reason is empty.
    """
    annotations = albconfig["metadata"].get("annotations") or {}
    if listener.hold_annotation not in annotations:
        return None
    return one_line(str(annotations[listener.hold_annotation] or "")) or NO_REASON


def one_line(reason: str) -> str:
    """Return a reason without control and bidirectional characters, its white space made single blanks, cut to size."""
    spaced = (_shown(one) for one in reason)
    return " ".join("".join(spaced).split())[:_LONGEST_REASON]


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category == _FORMAT:
        return ""
    return " " if category in _CONTROL else character
