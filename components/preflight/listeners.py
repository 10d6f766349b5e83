"""What is said of listeners once the engine knows which change: in a preview its plan, in an `up` its proof."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.output import Unknown

from alb_mtls.configuration.model import ListenerSettings, Settings
from alb_mtls.listener_resources import ProofShown
from alb_mtls.properties import from_props
from components.albconfig_patch import AlbConfigPatch
from components.printing import COLUMNS, info

if TYPE_CHECKING:
    from alb_mtls.listeners.proved_lines import ProvedListener
    from alb_mtls.listeners.snapshot import ListenerSnapshot


def report_listeners(
    settings: Settings, snapshots: "Sequence[pulumi.Output[ListenerSnapshot]]", patches: Sequence[AlbConfigPatch]
) -> None:
    """Say of each listener what becomes of it (preview), or what was proven of it (`up`).

    Args:
        settings: of the stack.
        snapshots: of its listeners, in the order of the settings.
        patches: of them. In a preview the outputs of a switch are known just where it does not change.
    """
    began = datetime.now(UTC)

    def say(found: list[Any]) -> None:
        known = list(zip(settings.listeners, found, strict=True))
        if settings.preview:
            _say_plans(settings, [each for _, each in known])
        else:
            _say_proofs([_proved(settings, one, each, began) for one, each in known if each["proven"] is not None])

    pairs = zip(snapshots, patches, strict=True)
    pulumi.Output.all(*(_found(snapshot, patch) for snapshot, patch in pairs)).apply(say)


def _found(snapshot: "pulumi.Output[ListenerSnapshot]", patch: AlbConfigPatch) -> pulumi.Output[dict[str, Any]]:
    switch = patch.switch
    outputs: dict[str, pulumi.Output[Any]] = {
        "proven": switch.proven,
        "at": switch.provenAt,
        "note": switch.proofNote,
        "shown": switch.proofShown,
        "ca": patch.ca_identifier,
    }
    return pulumi.Output.all(snapshot=snapshot, **{name: one.apply(_or_none, True) for name, one in outputs.items()})


def _or_none(value: Any) -> Any:
    return None if isinstance(value, Unknown) else value


def _say_plans(settings: Settings, found: Sequence[dict[str, Any]]) -> None:
    from alb_mtls.listeners.planned import planned
    from alb_mtls.listeners.planned_lines import planned_blocks

    plans = [
        planned(
            settings,
            one["snapshot"],
            changes=one["proven"] is None,
            ca_identifier=one["ca"],
            not_proven=_not_proven(settings, one),
        )
        for one in found
    ]
    for lines in planned_blocks([one for one in plans if one is not None], COLUMNS):
        info(*lines)


def _not_proven(settings: Settings, found: dict[str, Any]) -> str:
    from alb_mtls.listeners.proved_lines import why_not_proven

    return why_not_proven(settings.proof.mode, proven=found["proven"] is not False, note=found["note"] or "")


def _say_proofs(proved: "Sequence[ProvedListener]") -> None:
    from alb_mtls.listeners.proved_lines import proved_lines

    if proved:
        info(*proved_lines(proved))


def _proved(settings: Settings, one: ListenerSettings, found: dict[str, Any], began: datetime) -> "ProvedListener":
    from alb_mtls.listeners.proved_lines import ProvedListener

    shown = found["shown"]
    return ProvedListener(
        key=one.key,
        enabled=settings.enabled,
        ca_identifier=found["ca"] or "",
        mode=settings.proof.mode,
        proven=found["proven"],
        at=found["at"],
        note=found["note"] or "",
        shown=None if shown is None else from_props(ProofShown, shown),
        since=began,
    )
