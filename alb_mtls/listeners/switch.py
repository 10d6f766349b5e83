"""One attempt to set a listener: claim it, patch it, wait for the ALB, prove it, or put everything back.

Each write of an attempt is tied to the attempt's id in the claim by a JSON patch test. A provider process that
outlives a killed CLI therefore cannot undo the recovery: its next write is refused (docs/reference/state-and-claim.md,
Claim).
"""

import copy
import secrets
from dataclasses import dataclass, replace
from typing import Any

from alb_mtls.aliyun.alb import AlbClient, Listener, LoadBalancer
from alb_mtls.aliyun.errors import DeadlinePassed
from alb_mtls.cluster.claim import Claim, read_claim
from alb_mtls.cluster.errors import ClaimLost, Recreated
from alb_mtls.cluster.guarded_patch import BuildPatch, guarded_patch
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import ListenerState, find_listener, listener_problems, state_of
from alb_mtls.cluster.patch import Patch, claim_patch, roll_back_patch, switch_patch
from alb_mtls.errors import OperationFailed, user_message
from alb_mtls.handshake.checks import Proof
from alb_mtls.listeners.controller_diagnosis import ControllerWarnings
from alb_mtls.listeners.desired import (
    DesiredListener,
    basic_edition,
    is_as_wanted,
    load_balancer_id,
    refuse_if_owned_by_others,
    same_identifiers,
)
from alb_mtls.listeners.proof_run import ProofRun
from components.providers import process

# Long enough for a controller that keeps writing; a patch itself takes milliseconds.
PATCH_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Switched:
    """What an attempt left behind.

    Attributes:
        attempt: stands in the claim as long as no other run has begun to write.
        previous: the two fields as they were before this stack came.
        listener: as the ALB API shows it; None when it was not asked.
        proof: what handshakes have shown; None when none was asked for.
    """

    uid: str
    load_balancer_id: str
    attempt: str
    previous: dict[str, Any]
    listener: Listener | None
    proof: Proof | None = None


def switch(
    wanted: DesiredListener, kube: KubeClient, alb: AlbClient, *, ask_alb: bool, proving: ProofRun | None = None
) -> Switched:
    """Set the listener, or leave it as it was and raise.

    Args:
        wanted: the listener and what it should become.
        kube: the cluster.
        alb: the ALB API of the cluster's region.
        ask_alb: wait until the ALB API shows what the AlbConfig says.
        proving: asks the listener before anything is written, and afterwards whether it behaves.

    Raises:
        OperationFailed: with cause and remedy; says whether the listener is as it was.
        ClusterError, CloudError, HandshakeError: refused before anything was written.
    """
    attempt = _Attempt(wanted, kube, alb)
    load_balancer = attempt.check()
    if proving is not None:
        proving.before(load_balancer)
    attempt.begin()
    with process.to_the_end():
        try:
            switched = attempt.apply(ask_alb=ask_alb)
            return switched if proving is None else replace(switched, proof=proving.after())
        except (ClaimLost, Recreated):
            # What this attempt has written is another's by now, or gone with its object.
            raise
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the listener must not stay half done
            sentence = attempt.roll_back(user_message(error), ask_alb=ask_alb, proving=proving)
            raise OperationFailed(sentence) from None


