"""The hold: an annotation of the AlbConfig by which a person keeps this program away from one listener. Pure.

In an emergency `caEnabled: false` alone leaves no mark on who meant it, and the next `up` would call it drift and turn
it on again. While the annotation is there, no patch of this program is applied: each tests that it is absent.
"""

from typing import Final

from alb_mtls.cluster.listener import AlbConfig
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.redaction import quoted

NO_REASON: Final = "no reason given"
_LONGEST_REASON: Final = 300


def read_hold(albconfig: AlbConfig, listener: ListenerKey) -> str | None:
    """Return why a listener is held, in one line for people; None when it is not.

    The annotation alone holds it, whatever its value is: who writes it in an emergency must not be ignored because the
    reason is empty.
    """
    keys = hold_keys(albconfig, listener)
    return reason_of(str(albconfig["metadata"]["annotations"][keys[0]] or "")) or NO_REASON if keys else None


def hold_keys(albconfig: AlbConfig, listener: ListenerKey) -> list[str]:
    """Return the annotations that hold a listener: in an emergency `hold.443.HTTPS` must count as well.

    The very one, which a patch of this program tests for, comes first.
    """
    annotations = albconfig["metadata"].get("annotations") or {}
    spelled = (key for key in annotations if key.lower() == listener.hold_annotation)
    return sorted(spelled, key=lambda key: (key != listener.hold_annotation, key))


def reason_of(text: str) -> str:
    """Return a reason in one line, its white space made single blanks, cut to size."""
    return quoted(text, _LONGEST_REASON)
