"""Giving a listener back exactly as it was before its claim (docs/reference/state-and-claim.md, Restore)."""

import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from alb_mtls.aliyun.alb import AlbClient, Listener
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.aliyun.errors import CloudError, DeadlinePassed
from alb_mtls.cluster.errors import (
    AdmissionDenied,
    CrdMissing,
    Forbidden,
    NoSuchAlbConfig,
    NoSuchListener,
    Unreachable,
    WebhookUnavailable,
)
from alb_mtls.cluster.guarded_patch import BuildPatch, guarded_patch
from alb_mtls.cluster.identity import has_no_albconfigs
from alb_mtls.cluster.identity_headers import HeaderFields
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import (
    AlbConfig,
    Fields,
    ListenerRef,
    fields_text,
    find_listener,
    load_balancer_id,
    meaning_of,
    unit_of,
)
from alb_mtls.cluster.patch import Patch, listener_patch, release_patch, same_json, steps_back
from alb_mtls.errors import OperationFailed
from alb_mtls.listener_resources import ListenerClaimOutputs
from alb_mtls.listeners import header_keys
from alb_mtls.listeners.attempt import PATCH_SECONDS
from alb_mtls.listeners.claim_of_restore import before_us, claim_of_step
from alb_mtls.listeners.controller_diagnosis import ControllerWarnings
from alb_mtls.listeners.desired import alb_follows, is_among
from alb_mtls.listeners.dry_run import try_restore
from alb_mtls.listeners.gone_listener import release_without_listener, show_what_was_before
from alb_mtls.listeners.left_listener import let_the_alb_follow, prove_left
from alb_mtls.listeners.owned_in_cas import refuse_lost_ca
from alb_mtls.listeners.proof_run import shown_by
from alb_mtls.listeners.proved_lines import extent_of
from alb_mtls.listeners.refusal import edited, stopped_destroy
from alb_mtls.listeners.situation import Holder, Situation, Standing, situation_of
from alb_mtls.listeners.verdict import Verdict, on_destroy


def restore(
    claimed: ListenerClaimOutputs,
    *,
    kube: KubeClient,
    alb: AlbClient,
    cas: CasClient | None,
    show: Callable[[str], object],
) -> None:
    """Put the fields back to what they were before this stack came, and release the claim; done already is fine.

    The claim goes last and alone, when the ALB has followed: until then another run goes on from there.
    At the end handshakes show whether it accepts, or rejects, clients without a certificate as it did before,
    when `proof` says so and names a host. One that cannot be reached from here is no reason to keep what is to be
    destroyed.

    Args:
        claimed: the claim that is being deleted; only an annotation with its token is touched, and without any
            annotation a listener that names a CA of this stack.
        kube: the cluster.
        alb: waited for, until it has let our CA go.
        cas: shows whether a previous CA is still there; None when no site is configured.
        show: takes sentences for people about what was not checked.

    Raises:
        ProofFailed: everything was put back, but the listener does not behave so.
        OperationFailed: the previous CA is gone from CAS, and nothing was changed; or the ALB did not follow, and it
            says what was changed.
        AdmissionDenied, WebhookUnavailable: the cluster does not take the first patch, and nothing was changed.
        ClusterError, CloudError: somebody else has the listener, changed it or holds it, and nothing was changed; or
            the cluster or the cloud did not answer as needed, and a repetition goes on.
    """
    listener = claimed.listener
    try:
        albconfig = kube.albconfig(listener.alb_config)
    except NoSuchAlbConfig:
        show_what_was_before(claimed, show)
        return
    except CrdMissing:
        if has_no_albconfigs(kube):
            return
        raise
    restoring = _Restoring(claimed=claimed, uid=albconfig["metadata"]["uid"], kube=kube, alb=alb, show=show)
    try:
        there = restoring.situation(albconfig)[1]
    except NoSuchListener:
        release_without_listener(claimed, kube=kube, uid=restoring.uid)
        return
    verdict = restoring.verdict(albconfig)
    if verdict is Verdict.LEAVE:
        if there.holder is Holder.ANOTHER_CLAIM:
            show(f"{listener.label} is held by another claim of this deployment; it was left as it is")
        else:
            let_the_alb_follow(claimed, albconfig, alb)
        return
    alb_id = load_balancer_id(albconfig)
    # Whoever may not look at the ALB could not wait for it either, and would stop with the listener open half-way.
    alb.listener(alb_id, port=listener.port, protocol=listener.protocol)
    before = there.fields if verdict is Verdict.RELEASE else unit_of(before_us(there))
    if verdict is Verdict.RESTORE:
        _refuse_half_way(restoring, albconfig, before, cas, show)
    steps = steps_back(there.fields, before)
    for step in steps:
        restoring.write(step, alb_id, is_last=step is steps[-1])
    restoring.release()
    proof = None
    if claimed.proof.mode == "required" and claimed.proof.host:
        proof = prove_left(claimed, alb, alb_id, enabled=meaning_of(before).enabled, show=show)
    what = "the claim is gone" if verdict is Verdict.RELEASE else "given back as it was before this stack came"
    extent = f", {', '.join(extent_of(shown_by(proof)))}" if proof is not None else "; no handshakes have shown it"
    show(f"{listener.short_label}: {what} ({fields_text(before)}){extent}")


