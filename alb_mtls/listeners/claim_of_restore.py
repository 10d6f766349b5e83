"""The claim that a step of a restore leaves, while the listener is on its way back. Pure."""

from dataclasses import replace

from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.listener import Fields
from alb_mtls.listener_resources import ListenerClaimOutputs
from alb_mtls.listeners.situation import Situation


def before_us(there: Situation) -> Fields:
    """Return what the listener was before, by the claim, or where that is gone by the state."""
    return there.claim.previous if there.claim is not None else there.found or {}


def claim_of_step(there: Situation, claimed: ListenerClaimOutputs, *, uid: str, attempt: str, fields: Fields) -> Claim:
    """Return the claim that is written together with the two fields of a step.

    It names no key of identity headers: the first step has given them all back, and nothing goes back twice.

    Args:
        there: what stands.
        claimed: what the state knows of the claim; it counts where that in the cluster is gone.
        uid: of the AlbConfig.
        attempt: new: whatever process still works for the old one writes nothing from here on.
        fields: the two fields of the step.
    """
    if there.claim is not None:
        return replace(there.claim, attempt=attempt, written=fields, edit=None, editor=None)
    return Claim(
        owner=claimed.owner,
        deployment=claimed.deployment,
        token=claimed.token,
        attempt=attempt,
        uid=uid,
        host=claimed.proof.host,
        previous=before_us(there),
        written=fields,
    )
