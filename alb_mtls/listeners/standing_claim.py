"""A claim that is on a listener already when the state makes a new one for it."""

from dataclasses import replace

from alb_mtls.cluster.claim import read_claim
from alb_mtls.cluster.claim_errors import ClaimedByAnother, HeldByOwnDeployment, ListenerHeld
from alb_mtls.cluster.guarded_patch import guarded_patch
from alb_mtls.cluster.hold import read_hold
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import AlbConfig, fields_of, find_listener
from alb_mtls.cluster.patch import Patch, listener_patch
from alb_mtls.listener_resources import ListenerClaimInputs
from alb_mtls.listeners.attempt import PATCH_SECONDS


def take_standing_claim(kube: KubeClient, inputs: ListenerClaimInputs, *, token: str, attempt: str) -> AlbConfig:
    """Refuse a listener that is held, or give the claim of this deployment that is on it already another token.

    The claim in the state that had that token is deleted next, when it is replaced: without it, that opens nothing.

    Args:
        kube: the cluster.
        inputs: of the claim.
        token: of the new claim.
        attempt: drawn for this patch.

    Returns:
        The AlbConfig.

    Raises:
        ClaimedByAnother: another deployment holds the listener, and `take_over` does not name it.
        HeldByOwnDeployment: this one does, and `take_over` does not name it.
        ListenerHeld: a person holds the listener.
    """
    listener = inputs.listener

    def build(albconfig: AlbConfig) -> Patch | None:
        claim = read_claim(albconfig, listener)
        if claim is None or claim.token == token:
            return None
        if claim.deployment != inputs.deployment:
            if claim.deployment != inputs.take_over:
                raise ClaimedByAnother(listener, owner=claim.owner, deployment=claim.deployment)
            # The switch takes it: a claim is never of one deployment with the token of another.
            return None
        if inputs.take_over != inputs.deployment:
            raise HeldByOwnDeployment(listener, deployment=inputs.deployment)
        reason = read_hold(albconfig, listener)
        if reason is not None:
            raise ListenerHeld(listener, reason, owner=inputs.owner)
        ref = find_listener(albconfig, listener)
        taken = replace(claim, token=token, attempt=attempt)
        return listener_patch(albconfig, ref, claim=taken, fields=fields_of(ref.element))

    return guarded_patch(kube, listener.alb_config, build, deadline_seconds=PATCH_SECONDS)
