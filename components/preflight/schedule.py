"""When the program looks: an `up` before it registers anything, a preview while Pulumi starts the providers.

Looking takes as long as Pulumi needs to start the provider process. In an `up` that is the price for stopping before
the CA is uploaded; a preview uploads nothing, so there both may happen at once
(docs/decisions/2026-11-25-a-preview-looks-while-providers-start.md).
"""

import asyncio

import pulumi

from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.snapshot import Seen


def schedule_preflight(settings: Settings, kubeconfig: str | None) -> list[pulumi.Output[Seen]]:
    """Look at every listener of the stack and say what concerns people.

    Args:
        settings: of the stack.
        kubeconfig: content, when the cluster is named by id; None leaves it to configuration and KUBECONFIG.

    Returns:
        What was seen of each listener, in the order of the settings.

    Raises:
        pulumi.RunError: names everything that must be put right, by key. In a preview it is what each output ends
            with, and so the preview.
    """
    if not pulumi.runtime.is_dry_run():
        return [pulumi.Output.from_input(one) for one in _looked(settings, kubeconfig)]
    # Begins when the program has registered everything, or it would compete with that for the one interpreter.
    all_seen: pulumi.Output[list[Seen]] = pulumi.Output.from_input(asyncio.to_thread(_looked, settings, kubeconfig))
    return [_nth(all_seen, index) for index in range(len(settings.listeners))]


def _nth(all_seen: pulumi.Output[list[Seen]], index: int) -> pulumi.Output[Seen]:
    return all_seen.apply(lambda seen: seen[index])


def _looked(settings: Settings, kubeconfig: str | None) -> list[Seen]:
    # Clients and rules cost a preview a tenth of a second, which may pass beside the start of the providers.
    from components.preflight.report import announce
    from components.preflight.run import look

    seen = look(settings, kubeconfig)
    announce(settings, seen)
    return seen
