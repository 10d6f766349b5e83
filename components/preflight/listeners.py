"""What is said of listeners once the engine knows which change: in a preview its plan, in an `up` its proof."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.output import Unknown

from alb_mtls.configuration.model import ListenerSettings, Settings
from alb_mtls.imports import import_turn
from alb_mtls.listener_resources import GIT, ProofShown
from alb_mtls.listeners.proved_lines import ProvedListener, proved_lines, why_not_proven
from alb_mtls.properties import from_props
from alb_mtls.report_file import add_to_report
from alb_mtls.session import Session
from components.albconfig_patch import AlbConfigPatch
from components.printing import COLUMNS, info

if TYPE_CHECKING:
    from alb_mtls.listeners.leaving import LeavingListener
    from alb_mtls.listeners.planned import PlannedListener
    from alb_mtls.listeners.snapshot import ListenerSnapshot


def report_listeners(
    settings: Settings,
    snapshots: "Sequence[pulumi.Output[ListenerSnapshot]]",
    patches: Sequence[AlbConfigPatch],
    deployment: pulumi.Input[str],
) -> None:
    """Say of each listener what becomes of it (preview), or what was proven of it once its switch has ended (`up`).

    Args:
        settings: of the stack.
        snapshots: of its listeners, in the order of the settings.
        patches: of them. In a preview the outputs of a switch are known just where it does not change.
        deployment: id of this one; not known in the preview of a first `up`, which holds no listener yet.
    """
    began, session = datetime.now(UTC), Session(settings.access.get)

    def say_planned(found: list[_Known], leaving: "list[LeavingListener]") -> None:
        plans = {each.snapshot.key: _planned(settings, each, None) for each in found}
        _say_plans([plan for plan in plans.values() if plan is not None], leaving)
        reported = [_reported(settings, each, plans[each.snapshot.key], None) for each in found]
        add_to_report(os.environ, listeners=[*reported, *map(_leaving_reported, leaving)], complete=True)

    def say_ended(listener: ListenerSettings, found: _Known) -> ProvedListener | None:
        """Return what is not said yet: nothing was done with the listener, so that it can wait for those alike."""
        proved = None if found.proven is None else _proved(settings, listener, found, began, session)
        plan = _planned(settings, found, proved)
        add_to_report(os.environ, listeners=[_reported(settings, found, plan, proved)])
        if proved is None or plan is None or not plan.changes:
            return proved
        _say_proofs([proved])
        return None

    def say_rest(proved: list[ProvedListener | None], leaving: "list[LeavingListener]") -> None:
        _say_proofs([one for one in proved if one is not None])
        # Given back only when the program has ended: what comes of it, their deletes report.
        add_to_report(os.environ, listeners=list(map(_leaving_reported, leaving)), complete=True)

    held = (
        pulumi.Output.from_input(deployment),
        patches[0].made_here,
        patches[0].present,
        *(one.known for one in patches),
    )
    left = pulumi.Output.all(snapshots[0], *(one.apply(_or_none, True) for one in held)).apply(_leaving)
    known = [_found(snapshot, patch) for snapshot, patch in zip(snapshots, patches, strict=True)]
    if settings.preview:
        pulumi.Output.all(pulumi.Output.all(*known), left).apply(lambda each: say_planned(*each))
        return
    # Each by itself: where one fails, clients of those that have ended are rejected already.
    pairs = zip(settings.listeners, known, strict=True)
    ended = pulumi.Output.all(*(found.apply(partial(say_ended, listener)) for listener, found in pairs))
    pulumi.Output.all(ended, left).apply(lambda each: say_rest(*each))


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What is known of one listener by now; None for what the engine does not know yet.

    Attributes:
        snapshot: before anything is changed.
        proven: whether its last proof was passed; None while its switch changes.
        at: when that was, ISO 8601.
        note: what that has not shown.
        shown: how far it reaches, as the state holds it.
        ca: identifier of the CA.
        bound: identifiers of every CA that the stack has bound there.
        awaiting: who has yet to bring what is to be committed.
        kubeconfig: content, when the cluster is named by id.
        attempt: of the last `up` that switched it.
    """

    snapshot: "ListenerSnapshot"
    proven: bool | None
    at: str | None
    note: str | None
    shown: Any
    ca: str | None
    bound: list[str] | None
    awaiting: str | None
    kubeconfig: str | None = field(repr=False)
    attempt: str | None


def _found(snapshot: "pulumi.Output[ListenerSnapshot]", patch: AlbConfigPatch) -> pulumi.Output[_Known]:
    switch = patch.switch
    outputs: dict[str, pulumi.Output[Any]] = {
        "proven": switch.proven,
        "at": switch.provenAt,
        "note": switch.proofNote,
        "shown": switch.proofShown,
        "ca": patch.ca_identifier,
        "bound": patch.known,
        "awaiting": switch.awaiting,
        "kubeconfig": switch.kubeconfig,
        "attempt": switch.attempt,
    }
    known = pulumi.Output.all(snapshot=snapshot, **{name: one.apply(_or_none, True) for name, one in outputs.items()})
    return known.apply(lambda each: _Known(**each))


