"""When the program looks: an `up` before it registers anything, a preview while Pulumi starts the providers.

Looking takes as long as Pulumi needs to start the provider process. In an `up` that is the price for stopping before
the CA is uploaded; a preview uploads nothing, so there both may happen at once
(docs/decisions/2026-11-25-a-preview-looks-while-providers-start.md).
"""

import asyncio
from typing import TYPE_CHECKING, Any

import pulumi

from alb_mtls.configuration.model import Settings
from alb_mtls.imports import import_turn
from alb_mtls.interpreter_exit import collect_less_garbage, end_quietly_when_interrupted
from alb_mtls.properties import to_props

if TYPE_CHECKING:
    from alb_mtls.listeners.snapshot import ListenerSnapshot

    _Found = tuple[list[ListenerSnapshot], dict[str, Any]]


def schedule_preflight(
    settings: Settings, kubeconfig: str | None
) -> "tuple[list[pulumi.Output[ListenerSnapshot]], pulumi.Output[dict[str, Any]]]":
    """Look at every listener of the stack and say what concerns people.

    Args:
        settings: of the stack.
        kubeconfig: content, when the cluster is named by id; None leaves it to configuration and KUBECONFIG.

    Returns:
        What was found of each listener, in the order of the settings; and what of it the anchor gets: `found` decides
        whether this deployment may have the listeners, `look` is for the diffs.

    Raises:
        pulumi.RunError: names everything that must be put right, by key. In a preview it is what each output ends
            with, and so the preview.
    """
    # What is loaded to look, and the thread that looks in a preview, must not hold the program's end up or disturb it.
    collect_less_garbage()
    end_quietly_when_interrupted()
    if not settings.preview:
        taken, of_anchor = _found(settings, kubeconfig)
        return [pulumi.Output.from_input(one) for one in taken], pulumi.Output.from_input(of_anchor)
    # Begins when the program has come to its end, or it would compete with that for the one interpreter.
    found: pulumi.Output[_Found] = pulumi.Output.from_input(asyncio.to_thread(_found, settings, kubeconfig))
    snapshots = [_nth(found, index) for index in range(len(settings.listeners))]
    return snapshots, found.apply(lambda each: each[1])


def _nth(found: "pulumi.Output[_Found]", index: int) -> "pulumi.Output[ListenerSnapshot]":
    return found.apply(lambda each: each[0][index])


def _found(settings: Settings, kubeconfig: str | None) -> "_Found":
    # Clients and rules cost a preview a tenth of a second, which may pass beside the start of the providers.
    with import_turn:
        from alb_mtls.listeners.reads import Reads
        from alb_mtls.preflight.for_diffs import ForDiffs
        from alb_mtls.preflight.found import found_on_listeners
        from alb_mtls.session import Session
        from components.preflight.report import report
        from components.preflight.run import run_preflight

    session, reads = Session(settings.access.get), Reads()
    snapshots = run_preflight(settings, kubeconfig, session, reads)
    for_diffs = ForDiffs(settings, session, kubeconfig, reads)
    for_diffs.begin(snapshots)
    report(settings, snapshots)
    look = for_diffs.look(snapshots)
    found = [to_props(one) for one in found_on_listeners(settings, snapshots)]
    return snapshots, {"found": found, "look": None if look is None else look.to_text()}
