"""Whether clients that an `up` issues would be rejected until it has swapped a listener."""

from alb_mtls.configuration.model import ListenerSettings, Settings
from alb_mtls.listeners.generation_steps import rejected_meanwhile
from alb_mtls.listeners.snapshot import ListenerSnapshot


def rejection_meanwhile(settings: Settings, listener: ListenerSettings, snapshot: ListenerSnapshot) -> str | None:
    """Return that a listener rejects them, with the way out; None when it accepts them, or nothing is known of it.

    Args:
        settings: of the stack.
        listener: one of its listeners.
        snapshot: what was found on it. Whose claim that is, is not looked at: but for one that is taken over.
    """
    generations, bound, claim = settings.generations, snapshot.bound_generation, snapshot.claim()
    kept = claim is not None and claim.deployment != listener.take_over
    # Also when it will request none: until then it rejects, and it may be put back.
    if bound is None or not kept or bound in generations.given_up or not generations.newest.can_issue:
        return None
    signer = generations.cross_signer
    return rejected_meanwhile(
        listener.key.label,
        bound=bound,
        accepted=[generations.newest.generation, *([] if signer is None else [signer.generation])],
        newest=generations.newest.generation,
        listed=[one.generation for one in generations.root_cas],
    )
