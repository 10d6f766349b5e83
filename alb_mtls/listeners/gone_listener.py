"""What is left to a claim that is deleted when its listener, or the whole AlbConfig, is gone."""

import json
from collections.abc import Callable

from alb_mtls.cluster.claim import read_claim
from alb_mtls.cluster.claim_errors import ListenerHeld
from alb_mtls.cluster.guarded_patch import guarded_patch
from alb_mtls.cluster.hold import read_hold
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import AlbConfig, meaning_of, name_of
from alb_mtls.cluster.patch import Patch, release_patch
from alb_mtls.errors import OperationFailed
from alb_mtls.listener_resources import ListenerClaimOutputs
from alb_mtls.listeners.attempt import PATCH_SECONDS
from alb_mtls.listeners.guarded_delete import unclaimed_uses


def release_without_listener(claimed: ListenerClaimOutputs, *, kube: KubeClient, uid: str) -> None:
    """Remove the claim on a listener that is no longer there.

    Args:
        claimed: the claim that is being deleted.
        kube: the cluster.
        uid: of the AlbConfig that had the listener.

    Raises:
        OperationFailed: a listener that nobody claims has our CA: it may be the same one, at another place.
        ListenerHeld: a person holds the listener.
        ClusterError: the cluster did not answer as needed, and a repetition goes on.
    """
    listener = claimed.listener

    def build(albconfig: AlbConfig) -> Patch | None:
        claim = read_claim(albconfig, listener)
        if claim is None or (claim.deployment, claim.token) != (claimed.deployment, claimed.token):
            return None
        reason = read_hold(albconfig, listener)
        if reason is not None:
            raise ListenerHeld(listener, reason, owner=claimed.owner)
        if others := unclaimed_uses(albconfig, claimed.known) or _unclaimed_elsewhere(claimed, kube):
            # Its port was changed by hand, or it was moved: with the claim, nobody would know what it was before.
            sentence = (
                f"{listener.label} is gone, and {', '.join(others)}, which nobody claims, names the CA of this "
                "stack; nothing was changed. If it is the same listener, give it its port and AlbConfig back, or "
                f"set its caEnabled and caCertificates to what they were ({meaning_of(claim.previous)}); if it is "
                f"another one, remove this claim: python -m ops release {listener.output_key}. Then run this again"
            )
            raise OperationFailed(sentence)
        return release_patch(albconfig, listener, None)

    guarded_patch(kube, listener.alb_config, build, deadline_seconds=PATCH_SECONDS, expect_uid=uid)


def show_what_was_before(claimed: ListenerClaimOutputs, show: Callable[[str], object]) -> None:
    """Say what only the state still knows when the AlbConfig is gone, before it forgets it, unless that was just off.

    Args:
        claimed: the claim that is being deleted.
        show: takes the sentence.
    """
    before = meaning_of(json.loads(claimed.found or "{}"))
    if before.enabled:
        show(
            f"AlbConfig {claimed.listener.alb_config} is gone, and so is the claim on {claimed.listener.label}; before "
            f"this stack came, that was: {before}. If it was moved to another AlbConfig, bind that CA there again"
        )


def _unclaimed_elsewhere(claimed: ListenerClaimOutputs, kube: KubeClient) -> list[str]:
    """Return the listeners of other AlbConfigs that nobody claims and that name a CA which only this stack has."""
    name = claimed.listener.alb_config
    others = [one for one in kube.albconfigs() if name_of(one) != name] if claimed.made_here else []
    return [use for one in others for use in unclaimed_uses(one, claimed.made_here)]
