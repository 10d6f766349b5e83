"""What others do to the AlbConfig while the program works, and in between: people, GitOps, and the controller."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from alb_mtls.cluster.listener import find_listener
from tests.helpers.albconfigs import LISTENER
from tests.model.documents import HOLD, Bound, as_text, is_held_in
from tests.model.edits_of_headers import HEADER_EDITED, HEADERS_AS_GO, set_alias, write_back
from tests.model.values import replace

# In CAS, and of nobody who is explored.
THEIR_CA: Final = "theirs-too"


def _switch_off(document: dict[str, Any]) -> None:
    _element(document)["caEnabled"] = False


def _empty(document: dict[str, Any]) -> None:
    _element(document)["caCertificates"] = []


def _bind_another_ca(document: dict[str, Any]) -> None:
    _element(document).update(caEnabled=True, caCertificates=[{"CertificateId": THEIR_CA}])


def _apply_the_first_file(document: dict[str, Any]) -> None:
    """What is not in the file and was never applied stays: the annotation."""
    for name in ("caEnabled", "caCertificates"):
        _element(document).pop(name, None)


def _prune(document: dict[str, Any]) -> None:
    document["metadata"].get("annotations", {}).pop(LISTENER.claim_annotation, None)


def _write_back_as_go(document: dict[str, Any]) -> None:
    """Any event of an Ingress makes the controller do so, without `omitempty`."""
    element = _element(document)
    given = element.get("caCertificates") or []
    listed = [{"CertificateId": one["CertificateId"], "IsDefault": bool(one.get("IsDefault"))} for one in given]
    element.update(caEnabled=bool(element.get("caEnabled")), caCertificates=listed or None)


def _make_anew(document: dict[str, Any]) -> None:
    """From the file that it was made from at first."""
    document["metadata"].pop("annotations", None)
    _apply_the_first_file(document)
    _restore_from_backup(document)


def _restore_from_backup(document: dict[str, Any]) -> None:
    document["metadata"]["uid"] += "-anew"


def _hold(document: dict[str, Any]) -> None:
    document["metadata"].setdefault("annotations", {})[HOLD] = "an incident"


def _hold_and_open(document: dict[str, Any]) -> None:
    """In one patch, as the page for who is locked out says."""
    _hold(document)
    _switch_off(document)


def _resume(document: dict[str, Any]) -> None:
    document["metadata"].get("annotations", {}).pop(HOLD, None)


def _set_alias(document: dict[str, Any]) -> None:
    set_alias(_element(document))


def _write_headers_back(document: dict[str, Any]) -> None:
    write_back(_element(document))


EMERGENCY = "somebody sets caEnabled to false"
EMPTIED = "somebody empties caCertificates"
ANOTHER_TEAM = "another team binds its CA"
FIRST_FILE = "the first file is applied again"
PRUNED = "the claim is pruned"
GO_ROUND_TRIP = "the controller writes the AlbConfig back as Go has it"
MADE_ANEW = "the AlbConfig is made anew"
FROM_BACKUP = "the AlbConfig is deleted and restored from a backup"
HELD = "somebody holds the listener"
HELD_OPEN = "somebody holds the listener and switches it off"
RESUMED = "somebody resumes"
# The AlbConfig stays as it is, so that nothing tells the controller.
ALB_SWITCHED = "somebody switches the listener on the ALB alone"
ALB_GIVEN_ANOTHER_CA = "somebody binds another CA on the ALB alone"
# After these nothing of the fields is anybody's edit.
OTHER_OBJECT = frozenset({MADE_ANEW, FROM_BACKUP})

_EDITS: dict[str, Callable[[dict[str, Any]], None]] = {
    EMERGENCY: _switch_off,
    EMPTIED: _empty,
    ANOTHER_TEAM: _bind_another_ca,
    FIRST_FILE: _apply_the_first_file,
    PRUNED: _prune,
    GO_ROUND_TRIP: _write_back_as_go,
    MADE_ANEW: _make_anew,
    FROM_BACKUP: _restore_from_backup,
    HELD: _hold,
    HELD_OPEN: _hold_and_open,
    RESUMED: _resume,
    HEADER_EDITED: _set_alias,
    HEADERS_AS_GO: _write_headers_back,
}


def changed_on_alb(alb: Bound, what: str) -> Bound:
    """Return what the ALB does after an edit of it alone; what a listener that is off refers to decides nothing."""
    if what == ALB_SWITCHED:
        return replace(alb, enabled=not alb.enabled)
    return replace(alb, identifiers=(THEIR_CA,)) if alb.enabled else alb


@cache
def edited(text: str, what: str) -> str:
    """Return the AlbConfig after an edit, as it was when the edit changes nothing or nobody would make it now."""
    if what in {HELD, HELD_OPEN} and is_held_in(text):
        return text
    before, after = json.loads(text), json.loads(text)
    _EDITS[what](after)
    if not after["metadata"].get("annotations", True):
        del after["metadata"]["annotations"]
    if as_text(after) == as_text(before):
        return text
    after["metadata"]["resourceVersion"] = str(int(before["metadata"]["resourceVersion"]) + 1)
    return as_text(after)


def _element(document: dict[str, Any]) -> dict[str, Any]:
    return find_listener(document, LISTENER).element
