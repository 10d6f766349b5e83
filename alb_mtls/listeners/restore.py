"""Giving a listener back exactly as it was before its claim (docs/reference/state-and-claim.md, Restore)."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from alb_mtls.aliyun.alb import AlbClient, Listener, LoadBalancer
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.claim import Claim, read_claim
from alb_mtls.cluster.errors import NoSuchAlbConfig, NoSuchListener
from alb_mtls.cluster.guarded_patch import BuildPatch, guarded_patch
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import ListenerState, find_listener, state_of
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.patch import Patch, claim_patch, release_patch, restore_patch, switch_patch
from alb_mtls.errors import OperationFailed
from alb_mtls.handshake.errors import HandshakeError, ProofFailed
from alb_mtls.listeners.desired import load_balancer_id, same_identifiers
from alb_mtls.listeners.proof_run import ProofRun
from alb_mtls.listeners.switch import PATCH_SECONDS

# Patches the AlbConfig that was found at first, and no other one that has come in its place.
ApplyPatch = Callable[[BuildPatch], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A listener that this stack claimed.

    Attributes:
        token: of the ListenerClaim that is being deleted; only a claim with this token is touched.
        seconds: how long the ALB may take.
    """

    listener: ListenerKey
    token: str
    seconds: float


def restore(
    claimed: Claimed, kube: KubeClient, alb: AlbClient, cas: CasClient | None, proving: ProofRun | None
) -> None:
    """Put the previous `caEnabled` and `caCertificates` back and release the claim; done already is fine.

    Args:
        claimed: the listener.
        kube: the cluster.
        alb: waited for, until it has let our CA go.
        cas: asked whether a previous CA is still there; None when no site is configured.
        proving: asks the listener at the end whether it lets in, or refuses, clients without a certificate as it did
            before; None to leave that out. One that cannot be reached from here is no reason to keep what is to be
            destroyed.

    Raises:
        ProofFailed: everything was put back, but the listener does not behave so.
        OperationFailed: the previous CA is gone from CAS, and nothing was changed; or the ALB did not follow, and it
            says what was changed.
        ClusterError, CloudError: the cluster or the cloud did not answer as needed; run again.
    """
    try:
        albconfig = kube.albconfig(claimed.listener.alb_config)
    except NoSuchAlbConfig:
        return
    claim = _ours(albconfig, claimed)
    if claim is None:
        _let_the_alb_follow(claimed, albconfig, alb)
        return

    def patch(build: BuildPatch) -> dict[str, Any]:
        uid = albconfig["metadata"]["uid"]
        return guarded_patch(kube, claimed.listener.alb_config, build, deadline_seconds=PATCH_SECONDS, expect_uid=uid)

    try:
        find_listener(albconfig, claimed.listener)
    except NoSuchListener:
        _release(claimed, patch)
        return
    # Whoever may not look at the ALB could not wait for it either, and would stop with the listener open half-way.
    alb.listener(load_balancer_id(albconfig), port=claimed.listener.port, protocol=claimed.listener.protocol)
    if claim.previous.get("caEnabled") is True:
        _refuse_lost_ca(claimed, claim, cas)
    else:
        _open(claimed, patch, alb)
    _give_back(claimed, patch)
    alb_id = load_balancer_id(albconfig)
    _wait_until_given_back(claimed, state_of(claim.previous), alb_id, alb)
    if proving is not None:
        asks = claim.previous.get("caEnabled") is True
        _prove_given_back(claimed, proving, alb.load_balancer(alb_id), asks=asks)


def _let_the_alb_follow(claimed: Claimed, albconfig: dict[str, Any], alb: AlbClient) -> None:
    """Wait as long as for one's own patch: a run that was killed may just have given the listener back.

    Until the ALB follows, it binds the CA that is deleted next. Whether it does in time decides nothing here: what is
    bound is not deleted.
    """
    with suppress(NoSuchListener, OperationFailed, CloudError):
        ref = find_listener(albconfig, claimed.listener)
        _wait_until_given_back(claimed, state_of(ref.element), load_balancer_id(albconfig), alb)


def _prove_given_back(claimed: Claimed, proving: ProofRun, load_balancer: LoadBalancer, *, asks: bool) -> None:
    try:
        proving.given_back(load_balancer, asks=asks)
    except ProofFailed:
        raise
    except HandshakeError as error:
        what = "asks for certificates again" if asks else "is open"
        print(f"{claimed.listener.label} was put back, but not asked whether it {what}: {error}", flush=True)  # noqa: T201 - shown by Pulumi


