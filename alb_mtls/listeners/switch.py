"""One attempt to set a listener: claim it, patch it, wait for the ALB, prove it, or put everything back.

Each write of an attempt is tied to the attempt's id in the claim by a JSON patch test. A provider process that
outlives a killed CLI therefore cannot undo the recovery: its next write is rejected (docs/reference/state-and-claim.md,
Claim).
"""

import json
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from alb_mtls.aliyun.alb import AlbClient, Listener, LoadBalancer
from alb_mtls.aliyun.alb_models import same_identifier
from alb_mtls.aliyun.errors import DeadlinePassed
from alb_mtls.cluster.claim import Claim, read_claim
from alb_mtls.cluster.errors import ClaimLost, Recreated
from alb_mtls.cluster.guarded_patch import BuildPatch, guarded_patch
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import (
    AlbConfig,
    Fields,
    ListenerRef,
    fields_of,
    find_listener,
    load_balancer_id,
    state_of,
    state_of_fields,
)
from alb_mtls.cluster.patch import Patch, claim_patch, roll_back_patch, switch_patch, switched_fields
from alb_mtls.errors import OperationFailed, user_message
from alb_mtls.handshake.baseline import Baseline
from alb_mtls.handshake.checks import Proof
from alb_mtls.listeners.controller_diagnosis import ControllerWarnings
from alb_mtls.listeners.desired import alb_follows, basic_edition, refuse_unfit, same_identifiers
from alb_mtls.listeners.ownership import refuse_if_owned_by_others
from alb_mtls.listeners.proof_run import ProofPlan, proof_plan, shown_by
from alb_mtls.resources import ListenerSwitchInputs, ListenerSwitchOutputs

# Long enough for a controller that keeps writing; a patch itself takes milliseconds.
PATCH_SECONDS = 60.0


