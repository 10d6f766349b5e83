"""What the program itself refuses before it registers anything, as far as generations of the root CA are concerned.

The rule is the real one; whoever asks it in the program (alb_mtls/preflight/look.py) has the same to go by.
"""

from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listeners.generation_steps import rejected_meanwhile
from tests.model.documents import bound_in, claim_in, listeners_in, meaning_in, meaning_of
from tests.model.registrations import Command


def refused_by_look(command: Command, albconfig: str) -> str | None:
    """Return why a command ends before it has registered anything, or None."""
    if not command.generations:
        return None
    for listener in listeners_in(albconfig):
        bound = _bound_generation(albconfig, listener)
        if bound is None or bound in command.abandoned:
            continue
        sentence = rejected_meanwhile(
            listener.label,
            bound=bound,
            accepted=command.generations[-2:],
            newest=command.generations[-1],
            listed=command.generations,
        )
        if sentence is not None:
            return sentence
    return None


def _bound_generation(albconfig: str, listener: ListenerKey) -> int | None:
    claim = claim_in(albconfig, listener)
    if claim is None or not bound_in(albconfig, listener).enabled:
        return None
    return claim.generation if meaning_in(albconfig, listener) == meaning_of(claim.written) else None
