"""Ending with a listener whose AlbConfig Git owns: nothing is written there, so commits come first.

A CA that the AlbConfig names must not leave CAS, be the listener on or off: the controller fails on the whole AlbConfig
when it names a CA that is gone, and what the ALB has let go of, the next sync of Git brings back
(docs/reference/state-and-claim.md, An AlbConfig that Git owns).
"""

from collections.abc import Callable, Sequence

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.errors import DeadlinePassed
from alb_mtls.cluster.claim import read_claim
from alb_mtls.cluster.errors import CrdMissing, NoLoadBalancer, NoSuchAlbConfig, NoSuchListener
from alb_mtls.cluster.guarded_patch import guarded_patch
from alb_mtls.cluster.identity import has_no_albconfigs
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import AlbConfig, fields_of, find_listener, load_balancer_id, meaning_of
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.patch import Patch, release_patch
from alb_mtls.errors import OperationFailed
from alb_mtls.listener_resources import ListenerClaimOutputs, ListenerSwitchOutputs
from alb_mtls.listeners.attempt import PATCH_SECONDS
from alb_mtls.listeners.desired import is_among
from alb_mtls.listeners.fragment import fragment
from alb_mtls.listeners.left_listener import wait_until_let_go
from alb_mtls.listeners.named_in_git import deleted_next, missing


def refuse_while_named(
    outputs: ListenerClaimOutputs | ListenerSwitchOutputs,
    *,
    kube: KubeClient,
    alb: AlbClient,
    show: Callable[..., object],
) -> None:
    """Stop before the state forgets a listener on which a CA stands that is deleted from CAS next.

    Args:
        outputs: of its claim or switch.
        kube: the cluster. Without the AlbConfig, or the listener in it, nothing names a CA there.
        alb: waited for, where only the ALB refers to the CA still.
        show: takes the lines of what is to be committed.

    Raises:
        OperationFailed: says which commits are missing, or that the ALB has not followed; nothing was changed.
        ClusterError, CloudError: the cluster or the ALB API did not answer.
    """
    listener, doomed = outputs.listener, deleted_next(outputs)
    try:
        albconfig = kube.albconfig(listener.alb_config)
        ref = find_listener(albconfig, listener)
    except (NoSuchAlbConfig, NoSuchListener):
        return
    except CrdMissing:
        if has_no_albconfigs(kube):
            return
        raise
    stands = meaning_of(fields_of(ref.element))
    named = [one for one in stands.identifiers if is_among(one, doomed)]
    if named:
        # Whoever asks for certificates of another CA as well is told of ours alone.
        off = fragment(albconfig, listener, identifier=named[0], enabled=False) if stands.enabled else None
        last = fragment(albconfig, listener, identifier=None, enabled=False)
        show(*_commits(listener, off, last))
        raise OperationFailed(missing(listener, named, is_on=stands.enabled))
    _wait_for_the_alb(listener, doomed, albconfig, alb, outputs.proof.deadline_seconds)


def release_what_is_left(claimed: ListenerClaimOutputs, *, kube: KubeClient) -> None:
    """Remove a claim that a hand-over to Git, which was killed, has left; mostly there is none, and nothing is written.

    Raises:
        ListenerHeld: a person holds the listener.
        ClusterError: the cluster did not answer, or does not take the patch.
    """
    listener = claimed.listener

    def is_left(albconfig: AlbConfig) -> bool:
        claim = read_claim(albconfig, listener)
        return claim is not None and claim.deployment == claimed.deployment and claim.token == claimed.token

    def build(albconfig: AlbConfig) -> Patch | None:
        if not is_left(albconfig):
            return None
        try:
            return release_patch(albconfig, listener, find_listener(albconfig, listener))
        except NoSuchListener:
            return release_patch(albconfig, listener, None)

    try:
        albconfig = kube.albconfig(listener.alb_config)
        if is_left(albconfig):
            uid = albconfig["metadata"]["uid"]
            guarded_patch(kube, listener.alb_config, build, deadline_seconds=PATCH_SECONDS, expect_uid=uid)
    except (NoSuchAlbConfig, CrdMissing):
        return


def _commits(listener: ListenerKey, off: str | None, last: str) -> list[str]:
    lines = [f"{listener.label}: Git owns it (write: none), and nothing was written. Commit, one after the other:"]
    if off is not None:
        lines += ["1. so that no certificate is requested any more:", *off.splitlines()]
        lines += ["2. once that is synced, so that the CA is named no more:", *last.splitlines()]
    else:
        lines += last.splitlines()
    return lines


def _wait_for_the_alb(
    listener: ListenerKey, doomed: Sequence[str], albconfig: AlbConfig, alb: AlbClient, deadline_seconds: int
) -> None:
    try:
        alb_id = load_balancer_id(albconfig)
    except NoLoadBalancer:
        return
    try:
        wait_until_let_go(listener, doomed, alb, alb_id, deadline_seconds=deadline_seconds)
    except DeadlinePassed as error:
        stands = meaning_of(fields_of(find_listener(albconfig, listener).element))
        lacking = (
            "A commit is missing in Git: caEnabled: false, for no ALB requests certificates of an empty list. "
            if stands.enabled and not stands.identifiers
            else ""
        )
        sentence = (
            f"{error}, although the AlbConfig no longer names it; the CA stays in CAS. {lacking}When the ALB has "
            "followed, run the command again, which goes on from here"
        )
        raise OperationFailed(sentence) from None