def _or_none(value: Any) -> Any:
    return None if isinstance(value, Unknown) else value


def _planned(settings: Settings, found: _Known, proved: "ProvedListener | None") -> "PlannedListener | None":
    with import_turn:
        from alb_mtls.listeners.planned import planned

    snapshot = found.snapshot
    changes = found.proven is None
    if proved is not None:
        headers, write = settings.identity_headers_of(snapshot.key), settings.write_of(snapshot.key)
        changes = proved.is_of_this_up or (
            proved.left is None and snapshot.will_change(enabled=settings.enabled, headers=headers, write=write)
        )
    return planned(
        settings,
        snapshot,
        changes=changes,
        ca_identifier=found.ca,
        not_proven=_not_proven(settings, found),
        # An `up` that has ended with it did not stop.
        known=found.bound if settings.preview else None,
    )


def _say_plans(plans: "Sequence[PlannedListener]", leaving: "Sequence[LeavingListener]") -> None:
    with import_turn:
        from alb_mtls.listeners.planned_lines import leaving_blocks, planned_blocks

    for lines in (*planned_blocks(plans, COLUMNS), *leaving_blocks(leaving, COLUMNS)):
        info(*lines)


def _leaving(found: list[Any]) -> "list[LeavingListener]":
    with import_turn:
        from alb_mtls.listeners.leaving import leaving_of
        from alb_mtls.listeners.named_in_git import doomed_among

    snapshot, deployment, made_here, present, *known = found
    doomed = list(made_here or ())
    # Those of generations that were removed are known by the claims of the listeners that stay, once all have a name.
    if present is not None:
        bound = dict.fromkeys(each for one in known for each in one or ())
        doomed += doomed_among(bound, made_here=doomed, present=present)
    return list(leaving_of(snapshot.beside, deployment=deployment, doomed=doomed))


def _leaving_reported(one: "LeavingListener") -> dict[str, Any]:
    of_git = {"fragment": None, "awaiting": None, "handedOver": False}
    return {**one.to_json(), "write": "patch" if one.deployment else "none", **of_git, "proof": None}


def _reported(
    settings: Settings, found: _Known, plan: "PlannedListener | None", proved: ProvedListener | None
) -> dict[str, Any]:
    with import_turn:
        from alb_mtls.listeners.planned import not_looked_at

    key, changes = found.snapshot.key, found.proven is None
    planned = not_looked_at(key, changes=changes) if plan is None else plan.to_json()
    reported = {**planned, "write": settings.write_of(key), **_of_git(settings, found, plan, proved)}
    return {**reported, "proof": None if proved is None else proved.to_json()}


def _of_git(
    settings: Settings, found: _Known, plan: "PlannedListener | None", proved: ProvedListener | None
) -> dict[str, Any]:
    """Return what is to be committed, once the identifier of the CA is known, and whether that is awaited."""
    with import_turn:
        from alb_mtls.listeners.fragment import fragment

    key, albconfig = found.snapshot.key, found.snapshot.albconfig
    if plan is None or albconfig is None or plan.write == "patch":
        return {"fragment": None, "awaiting": None, "handedOver": False}
    headers = settings.identity_headers_of(key)
    text = (
        fragment(albconfig, key, identifier=found.ca, enabled=settings.enabled, headers=headers) if found.ca else None
    )
    planned = None if plan.is_committed else GIT
    awaiting = planned if proved is None else found.awaiting
    return {"fragment": text, "awaiting": awaiting, "handedOver": plan.is_handed_over}


def _not_proven(settings: Settings, found: _Known) -> str:
    return why_not_proven(settings.proof.mode, proven=found.proven is not False, note=found.note or "")


def _say_proofs(proved: "Sequence[ProvedListener]") -> None:
    if proved:
        info(*proved_lines(proved))


def _proved(
    settings: Settings, one: ListenerSettings, found: _Known, began: datetime, session: Session
) -> "ProvedListener":
    shown = found.shown
    proved = ProvedListener(
        key=one.key,
        enabled=settings.enabled,
        ca_identifier=found.ca or "",
        mode=settings.proof.mode,
        proven=found.proven is True,
        at=found.at,
        note=found.note or "",
        shown=None if shown is None else from_props(ProofShown, shown),
        since=began,
        awaiting=found.awaiting,
    )
    claim = found.snapshot.readable_claim()
    # Pulumi says of no resource whether --target leaves it out: its outputs are those of the `up` before.
    has_run = proved.is_of_this_up or (proved.at is None and (claim is None or claim.attempt != found.attempt))
    if has_run or proved.awaiting is not None:
        return proved
    with import_turn:
        from alb_mtls.listeners.left_alone import left_as

    kube = session.kube(found.kubeconfig)
    return replace(proved, left=left_as(found.snapshot, kube, enabled=settings.enabled, ca_identifier=found.ca))