def _ours(albconfig: dict[str, Any], claimed: Claimed) -> Claim | None:
    claim = read_claim(albconfig, claimed.listener)
    return claim if claim is not None and claim.token == claimed.token else None


def _refuse_lost_ca(claimed: Claimed, claim: Claim, cas: CasClient | None) -> None:
    """Stop before binding a CA that is not there: the controller would fail on the whole AlbConfig."""
    identifiers = state_of(claim.previous).identifiers
    if cas is None and identifiers:
        # Only CAS knows, and with a purchased root it need not be configured.
        print(  # noqa: T201 - shown by Pulumi
            f"{claimed.listener.label} asks for certificates of CA {', '.join(identifiers)} again, as before; "
            "cas.endpoint is not set, so nobody was asked whether that CA is still in CAS: if it is not, the "
            "controller will fail on the whole AlbConfig, and its events will say so (kubectl describe albconfig "
            f"{claimed.listener.alb_config})",
            flush=True,
        )
    if cas is None:
        return
    for identifier in identifiers:
        if cas.describe(identifier) is None:
            sentence = (
                f"{claimed.listener.label} asked for certificates of CA {identifier} before, but that CA is no longer "
                "in CAS; nothing was changed. Edit the claim's `previous` in the AlbConfig's annotation or upload the "
                "CA again"
            )
            raise OperationFailed(sentence)


def _open(claimed: Claimed, patch: ApplyPatch, alb: AlbClient) -> None:
    """Switch client authentication off first: an empty CA on a listener that asks for one is refused by the ALB."""
    # One for all rounds, so that a round finds the effect of the one before, whose reply was lost.
    attempt = secrets.token_hex(8)

    def build(albconfig: dict[str, Any]) -> Patch | None:
        claim = _ours(albconfig, claimed)
        if claim is None:
            return None
        ref = find_listener(albconfig, claimed.listener)
        # A new attempt: whatever process still works for the old one writes nothing from here on.
        fresh = replace(claim, attempt=attempt)
        tied = claim_patch(albconfig, ref, claim=fresh, expected=claim)
        off = switch_patch(albconfig, ref, claim=claim, ca_enabled=False, identifiers=None)
        return Patch(tied.guards, (*tied.changes, *off.changes)) if tied.changes else off

    albconfig = patch(build)
    _wait(
        claimed,
        load_balancer_id(albconfig),
        alb,
        until=lambda seen: seen.status == "Running" and not seen.ca_enabled,
        describe="stop asking for client certificates",
        so_far="no longer asks for certificates, and is not yet as it was before this stack came",
    )


def _give_back(claimed: Claimed, patch: ApplyPatch) -> None:
    def build(albconfig: dict[str, Any]) -> Patch | None:
        claim = _ours(albconfig, claimed)
        if claim is None:
            return None
        ref = find_listener(albconfig, claimed.listener)
        return restore_patch(albconfig, ref, claim=claim)

    patch(build)


def _release(claimed: Claimed, patch: ApplyPatch) -> None:
    def build(albconfig: dict[str, Any]) -> Patch | None:
        claim = _ours(albconfig, claimed)
        if claim is None:
            return None
        return release_patch(albconfig, claimed.listener, claim=claim)

    patch(build)


def _wait_until_given_back(claimed: Claimed, before: ListenerState, alb_id: str, alb: AlbClient) -> None:
    """Wait until the ALB lets go of our CA, so that what is deleted next is no longer bound."""

    def given_back(seen: Listener) -> bool:
        same = seen.ca_enabled == bool(before.ca_enabled)
        return seen.status == "Running" and same and same_identifiers(seen.ca_identifiers, before.identifiers)

    _wait(
        claimed,
        alb_id,
        alb,
        until=given_back,
        describe="go back to what it was before this stack came",
        so_far="is as it was before this stack came",
    )


def _wait(
    claimed: Claimed, alb_id: str, alb: AlbClient, *, until: Callable[[Listener], bool], describe: str, so_far: str
) -> None:
    """Wait for the ALB; a failure says, beside, how the AlbConfig stands by now and that another run goes on there."""
    try:
        alb.wait_for(
            alb_id,
            port=claimed.listener.port,
            protocol=claimed.listener.protocol,
            until=until,
            describe=describe,
            deadline_seconds=claimed.seconds,
        )
    except CloudError as error:
        sentence = (
            f"{error}. In AlbConfig {claimed.listener.alb_config} it {so_far}; run it again, which goes on from there"
        )
        raise OperationFailed(sentence) from None