@dataclass(frozen=True, kw_only=True)
class _Restoring:
    """The clients, and the AlbConfig that was found at first: no other one that has come in its place is patched."""

    claimed: ListenerClaimOutputs
    uid: str
    kube: KubeClient
    alb: AlbClient
    show: Callable[[str], object]
    # Drawn once, so that a round finds the effect of the one before, whose reply was lost.
    attempts: list[str] = field(default_factory=list)
    # What the last patch made of keys of identity headers.
    headers: HeaderFields = field(default_factory=dict)
    # How the listener stands in the AlbConfig by now, for sentences about what comes after that.
    so_far: list[str] = field(default_factory=list)

    def situation(self, albconfig: AlbConfig) -> tuple[ListenerRef, Situation]:
        claimed = self.claimed
        ref = find_listener(albconfig, claimed.listener)
        return ref, situation_of(
            albconfig,
            ref,
            deployment=claimed.deployment,
            token=claimed.token,
            ours=claimed.known,
            found=None if claimed.found is None else json.loads(claimed.found),
            header_goal=(claimed.identity_headers or header_keys.NONE).fields,
        )

    def verdict(self, albconfig: AlbConfig) -> Verdict:
        ref, there = self.situation(albconfig)
        verdict = on_destroy(there)
        stopped = stopped_destroy(verdict, there, albconfig, ref.key, owner=self.claimed.owner)
        if stopped is not None:
            raise stopped
        return verdict

    def write(self, fields: Fields, alb_id: str, *, is_last: bool) -> None:
        """Write one step and wait until the ALB follows it, with a claim that no earlier patch has left."""
        warnings = ControllerWarnings(self.kube, self.claimed.listener.alb_config, self.uid)
        if not (self._stands(fields) and self._follows(fields, alb_id)):
            self._patch_step(fields)
        if is_last:
            describe = "go back to what it was before this stack came"
            so_far = "is as it was before this stack came, but for the claim"
        else:
            describe = "stop requesting client certificates"
            so_far = "no longer requests client certificates, and is not yet as it was before this stack came"
        self.so_far.append(
            f"In AlbConfig {self.claimed.listener.alb_config} it {so_far}; run it again, which goes on from there"
        )
        self.wait(fields, alb_id, warnings, describe=describe)

    def _patch_step(self, fields: Fields) -> None:
        self.attempts.append(secrets.token_hex(8))
        attempt = self.attempts[-1]

        def build(albconfig: AlbConfig) -> Patch | None:
            ref, there = self.situation(albconfig)
            if there.claim is not None and there.claim.attempt == attempt:
                return None
            if self.verdict(albconfig) is Verdict.LEAVE:
                return None
            # With the first step: without the claim, which may vanish after it, nothing says whose they are.
            headers = header_keys.to_give_back(there)
            self.headers.clear()
            self.headers.update(headers)
            claim = claim_of_step(there, self.claimed, uid=self.uid, attempt=attempt, fields=fields)
            return listener_patch(albconfig, ref, claim=claim, fields={**fields, **headers})

        self._patch(build)

    def _stands(self, fields: Fields) -> bool:
        _, there = self.situation(self.kube.albconfig(self.claimed.listener.alb_config))
        is_given_back = header_keys.is_done(there, header_keys.to_give_back(there))
        return there.claim is not None and same_json(there.fields, fields) and is_given_back

    def _follows(self, fields: Fields, alb_id: str) -> bool:
        listener = self.claimed.listener
        shown = self.alb.listener(alb_id, port=listener.port, protocol=listener.protocol)
        return shown is not None and self._is_followed(shown, fields)

    def _is_followed(self, shown: Listener, fields: Fields, *, whatever_ca: bool = False) -> bool:
        """Say whether the ALB has followed so far that a CA of ours which a step no longer lists is not bound.

        Not only at last, when it is deleted next: a list that is empty before it is absent must have been noticed, for
        a controller may take absent for unchanged.
        """
        goal = meaning_of(fields)
        doomed = [one for one in self.claimed.known if not is_among(one, goal.identifiers)]
        return alb_follows(
            shown,
            enabled=goal.enabled,
            ca_identifiers=goal.identifiers,
            lets_go_of=doomed,
            handshakes_follow=whatever_ca,
        ) and header_keys.alb_shows(shown, self.headers)

    def wait(self, fields: Fields, alb_id: str, warnings: ControllerWarnings, *, describe: str) -> None:
        """Wait for the ALB; a failure says, beside, how the AlbConfig stands by now and that another run goes on.

        An ALB API that does not name the CA would keep every run from its end: then it is waited for as long, and said.
        """
        listener = self.claimed.listener
        last: Listener | None = None

        def until(shown: Listener) -> bool:
            nonlocal last
            last = shown
            return self._is_followed(shown, fields)

        try:
            self.alb.wait_for(
                alb_id,
                port=listener.port,
                protocol=listener.protocol,
                until=until,
                describe=describe,
                deadline_seconds=self.claimed.proof.deadline_seconds,
                meanwhile=warnings.watch(listener, meaning_of(fields).identifiers),
            )
        except (CloudError, OperationFailed) as error:
            # Whoever has taken the listener meanwhile is why the ALB does something else.
            with suppress(Unreachable, NoSuchAlbConfig):
                self.verdict(self.kube.albconfig(listener.alb_config))
            if isinstance(error, DeadlinePassed) and last is not None and self._shows_no_ca(last, fields):
                self.show(
                    f"{listener.label} was put back in the AlbConfig; whether the ALB requests client certificates of "
                    f"CA {', '.join(meaning_of(fields).identifiers)} again is not known, since the ALB API does not "
                    "name the CA: look at the listener in the ALB console"
                )
                return
            sentence = f"{error}. {self.so_far[-1]}"
            raise OperationFailed(sentence) from None

    def _shows_no_ca(self, shown: Listener, fields: Fields) -> bool:
        """Say whether a listener is as it was in all that the ALB API shows, and the CA is what it does not show."""
        return shown.hides_ca and self._is_followed(shown, fields, whatever_ca=True)

    def release(self) -> None:
        """Remove the claim and nothing else."""

        def build(albconfig: AlbConfig) -> Patch | None:
            ref, there = self.situation(albconfig)
            # First, for another deployment may have taken the listener meanwhile, and with it what stood before.
            verdict = self.verdict(albconfig)
            if there.holder is not Holder.THIS_CLAIM:
                return None
            if verdict is Verdict.RESTORE and there.standing is not Standing.AS_WRITTEN:
                raise edited(there, albconfig, ref.key, remedy="run this again")
            return release_patch(albconfig, ref.key, ref)

        self._patch(build)

    def _patch(self, build: BuildPatch) -> None:
        listener = self.claimed.listener
        try:
            guarded_patch(self.kube, listener.alb_config, build, deadline_seconds=PATCH_SECONDS, expect_uid=self.uid)
        except (AdmissionDenied, WebhookUnavailable, Forbidden) as error:
            if not self.so_far:
                raise
            sentence = f"{listener.label}: {error}. {self.so_far[-1]}"
            raise OperationFailed(sentence) from None


def _refuse_half_way(
    restoring: _Restoring, albconfig: AlbConfig, before: Fields, cas: CasClient | None, show: Callable[[str], object]
) -> None:
    """Stop before the first patch, where a later one would: the listener would be neither ours nor as it was."""
    listener = restoring.claimed.listener
    if meaning_of(before).enabled:
        refuse_lost_ca(listener, meaning_of(before).identifiers, cas, show)
    try_restore(restoring.kube, albconfig, listener, look=restoring.situation, before=before)
