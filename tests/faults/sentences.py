"""What a person has to read when a fault lasts: what failed, on which named thing, why, and what to do."""

import re

import pulumi

from alb_mtls.errors import OperationFailed
from tests.faults.cells import Cell

_NO_ANSWER = r"connection ended before an answer came"
_CLOUD = {
    "access-denied": r"lacks|no permission|not authorized|Allow the RAM action",
    "throttle": r"throttled",
    "server-error": r"server error",
    "unavailable": r"server error",
    **dict.fromkeys(("close-before", "close-after", "hold-before", "hold-after-effect"), _NO_ANSWER),
}
_CLUSTER = {
    "access-denied": r"may not \w+ \S+ in the cluster",
    "webhook-denies": r"admission webhook \S+ denied the patch of AlbConfig \S+, and nothing of it was done",
    "webhook-down": r"since admission webhook \S+ does not answer it",
    "throttle": r"HTTP 429",
    "server-error": r"HTTP 500",
    "unavailable": r"HTTP 503",
    **dict.fromkeys(("close-before", "close-after"), _NO_ANSWER),
    **dict.fromkeys(("hold-before", "hold-after-effect"), r"no answer in time"),
}
_REMEDIES = (r"[Rr]un it again|[Rr]un the command again", r"Allow the RAM action [a-z-]+:\w+", r"grant it, as rbac/")
_DEFECTS = re.compile(r"Traceback|unexpected \w+ in \S+\.py:|a defect of|object at 0x")


def faults_of(error: Exception, cell: Cell, secret: str) -> list[str]:
    """Return what is wrong with what a person reads.

    Args:
        error: that ended the operation.
        cell: what it met.
        secret: must not stand in it.
    """
    sentence = str(error)
    wrong = []
    if not isinstance(error, OperationFailed | pulumi.RunError):
        # Pulumi prints the frames of every other.
        wrong.append(f"is a {type(error).__name__}, which Pulumi prints as a traceback")
    if _DEFECTS.search(sentence):
        wrong.append("speaks of a defect, or holds a traceback")
    if secret in sentence:
        wrong.append("holds the access key secret")
    causes = _CLUSTER if cell.call[0] == "kubernetes" else _CLOUD
    if not re.search(causes[cell.kind.name], sentence):
        wrong.append(f"does not say the cause ({causes[cell.kind.name]})")
    if not _names(cell, sentence):
        wrong.append("does not name what was read or written")
    if not any(re.search(remedy, sentence) for remedy in _REMEDIES):
        wrong.append("says no remedy")
    if "mistake in the configuration" in sentence or "mistakes in the configuration" in sentence:
        wrong.append("blames the configuration")
    return [f"{each}: {sentence}" for each in wrong]


def _names(cell: Cell, sentence: str) -> bool:
    service, api = cell.call
    if service != "kubernetes":
        return f"{service.upper()} {api} on " in sentence or (cell.kind.name == "access-denied" and api in sentence)
    resource = api.rpartition(" ")[2].partition("/")[0]
    return resource in sentence or (resource == "albconfigs" and "AlbConfig " in sentence)
