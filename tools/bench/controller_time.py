"""How long the lab's own parts took for what was patched: from the patch until each listener was served as it says."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

_PATCH = ("kubernetes", "patch albconfigs")


def controller_seconds(journal: Iterable[Mapping[str, Any]], changes: Iterable[Mapping[str, Any]]) -> float:
    """Return how long the API server, the controller, the ALB and the data plane had something to follow.

    What is followed side by side counts once. A patch that changes no listener, as one of the claim alone, counts for
    nothing: nobody waits for it.

    Args:
        journal: of the lab, `/journal`.
        changes: of its listeners, `/load-balancers/changes`.
    """
    patched = [
        datetime.fromisoformat(call["started"])
        for call in journal
        if (call["service"], call["api"]) == _PATCH and call["performed"]
    ]
    followed = [
        (max(before), datetime.fromisoformat(change["running"]))
        for change in changes
        if change["running"] and (before := [at for at in patched if at <= datetime.fromisoformat(change["begun"])])
    ]
    total, until = 0.0, None
    for begin, end in sorted(followed):
        since = begin if until is None else max(begin, until)
        until = end if until is None else max(end, until)
        total += max((until - since).total_seconds(), 0.0)
    return total
