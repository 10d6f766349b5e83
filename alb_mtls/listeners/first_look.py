"""What a listener was before this deployment came, as the claim in the state keeps it from the first look on.

The claim in the cluster says it too, but that may vanish: pruned by GitOps, replaced by `kubectl apply`.
"""

import json
from collections.abc import Sequence
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
from alb_mtls.listeners.situation import situation_of
from alb_mtls.listeners.verdict import before_us


def found_on(
    albconfig: AlbConfig, inputs: ListenerClaimInputs, *, token: str, known: Sequence[str], found: str | None
) -> str:
    """Return the fields of a listener before this deployment, by JSON pointer, as JSON text.

    Args:
        albconfig: as it is.
        inputs: of the claim.
        token: of the claim; empty when it is only made now.
        known: identifiers of the CAs that this deployment binds, or has bound.
        found: what the state says; it counts when the listener names one of them and no claim is there.

    Raises:
        NoSuchListener, AmbiguousListener, MalformedClaim, NewerClaim: it cannot be known.
    """
    there = situation_of(
        albconfig,
        find_listener(albconfig, inputs.listener),
        deployment=inputs.deployment,
        token=token,
        ours=known,
        found=None if found is None else json.loads(found),
    )
    return json.dumps(before_us(there, made_here=inputs.made_here, take_over=inputs.take_over), sort_keys=True)


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
            raise ListenerHeld(listener, reason)
        ref = find_listener(albconfig, listener)
        taken = replace(claim, token=token, attempt=attempt)
        return listener_patch(albconfig, ref, claim=taken, fields=fields_of(ref.element))

    return guarded_patch(kube, listener.alb_config, build, deadline_seconds=PATCH_SECONDS)
