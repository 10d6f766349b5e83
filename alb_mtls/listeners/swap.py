"""One CA of a stack that takes the place of another on a listener: which it is, and what of that cannot be shown. Pure.

The other generations of the root CA stay in CAS, and are on no listener of the stack once all are swapped.
"""

from collections.abc import Sequence

from alb_mtls.aliyun.alb_models import Listener, same_identifier
from alb_mtls.cluster.listener import Fields, meaning_of
from alb_mtls.listener_resources import ListenerSwitchInputs, ListenerSwitchOutputs
from alb_mtls.listeners.desired import is_among


def replaced_ca(inputs: ListenerSwitchInputs, last: ListenerSwitchOutputs | None, fields: Fields) -> str | None:
    """Return the CA of this stack whose clients an `up` ends on a listener; None for none.

    Args:
        inputs: what the listener should become.
        last: what the last `up` made of it, which counts where a run that was killed has bound the new CA already.
        fields: as they stand.
    """
    stands = meaning_of(fields)
    if not inputs.enabled or not stands.enabled:
        return None
    applied = last.applied_ca_identifier if last is not None and last.was_enabled else ""
    ours = (*inputs.known, *(one.ca_identifier or "" for one in inputs.other_generations), applied)
    bound = [one for one in (*stands.identifiers, applied) if one and not same_identifier(one, inputs.ca_identifier)]
    return next((one for one in bound if is_among(one, ours)), None)


def label_of(ca_identifier: str, inputs: ListenerSwitchInputs) -> str:
    """Return how messages name a CA of this stack."""
    for one in inputs.other_generations:
        if one.ca_identifier and same_identifier(one.ca_identifier, ca_identifier):
            return f"generation {one.generation} (CA {ca_identifier})"
    return f"CA {ca_identifier}"


def not_shown(replaced: str | None, inputs: ListenerSwitchInputs, *, has_key: bool) -> str:
    """Return what no proof has shown after one CA of this stack has taken the place of another; mostly nothing.

    Args:
        replaced: the other one; None for none.
        inputs: say how the listener is proven.
        has_key: whether the key of the other one is at hand.
    """
    if replaced is None or (has_key and inputs.proof.mode == "required"):
        return ""
    why = "its key is not at hand" if inputs.proof.mode == "required" else f"proof.mode is {inputs.proof.mode}"
    return f"that clients of {label_of(replaced, inputs)}, which was bound before, are rejected was not shown: {why}"


def still_referred(shown: Listener | None, inputs: ListenerSwitchInputs) -> str:
    """Return what is to be known of a listener that is off and has not let go of another generation; mostly nothing."""
    kept = [one for one in (shown.ca_identifiers if shown is not None else ()) if is_among(one, kept_cas(inputs))]
    if not kept:
        return ""
    labels = ", ".join(label_of(one, inputs) for one in kept)
    return (
        f"the ALB still refers to {labels}, although the AlbConfig names CA {inputs.ca_identifier}: it is off, so this "
        "concerns nobody, but that generation can be dropped only once the ALB has let go of it"
    )


def kept_cas(inputs: ListenerSwitchInputs) -> Sequence[str]:
    """Return the CAs of the other generations, which stay in CAS."""
    return [one.ca_identifier for one in inputs.other_generations if one.ca_identifier]
