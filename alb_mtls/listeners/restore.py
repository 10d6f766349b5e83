"""Giving a listener back exactly as it was before its claim (docs/reference/state-and-claim.md, Restore)."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from alb_mtls.aliyun.alb import AlbClient, Listener
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.claim import Claim, read_claim
from alb_mtls.cluster.errors import NoLoadBalancer, NoSuchAlbConfig, NoSuchListener
from alb_mtls.cluster.guarded_patch import guarded_patch
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import (
    CA_ENABLED_POINTER,
    AlbConfig,
    ListenerRef,
    ListenerState,
    find_listener,
    load_balancer_id,
    state_of,
    state_of_fields,
)
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.patch import Patch, claim_patch, release_patch, restore_patch, switch_patch
from alb_mtls.errors import OperationFailed
from alb_mtls.handshake.errors import HandshakeError, ProofFailed
from alb_mtls.listeners.desired import alb_follows, same_identifiers
from alb_mtls.listeners.proof_run import prove_restored
from alb_mtls.listeners.switch import PATCH_SECONDS
from alb_mtls.resources import ListenerClaimOutputs


def restore(
    claimed: ListenerClaimOutputs,
    *,
    kube: KubeClient,
    alb: AlbClient,
    cas: CasClient | None,
    show: Callable[[str], object],
) -> None:
    """Put the fields back to what they were before this stack came, and release the claim; done already is fine.

    At the end handshakes show whether it accepts, or rejects, clients without a certificate as it did before,
    when `proof` says so and names a host. One that cannot be reached from here is no reason to keep what is to be
    destroyed.

    Args:
        claimed: the claim that is being deleted; only an annotation with its token is touched.
        kube: the cluster.
        alb: waited for, until it has let our CA go.
        cas: shows whether a previous CA is still there; None when no site is configured.
        show: takes sentences for people about what was not checked.

    Raises:
        ProofFailed: everything was put back, but the listener does not behave so.
        OperationFailed: the previous CA is gone from CAS, and nothing was changed; or the ALB did not follow, and it
            says what was changed.
        ClusterError, CloudError: the cluster or the cloud did not answer as needed; run again.
    """
    listener = claimed.listener
    try:
        albconfig = kube.albconfig(listener.alb_config)
    except NoSuchAlbConfig:
        return
    restoring = _Restoring(claimed=claimed, uid=albconfig["metadata"]["uid"], kube=kube, alb=alb)
    claim = restoring.claim_in(albconfig)
    if claim is None:
        _let_the_alb_follow(restoring, albconfig)
        return
    try:
        find_listener(albconfig, listener)
    except NoSuchListener:
        restoring.patch(lambda current, ours: release_patch(current, listener, claim=ours))
        return
    alb_id = load_balancer_id(albconfig)
    # Whoever may not look at the ALB could not wait for it either, and would stop with the listener open half-way.
    alb.listener(alb_id, port=listener.port, protocol=listener.protocol)
    before = state_of_fields(claim.previous)
    if before.ca_enabled:
        _refuse_lost_ca(listener, before, cas, show)
    else:
        _open(restoring)
    restoring.patch(lambda current, ours: restore_patch(current, find_listener(current, listener), claim=ours))
    _wait_until_restored(restoring, before, alb_id)
    if claimed.proof.mode == "required" and claimed.proof.host:
        _prove(claimed, alb, alb_id, enabled=bool(before.ca_enabled), show=show)


@dataclass(frozen=True, kw_only=True)
class _Restoring:
    """The clients, and the AlbConfig that was found at first: no other one that has come in its place is patched."""

    claimed: ListenerClaimOutputs
    uid: str
    kube: KubeClient
    alb: AlbClient

    def claim_in(self, albconfig: AlbConfig) -> Claim | None:
        claim = read_claim(albconfig, self.claimed.listener)
        return claim if claim is not None and claim.token == self.claimed.token else None

    def patch(self, build: Callable[[AlbConfig, Claim], Patch]) -> AlbConfig:
        """Patch the AlbConfig as long as the claim on the listener is ours."""

        def if_ours(albconfig: AlbConfig) -> Patch | None:
            claim = self.claim_in(albconfig)
            return None if claim is None else build(albconfig, claim)

        name = self.claimed.listener.alb_config
        return guarded_patch(self.kube, name, if_ours, deadline_seconds=PATCH_SECONDS, expect_uid=self.uid)

    def wait(self, alb_id: str, *, until: Callable[[Listener], bool], describe: str, so_far: str) -> None:
        """Wait for the ALB; a failure says, beside, how the AlbConfig stands by now and that another run goes on."""
        listener = self.claimed.listener
        try:
            self.alb.wait_for(
                alb_id,
                port=listener.port,
                protocol=listener.protocol,
                until=until,
                describe=describe,
                deadline_seconds=self.claimed.proof.deadline_seconds,
            )
        except CloudError as error:
            sentence = (
                f"{error}. In AlbConfig {listener.alb_config} it {so_far}; run it again, which goes on from there"
            )
            raise OperationFailed(sentence) from None


def _let_the_alb_follow(restoring: _Restoring, albconfig: AlbConfig) -> None:
    """Wait as long as for one's own patch: a run that was killed may just have given the listener back.

    Until the ALB follows, it binds the CA that is deleted next. Whether it does in time decides nothing here: what is
    bound is not deleted.
    """
    with suppress(NoSuchListener, NoLoadBalancer, OperationFailed, CloudError):
        ref = find_listener(albconfig, restoring.claimed.listener)
        _wait_until_restored(restoring, state_of(ref.element), load_balancer_id(albconfig))


def _prove(
    claimed: ListenerClaimOutputs, alb: AlbClient, alb_id: str, *, enabled: bool, show: Callable[[str], object]
) -> None:
    load_balancer = alb.load_balancer(alb_id)
    try:
        prove_restored(claimed.proof, claimed.listener, load_balancer, enabled=enabled)
    except ProofFailed:
        raise
    except HandshakeError as error:
        what = "requests client certificates" if enabled else "accepts clients without a certificate"
        show(f"{claimed.listener.label} was put back; whether it {what} again is not known: {error}")


def _refuse_lost_ca(
    listener: ListenerKey, before: ListenerState, cas: CasClient | None, show: Callable[[str], object]
) -> None:
    """Stop before binding a CA that is not there: the controller would fail on the whole AlbConfig."""
    if cas is None:
        if before.identifiers:
            # Only CAS knows, and with a purchased root it need not be configured.
            show(
                f"{listener.label} requests client certificates of CA {', '.join(before.identifiers)} again; "
                "cas.endpoint is not set, so it is not known whether that CA is still in CAS: if it is not, the "
                "controller fails on the whole AlbConfig, and its events show that (kubectl describe albconfig "
                f"{listener.alb_config})"
            )
        return
    for identifier in before.identifiers:
        if cas.describe(identifier) is None:
            sentence = (
                f"{listener.label} requested client certificates of CA {identifier} before, but that CA is no longer "
                "in CAS; nothing was changed. Upload the CA again, or edit the claim's `previous` in the annotation of "
                "the AlbConfig"
            )
            raise OperationFailed(sentence)


def _open(restoring: _Restoring) -> None:
    """Switch client authentication off first: the ALB rejects an empty CA on a listener that requests certificates."""
    # One for all rounds, so that a round finds the effect of the one before, whose reply was lost.
    attempt = secrets.token_hex(8)

    def build(albconfig: AlbConfig, claim: Claim) -> Patch:
        ref: ListenerRef = find_listener(albconfig, restoring.claimed.listener)
        # A new attempt: whatever process still works for the old one writes nothing from here on.
        fresh = replace(claim, attempt=attempt, written={**claim.written, CA_ENABLED_POINTER: False})
        tied = claim_patch(albconfig, ref, claim=fresh, expected=claim)
        off = switch_patch(albconfig, ref, claim=claim, ca_enabled=False, identifiers=None)
        return Patch(tied.guards, (*tied.changes, *off.changes)) if tied.changes else off

    albconfig = restoring.patch(build)
    restoring.wait(
        load_balancer_id(albconfig),
        until=lambda shown: alb_follows(shown, enabled=False, ca_identifiers=()),
        describe="stop requesting client certificates",
        so_far="no longer requests client certificates, and is not yet as it was before this stack came",
    )


def _wait_until_restored(restoring: _Restoring, before: ListenerState, alb_id: str) -> None:
    """Wait until the ALB lets go of our CA, so that what is deleted next is no longer bound."""
    restoring.wait(
        alb_id,
        until=lambda shown: (
            alb_follows(shown, enabled=bool(before.ca_enabled), ca_identifiers=before.identifiers)
            and same_identifiers(shown.ca_identifiers, before.identifiers)
        ),
        describe="go back to what it was before this stack came",
        so_far="is as it was before this stack came",
    )
