"""Who else writes the spec of an AlbConfig. Pure."""

from typing import Any, Final

from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.listener import AlbConfig
from alb_mtls.cluster.owners import LAST_APPLIED, owners_of

FIELD_MANAGER: Final = "alb-mtls"
"""Under which `up` and `destroy` write."""
PERSON_MANAGER: Final = "alb-mtls-ops"
"""Of what a person writes with a command: it is an edit like any other, and named as one."""
# `kubectl create` is refused for an object that is there, so it never writes one again.
_WRITES_ONCE = "kubectl-create"
_LISTENERS: Final = ("f:spec", "f:listeners")
# Of what a claim says: whoever may edit the AlbConfig may write anything there.
_LONGEST = 200


def other_field_managers(albconfig: AlbConfig) -> list[str]:
    """Return who may overwrite our two fields: managers of the spec other than us, and a file kept for kubectl apply.

    A manager of status, of finalizers or of annotations alone is left out: it writes nothing of the listeners. So is
    `kubectl create`, which made the AlbConfig and cannot write it again.
    """
    metadata = albconfig["metadata"]
    managers = {
        f"{entry.get('manager', 'unknown')}{' (server-side apply)' if entry.get('operation') == 'Apply' else ''}"
        for entry in metadata.get("managedFields") or []
        if entry.get("manager") not in (FIELD_MANAGER, PERSON_MANAGER, _WRITES_ONCE)
        and not entry.get("subresource")
        and "f:spec" in (entry.get("fieldsV1") or {})
    }
    if LAST_APPLIED in (metadata.get("annotations") or {}):
        managers.add("kubectl apply (last-applied-configuration)")
    return sorted(managers)


def last_writer(albconfig: AlbConfig, claim: Claim | None = None) -> str:
    """Return who last wrote the listeners beside `up` and `destroy`, and when, as the end of a sentence.

    Whoever writes a field takes it over from the others in managedFields, with the time. So a roll-back that puts
    somebody's edit back takes it from them, and only the claim says whose it was.

    Args:
        albconfig: as it was read.
        claim: on the listener; None when there is none.
    """
    editor = None if claim is None or claim.editor is None else claim.editor[:_LONGEST]
    return named_writer(albconfig) or editor or "somebody whom managedFields of the AlbConfig does not name"


def named_writer(albconfig: AlbConfig) -> str | None:
    """Return who last wrote the listeners as managedFields name them, and when; None when they name nobody."""
    last = _last([entry for entry in _writers(albconfig, _LISTENERS) if entry.get("manager") != FIELD_MANAGER])
    if last is None:
        return None
    manager = f"field manager {_manager(last)}"
    owner = next((one for one in owners_of(albconfig) if one.manager == _manager(last)), None)
    by = manager if owner is None else f"{owner.text} ({manager})"
    return f"{by} at {last.get('time') or 'an unknown time'}"


def written_at(albconfig: AlbConfig, *path: str) -> str | None:
    """Return when a field was last written by somebody other than `up` and `destroy`; None when that is not known.

    It stands since then at the latest: its manager may have written another of its fields later.

    Args:
        albconfig: as it was read.
        path: of the field, as managedFields name its parts but for their `f:`; without one the listeners.
    """
    last = _last(_writers(albconfig, tuple(f"f:{one}" for one in path) or _LISTENERS))
    if last is None or last.get("manager") == FIELD_MANAGER:
        return None
    time = last.get("time")
    return time if isinstance(time, str) else None


def _writers(albconfig: AlbConfig, path: tuple[str, ...]) -> list[dict[str, Any]]:
    entries = albconfig["metadata"].get("managedFields") or []
    return [entry for entry in entries if not entry.get("subresource") and _owns(entry.get("fieldsV1"), path)]


def _owns(fields: Any, path: tuple[str, ...]) -> bool:
    for part in path:
        if not isinstance(fields, dict) or part not in fields:
            return False
        fields = fields[part]
    return True


def _last(entries: list[dict[str, Any]]) -> dict[str, Any] | None:
    return max(entries, key=lambda entry: str(entry.get("time") or ""), default=None)


def _manager(entry: dict[str, Any]) -> str:
    return str(entry.get("manager", "unknown"))
