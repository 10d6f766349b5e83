"""When the program looks: an `up` before it registers anything, a preview while Pulumi starts the providers.

Looking takes as long as Pulumi needs to start the provider process. In an `up` that is the price for stopping before
the CA is uploaded; a preview uploads nothing, so there both may happen at once
(docs/decisions/2026-11-25-a-preview-looks-while-providers-start.md).
"""

import asyncio
from typing import TYPE_CHECKING, Any

import pulumi

from alb_mtls.configuration.model import Settings
from alb_mtls.interpreter_exit import collect_less_garbage, end_quietly_when_interrupted
from alb_mtls.properties import to_props

if TYPE_CHECKING:
    from alb_mtls.listeners.snapshot import ListenerSnapshot


def schedule_preflight(
    settings: Settings, kubeconfig: str | None
) -> "tuple[list[pulumi.Output[ListenerSnapshot]], pulumi.Output[list[dict[str, Any]]]]":
    """Look at every listener of the stack and say what concerns people.

    Args:
        settings: of the stack.
        kubeconfig: content, when the cluster is named by id; None leaves it to configuration and KUBECONFIG.

    Returns:
        What was found of each listener, in the order of the settings; and what of it decides whether this deployment
        may have it, as properties of `ListenerFound`.

    Raises:
        pulumi.RunError: names everything that must be put right, by key. In a preview it is what each output ends
            with, and so the preview.
    """
    # What is loaded to look, and the thread that looks in a preview, must not hold the program's end up or disturb it.
    collect_less_garbage()
    end_quietly_when_interrupted()
    if not settings.preview:
        taken = _found(settings, kubeconfig)
        return [pulumi.Output.from_input(one) for one in taken], pulumi.Output.from_input(_decisive(settings, taken))
    # Begins when the program has come to its end, or it would compete with that for the one interpreter.
    found: pulumi.Output[list[ListenerSnapshot]] = pulumi.Output.from_input(
        asyncio.to_thread(_found, settings, kubeconfig)
    )
    snapshots = [_nth(found, index) for index in range(len(settings.listeners))]
    return snapshots, found.apply(lambda taken: _decisive(settings, taken))


def _nth(found: "pulumi.Output[list[ListenerSnapshot]]", index: int) -> "pulumi.Output[ListenerSnapshot]":
    return found.apply(lambda snapshots: snapshots[index])


def _found(settings: Settings, kubeconfig: str | None) -> "list[ListenerSnapshot]":
    # Clients and rules cost a preview a tenth of a second, which may pass beside the start of the providers.
    from components.preflight.report import report
    from components.preflight.run import run_preflight

    snapshots = run_preflight(settings, kubeconfig)
    report(settings, snapshots)
    return snapshots


def _decisive(settings: Settings, snapshots: "list[ListenerSnapshot]") -> list[dict[str, Any]]:
    from alb_mtls.preflight.found import found_on_listeners

    return [to_props(one) for one in found_on_listeners(settings, snapshots)]