class _Attempt:
    def __init__(self, wanted: DesiredListener, kube: KubeClient, alb: AlbClient) -> None:
        self._wanted = wanted
        self._kube = kube
        self._alb = alb
        self._id = secrets.token_hex(8)
        self._uid: str | None = None
        self._claim: Claim | None = None
        self._claim_before: Claim | None = None
        self._element_before: dict[str, Any] = {}
        self._complaints: ControllerWarnings | None = None

    def check(self) -> LoadBalancer:
        """Check everything that can be checked while nothing is written; return the ALB of the listener."""
        albconfig = self._kube.albconfig(self._wanted.listener.alb_config)
        self._uid = albconfig["metadata"]["uid"]
        self._refuse_unfit(albconfig)
        load_balancer = self._alb.load_balancer(load_balancer_id(albconfig))
        if self._wanted.enabled and not load_balancer.authenticates_clients:
            raise OperationFailed(basic_edition(self._wanted.listener.label, load_balancer.load_balancer_id))
        self._complaints = ControllerWarnings(self._kube, self._wanted.listener.alb_config)
        return load_balancer

    def _refuse_unfit(self, albconfig: dict[str, Any]) -> Claim | None:
        """Refuse what cannot be switched; return the claim that stands, which is ours or none."""
        wanted = self._wanted
        ref = find_listener(albconfig, wanted.listener)
        problems = listener_problems(albconfig, ref)
        if problems:
            sentence = f"{wanted.listener.label}: {'; '.join(problems)}"
            raise OperationFailed(sentence)
        held = read_claim(albconfig, wanted.listener)
        refuse_if_owned_by_others(albconfig, wanted, held)
        return held

    def begin(self) -> None:
        """Write claim and attempt in one guarded patch."""
        self._patch(self._take)

    def _patch(self, build: BuildPatch) -> dict[str, Any]:
        """Patch the AlbConfig that was checked, and no other one that has come in its place."""
        return guarded_patch(
            self._kube, self._wanted.listener.alb_config, build, deadline_seconds=PATCH_SECONDS, expect_uid=self._uid
        )

    def _take(self, albconfig: dict[str, Any]) -> Patch | None:
        wanted = self._wanted
        if self._claim is not None and read_claim(albconfig, wanted.listener) == self._claim:
            # Ours had its effect although the reply was lost; what stood there before is remembered already.
            return None
        held = self._refuse_unfit(albconfig)
        ref = find_listener(albconfig, wanted.listener)
        self._claim_before = held
        self._element_before = copy.deepcopy(ref.element)
        previous = held.previous if held else wanted.previous_of(albconfig)
        if previous is None:
            previous = {key: ref.element[key] for key in ("caEnabled", "caCertificates") if key in ref.element}
        self._claim = Claim(owner=wanted.owner, token=wanted.token, attempt=self._id, previous=previous)
        return claim_patch(albconfig, ref, claim=self._claim, expected=held)

    def apply(self, *, ask_alb: bool) -> Switched:
        """Patch the listener and wait until the ALB API shows it."""
        wanted, claim = self._wanted, self._held()

        def build(albconfig: dict[str, Any]) -> Patch:
            ref = find_listener(albconfig, wanted.listener)
            return switch_patch(albconfig, ref, claim=claim, ca_enabled=wanted.enabled, identifiers=[wanted.identifier])

        albconfig = self._patch(build)
        switched = Switched(
            uid=albconfig["metadata"]["uid"],
            load_balancer_id=load_balancer_id(albconfig),
            attempt=self._id,
            previous=claim.previous,
            listener=None,
        )
        if not ask_alb:
            return switched
        return replace(switched, listener=self._wait(switched.load_balancer_id))

    def _wait(self, alb_id: str) -> Listener:
        wanted = self._wanted
        last: Listener | None = None

        def until(seen: Listener) -> bool:
            nonlocal last
            last = seen
            return is_as_wanted(seen, enabled=wanted.enabled, identifier=wanted.identifier)

        try:
            return self._alb.wait_for(
                alb_id,
                port=wanted.listener.port,
                protocol=wanted.listener.protocol,
                until=until,
                describe=(
                    f"ask for certificates of CA {wanted.identifier}"
                    if wanted.enabled
                    else "stop asking for client certificates"
                ),
                deadline_seconds=wanted.seconds,
            )
        except DeadlinePassed as error:
            sentence = str(error) if self._complaints is None else f"{error}; {self._complaints.why(wanted, last)}"
            raise OperationFailed(sentence) from None

    def roll_back(self, reason: str, *, ask_alb: bool, proving: ProofRun | None) -> str:
        """Put listener and claim back as they were before this attempt; return the sentence to fail with.

        Whatever goes wrong here, the sentence begins with the reason for which it was done.
        """
        reason = reason.rstrip(".")
        failed, remedy = f"Putting {self._wanted.listener.label} back failed as well: ", "; run the command again"
        try:
            albconfig = self._put_back()
            failed, remedy = "The AlbConfig is as before, but the ALB does not follow: ", ""
            if not ask_alb:
                return f"{reason}. {_put_back_unasked(self._wanted.listener.label)}"
            self._wait_until_put_back(load_balancer_id(albconfig))
            failed = "AlbConfig and ALB are as before, but the listener does not behave so: "
            put_back = f"{self._wanted.listener.label} was put back as it was"
            if proving is not None and not proving.put_back(asks_for_ours=self._asked_for_ours()).proven:
                put_back += (
                    "; of that handshakes have shown only that clients without a certificate are refused again, as no "
                    "client of the CA that it asks for is at hand"
                )
        except Exception as error:  # noqa: BLE001 - it must not take the place of the reason
            sentence = user_message(error)
            return f"{reason}. {failed}{sentence}{'' if sentence.endswith(remedy.lstrip('; ')) else remedy}"
        return f"{reason}. {put_back}"

    def _asked_for_ours(self) -> bool:
        before = state_of(self._element_before)
        return bool(before.ca_enabled) and same_identifiers(before.identifiers, [self._wanted.identifier])

    def _put_back(self) -> dict[str, Any]:
        wanted, claim = self._wanted, self._held()
        # Not its attempt: a process that outlived the CLI of an earlier run would find its own, and write on.
        claim_before = self._claim_before and replace(self._claim_before, attempt=self._id)

        def build(albconfig: dict[str, Any]) -> Patch:
            ref = find_listener(albconfig, wanted.listener)
            return roll_back_patch(albconfig, ref, claim=claim, before=self._element_before, claim_before=claim_before)

        return self._patch(build)

    def _wait_until_put_back(self, alb_id: str) -> None:
        before = state_of(self._element_before)
        self._alb.wait_for(
            alb_id,
            port=self._wanted.listener.port,
            protocol=self._wanted.listener.protocol,
            until=lambda seen: _is_as_before(seen, before),
            describe="go back to what it was before",
            deadline_seconds=self._wanted.seconds,
        )

    def _held(self) -> Claim:
        if self._claim is None:
            message = "an attempt writes only after begin()"
            raise RuntimeError(message)
        return self._claim


def _is_as_before(seen: Listener, before: ListenerState) -> bool:
    """Say whether the ALB is back: a listener that asks again must ask for its own CA, not for ours."""
    if seen.status != "Running" or seen.ca_enabled != bool(before.ca_enabled):
        return False
    return not before.ca_enabled or same_identifiers(seen.ca_identifiers, before.identifiers)


def _put_back_unasked(label: str) -> str:
    return (
        f"{label} was put back in the AlbConfig; whether the ALB has followed was not asked, as proof.mode is off: "
        "look at the listener in the ALB console"
    )