def switch(
    inputs: ListenerSwitchInputs,
    last: ListenerSwitchOutputs | None,
    *,
    kube: KubeClient,
    alb: AlbClient,
    to_the_end: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> ListenerSwitchOutputs:
    """Set the listener, or leave it as it was and raise.

    Args:
        inputs: the listener and what it should become.
        last: what the last `up` made of it, if the state knows; what it says of the time before this stack counts only
            when the claim itself was removed by hand.
        kube: the cluster.
        alb: the ALB API of the cluster's region.
        to_the_end: what happens inside comes to its end although the engine is gone.

    Raises:
        OperationFailed: with cause and remedy; says whether the listener is as it was.
        ClusterError, CloudError, HandshakeError, PkiError: raised before anything was written.
    """
    plan = proof_plan(inputs)
    switching = _Switching(inputs=inputs, last=last, kube=kube, alb=alb)
    albconfig, load_balancer = switching.check()
    warnings = ControllerWarnings(kube, inputs.listener.alb_config)
    before = None if plan is None else plan.baseline(load_balancer, albconfig)
    attempt = switching.begin(albconfig["metadata"]["uid"])
    with to_the_end():
        try:
            alb_id = switching.write(attempt)
            shown = None if inputs.proof.mode == "off" else switching.wait(alb_id, warnings)
            proof = None if plan is None or before is None else plan.prove(before)
        except (ClaimLost, Recreated):
            # What this attempt has written is another's by now, or gone with its object.
            raise
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the listener must not stay half done
            sentence = switching.roll_back(attempt, warnings.cause(inputs, error), plan, before)
            raise OperationFailed(sentence) from None
    return switching.outputs(attempt, alb_id, shown, proof)


@dataclass(frozen=True, kw_only=True)
class _Attempt:
    """What an attempt began with."""

    claim: Claim
    claim_before: Claim | None
    before: Fields

    @property
    def was_ours(self) -> bool:
        """Whether the listener requested certificates of the CA that this attempt writes."""
        before, written = state_of_fields(self.before), state_of_fields(self.claim.written)
        return bool(before.ca_enabled) and same_identifiers(before.identifiers, written.identifiers)


@dataclass(frozen=True, kw_only=True)
class _Switching:
    inputs: ListenerSwitchInputs
    last: ListenerSwitchOutputs | None
    kube: KubeClient
    alb: AlbClient

    def check(self) -> tuple[AlbConfig, LoadBalancer]:
        """Check everything that can be checked while nothing is written."""
        inputs = self.inputs
        albconfig = self.kube.albconfig(inputs.listener.alb_config)
        self._read_if_allowed(albconfig)
        load_balancer = self.alb.load_balancer(load_balancer_id(albconfig))
        if inputs.enabled and not load_balancer.authenticates_clients:
            sentence = f"{inputs.listener.label}: {basic_edition(load_balancer.load_balancer_id)}"
            raise OperationFailed(sentence)
        return albconfig, load_balancer

    def _read_if_allowed(self, albconfig: AlbConfig) -> tuple[ListenerRef, Claim | None]:
        """Return the listener and the claim that stands, which is ours or none; refuse what may not be switched."""
        inputs = self.inputs
        ref = find_listener(albconfig, inputs.listener)
        refuse_unfit(albconfig, ref)
        held = read_claim(albconfig, inputs.listener)
        is_known = self._previous_of(albconfig) is not None
        refuse_if_owned_by_others(
            inputs.listener,
            held,
            state_of(ref.element),
            deployment=inputs.deployment,
            take_over=inputs.take_over,
            is_own_ca=lambda identifier: is_known or same_identifier(identifier, inputs.ca_identifier),
        )
        return ref, held

    def _previous_of(self, albconfig: AlbConfig) -> Fields | None:
        """Return what the state says of the time before; an AlbConfig that was created again has a past of its own."""
        if self.last is None or albconfig["metadata"]["uid"] != self.last.uid:
            return None
        previous: Fields = json.loads(self.last.previous)
        return previous

    def begin(self, uid: str) -> _Attempt:
        """Write claim and attempt in one guarded patch."""
        inputs, attempt_id = self.inputs, secrets.token_hex(8)
        begun: list[_Attempt] = []

        def build(albconfig: AlbConfig) -> Patch | None:
            if begun and read_claim(albconfig, inputs.listener) == begun[-1].claim:
                # It had its effect although the reply was lost; what stood there before is known already.
                return None
            ref, held = self._read_if_allowed(albconfig)
            before = fields_of(ref.element)
            previous = held.previous if held else self._previous_of(albconfig)
            claim = Claim(
                owner=inputs.owner,
                deployment=inputs.deployment,
                token=inputs.token,
                attempt=attempt_id,
                uid=uid,
                host=inputs.proof.host,
                repository=inputs.repository,
                previous=before if previous is None else previous,
                written=switched_fields(ref.element, ca_enabled=inputs.enabled, identifiers=[inputs.ca_identifier]),
                more=held.more if held else {},
            )
            begun.append(_Attempt(claim=claim, claim_before=held, before=before))
            return claim_patch(albconfig, ref, claim=claim, expected=held)

        self._patch(build, uid)
        return begun[-1]

    def _patch(self, build: BuildPatch, uid: str) -> AlbConfig:
        """Patch the AlbConfig that was checked, and no other one that has come in its place."""
        name = self.inputs.listener.alb_config
        return guarded_patch(self.kube, name, build, deadline_seconds=PATCH_SECONDS, expect_uid=uid)

    def write(self, attempt: _Attempt) -> str:
        """Patch the listener; return the id of the ALB that must follow."""
        inputs = self.inputs

        def build(albconfig: AlbConfig) -> Patch:
            ref = find_listener(albconfig, inputs.listener)
            return switch_patch(
                albconfig, ref, claim=attempt.claim, ca_enabled=inputs.enabled, identifiers=[inputs.ca_identifier]
            )

        return load_balancer_id(self._patch(build, attempt.claim.uid))

    def wait(self, alb_id: str, warnings: ControllerWarnings) -> Listener:
        """Wait until the ALB API shows what the AlbConfig says."""
        inputs = self.inputs
        last: Listener | None = None

        def until(shown: Listener) -> bool:
            nonlocal last
            last = shown
            return alb_follows(shown, enabled=inputs.enabled, ca_identifiers=[inputs.ca_identifier])

        try:
            return self.alb.wait_for(
                alb_id,
                port=inputs.listener.port,
                protocol=inputs.listener.protocol,
                until=until,
                describe=(
                    f"request client certificates of CA {inputs.ca_identifier}"
                    if inputs.enabled
                    else "stop requesting client certificates"
                ),
                deadline_seconds=inputs.proof.deadline_seconds,
            )
        except DeadlinePassed as error:
            sentence = f"{error}; {warnings.why(inputs, last)}"
            raise OperationFailed(sentence) from None

    def outputs(
        self, attempt: _Attempt, alb_id: str, shown: Listener | None, proof: Proof | None
    ) -> ListenerSwitchOutputs:
        """Return what the state keeps of an attempt that came to its end."""
        outputs = ListenerSwitchOutputs(
            # The key is an input only: a second copy in the outputs serves nobody.
            **vars(replace(self.inputs, ca_private_key_pem=None)),
            uid=attempt.claim.uid,
            load_balancer_id=alb_id,
            attempt=attempt.claim.attempt,
            previous=json.dumps(attempt.claim.previous, sort_keys=True),
            applied_ca_identifier=self.inputs.ca_identifier,
            listener_id=None if shown is None else shown.listener_id,
            proven=False,
        )
        if proof is None:
            return outputs
        note = "; ".join(filter(None, (proof.note, _not_shown(self.inputs, self.last) if proof.proven else "")))
        at = proof.at.isoformat(timespec="seconds")
        return replace(outputs, proven=proof.proven, proven_at=at, proof_note=note, proof_shown=shown_by(proof))

    def roll_back(self, attempt: _Attempt, reason: str, plan: ProofPlan | None, before: Baseline | None) -> str:
        """Put listener and claim back as they were before the attempt; return the sentence to fail with.

        Whatever goes wrong here, the sentence begins with the reason for which it was done.
        """
        label = self.inputs.listener.label
        reason = reason.rstrip(".")
        failed, remedy = f"Putting {label} back failed as well: ", "; run the command again"
        try:
            albconfig = self._put_back(attempt)
            failed, remedy = "The AlbConfig is as before, but the ALB does not follow: ", ""
            if self.inputs.proof.mode == "off":
                return f"{reason}. {_put_back_unchecked(label)}"
            self._wait_until_put_back(attempt, load_balancer_id(albconfig))
            failed = "AlbConfig and ALB are as before, but the listener does not behave so: "
            put_back = f"{label} was put back as it was"
            if plan and before and not plan.prove_rolled_back(before, to_our_ca=attempt.was_ours).proven:
                put_back += (
                    "; handshakes have shown only that clients without a certificate are rejected again, since no "
                    "client of the CA on it is at hand"
                )
        except Exception as error:  # noqa: BLE001 - it must not take the place of the reason
            sentence = user_message(error)
            return f"{reason}. {failed}{sentence}{'' if sentence.endswith(remedy.lstrip('; ')) else remedy}"
        return f"{reason}. {put_back}"

    def _put_back(self, attempt: _Attempt) -> AlbConfig:
        # Not its attempt: a process that outlived the CLI of an earlier run would find its own, and write on.
        claim_before = attempt.claim_before and replace(attempt.claim_before, attempt=attempt.claim.attempt)

        def build(albconfig: AlbConfig) -> Patch:
            ref = find_listener(albconfig, self.inputs.listener)
            return roll_back_patch(
                albconfig, ref, claim=attempt.claim, before=attempt.before, claim_before=claim_before
            )

        return self._patch(build, attempt.claim.uid)

    def _wait_until_put_back(self, attempt: _Attempt, alb_id: str) -> None:
        before, listener = state_of_fields(attempt.before), self.inputs.listener
        self.alb.wait_for(
            alb_id,
            port=listener.port,
            protocol=listener.protocol,
            until=lambda shown: alb_follows(shown, enabled=bool(before.ca_enabled), ca_identifiers=before.identifiers),
            describe="go back to what it was before",
            deadline_seconds=self.inputs.proof.deadline_seconds,
        )


def _put_back_unchecked(label: str) -> str:
    return (
        f"{label} was put back in the AlbConfig; whether the ALB has followed was not checked, since proof.mode is "
        "off: look at the listener in the ALB console"
    )


def _not_shown(inputs: ListenerSwitchInputs, last: ListenerSwitchOutputs | None) -> str:
    """Return what no proof can show after one CA of this stack has taken the place of another; mostly nothing."""
    before = None if last is None or not last.enabled else last.applied_ca_identifier
    if before is None or not inputs.enabled or same_identifier(before, inputs.ca_identifier):
        return ""
    return f"that clients of CA {before}, which was bound before, are rejected was not shown: its key is not at hand"
