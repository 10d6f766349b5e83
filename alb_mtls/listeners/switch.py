"""One attempt to set a listener: claim and patch it, wait for the ALB, prove it, or put everything back."""

import json
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from functools import partial

from alb_mtls.aliyun.alb import AlbClient, Listener, LoadBalancer
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.cluster.allowed_hosts import refusal_of
from alb_mtls.cluster.claim import Claim, read_claim
from alb_mtls.cluster.claim_errors import ClaimLost, ListenerEdited, ListenerHeld, Recreated
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.field_managers import named_writer
from alb_mtls.cluster.hosts import hosts_on_listener
from alb_mtls.cluster.identity_headers import recorded
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import AlbConfig, Fields, ListenerRef, load_balancer_id, meaning_of
from alb_mtls.cluster.patch import Patch, listener_patch, switched_fields
from alb_mtls.errors import OperationFailed, user_message
from alb_mtls.handshake.checks import Proof
from alb_mtls.listener_resources import ListenerSwitchInputs, ListenerSwitchOutputs
from alb_mtls.listeners import header_keys
from alb_mtls.listeners.alb_wait import wait_for_alb
from alb_mtls.listeners.attempt import Attempt, Ground
from alb_mtls.listeners.controller_diagnosis import ControllerWarnings
from alb_mtls.listeners.desired import refuse_unfit
from alb_mtls.listeners.edition import edition_revert, refused_edition
from alb_mtls.listeners.headers_shown import headers_shown
from alb_mtls.listeners.look import edited_since, headers_edited_since, meaning_in_look
from alb_mtls.listeners.proof_run import proof_plan, shown_by
from alb_mtls.listeners.refusal import edited, edited_headers, headers_edited_meanwhile, stopped_up
from alb_mtls.listeners.roll_back import roll_back
from alb_mtls.listeners.situation import Situation
from alb_mtls.listeners.swap import not_shown, replaced_ca, still_referred
from alb_mtls.listeners.verdict import before_us, on_up
from alb_mtls.pki.passphrases import PassphraseOf, no_passphrase


def switch(
    inputs: ListenerSwitchInputs,
    last: ListenerSwitchOutputs | None,
    *,
    kube: KubeClient,
    alb: AlbClient,
    cas: CasClient | None = None,
    to_the_end: Callable[[], AbstractContextManager[None]] = nullcontext,
    engine_lives: Callable[[], bool] = lambda: True,
    passphrase_of: PassphraseOf = no_passphrase,
) -> ListenerSwitchOutputs:
    """Set the listener, or leave it as it was and raise.

    Args:
        inputs: the listener and what it should become.
        last: what the last `up` made of it, if the state knows.
        kube: the cluster.
        alb: the ALB API of the cluster's region.
        cas: shows whether a CA that was taken over is still there; None when no site is configured.
        to_the_end: what happens inside comes to its end although the engine is gone.
        engine_lives: says whether the engine that began this run is there.
        passphrase_of: asked for the key file of an imported root CA.

    Raises:
        OperationFailed: with cause and remedy; says whether the listener is as it was.
        ListenerEdited, ListenerHeld: somebody else changed or holds it, which is left as it is.
        ClusterError, CloudError, HandshakeError, PkiError: raised before anything was written.
    """
    plan = proof_plan(inputs, passphrase_of)
    ground = Ground(inputs=inputs, last=last, kube=kube, alb=alb, cas=cas, engine_lives=engine_lives)
    switching = _Switching(ground)
    albconfig, load_balancer, fields = switching.check()
    replaced = replaced_ca(inputs, last, fields)
    has_key = plan is not None and replaced is not None and plan.expect_swap(replaced)
    on_alb = partial(alb.listeners, load_balancer.load_balancer_id)
    before = None if plan is None else plan.baseline(load_balancer, albconfig, on_alb)
    # Not before the baseline, which takes its time.
    warnings = ControllerWarnings(kube, inputs.listener.alb_config, albconfig["metadata"]["uid"])
    begun: list[Attempt] = []
    try:
        # Not to the end: an orphan that only begins now would begin after the recovery.
        albconfig = switching.begin(begun, albconfig["metadata"]["uid"])
    except Exception as error:
        if not begun or not switching.has_begun(begun[-1]):
            raise
        with to_the_end():
            sentence = roll_back(ground, begun[-1], user_message(error), plan=plan, baseline=before)
            raise OperationFailed(sentence) from None
    attempt = begun[-1]
    with to_the_end():
        try:
            alb_id = load_balancer_id(albconfig)
            shown = None if inputs.proof.mode == "off" else wait_for_alb(ground, attempt.headers, alb_id, warnings)
            refers = still_referred(shown, inputs)
            proof = None if plan is None or before is None else plan.prove(before)
            echoed = {} if plan is None else plan.prove_echo()
            switching.look_again(attempt)
        except (ClaimLost, Recreated, ListenerEdited):
            # What this attempt has written is another's by now, or gone with its object.
            raise
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the listener must not stay half done
            sentence = roll_back(ground, attempt, warnings.cause(inputs, error), plan=plan, baseline=before)
            raise OperationFailed(sentence) from None
    lacking = "; ".join(filter(None, (not_shown(replaced, inputs, has_key=has_key), refers)))
    outputs = switching.outputs(attempt, alb_id, shown, proof, lacking)
    return replace(outputs, headers_shown=() if shown is None else headers_shown(inputs, plan, echoed))


class _Switching:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.inputs, self.last, self.alb = ground.inputs, ground.last, ground.alb

    def check(self) -> tuple[AlbConfig, LoadBalancer, Fields]:
        """Check everything that can be checked while nothing is written; return the fields as they stand, too."""
        inputs = self.inputs
        albconfig = self._ground.kube.albconfig(inputs.listener.alb_config)
        _, there = self._read_if_allowed(albconfig)
        load_balancer = self.alb.load_balancer(load_balancer_id(albconfig))
        if inputs.enabled:
            self._refuse_edition(albconfig, load_balancer)
        return albconfig, load_balancer, there.fields

    def _refuse_edition(self, albconfig: AlbConfig, alb: LoadBalancer) -> None:
        """Refuse an edition that cannot authenticate clients, and one that the write would take away."""
        revert = edition_revert(albconfig, alb)
        why = refused_edition(alb, self.inputs.editions) or (revert.text if revert is not None else None)
        if why is not None:
            sentence = f"{self.inputs.listener.label}: {why}"
            raise OperationFailed(sentence)

    def _read_if_allowed(self, albconfig: AlbConfig) -> tuple[ListenerRef, Situation]:
        """Return the listener and what stands there; refuse what may not be switched."""
        inputs, last = self.inputs, self.last
        ref, there = self._ground.situation(albconfig)
        refuse_unfit(albconfig, ref)
        verdict = on_up(
            there,
            attempt=None if last is None else last.attempt,
            take_over=inputs.take_over,
            used=None if last is None else last.take_over,
            enabled=inputs.enabled,
            was_enabled=None if last is None else last.was_enabled,
        )
        stopped = stopped_up(verdict, there, albconfig, ref.key, owner=inputs.owner)
        if stopped is not None:
            raise stopped
        attempt = None if last is None else last.attempt
        keys = header_keys.overwritten(there, attempt=attempt, headers=inputs.identity_headers)
        if keys:
            raise edited_headers(there, albconfig, ref.key, keys)
        remedy = "look at the listener again with `pulumi preview`, and run `pulumi up` again"
        if edited_since(inputs.observed, albconfig, ref.key):
            raise edited(there, albconfig, ref.key, expected=meaning_in_look(inputs.observed), remedy=remedy)
        keys = headers_edited_since(inputs.observed, albconfig, ref.key, keys=header_keys.concerned(there, inputs))
        if keys:
            raise edited_headers(there, albconfig, ref.key, keys, remedy=remedy)
        return ref, there

    def _refuse_unexpected_hosts(self) -> None:
        """Refuse what has come to the listener since the preflight: its clients would be locked out."""
        allowed, key, kube = self.inputs.allowed_hosts, self.inputs.listener, self._ground.kube
        if allowed is None or not self.inputs.enabled:
            return
        hosts = hosts_on_listener(key, ingresses=kube.ingresses(), ingress_classes=kube.ingress_classes())
        refused = refusal_of(key, hosts, allowed)
        if refused is not None:
            raise refused

    def begin(self, begun: list[Attempt], uid: str) -> AlbConfig:
        """Claim and patch the listener, in one guarded patch; the last one that was sent is the last in `begun`."""
        inputs, attempt_id = self.inputs, secrets.token_hex(8)

        def build(albconfig: AlbConfig) -> Patch | None:
            held = read_claim(albconfig, inputs.listener)
            if held is not None and held.attempt == attempt_id:
                # It had its effect although the reply was lost; what does not stand any more is somebody's edit.
                return None
            ref, there = self._read_if_allowed(albconfig)
            self._refuse_unexpected_hosts()
            fields = switched_fields(ref.element, ca_enabled=inputs.enabled, identifiers=[inputs.ca_identifier])
            headers = header_keys.to_write(there, inputs.identity_headers)
            desired = {} if inputs.identity_headers is None else inputs.identity_headers.fields
            before = before_us(there, made_here=inputs.made_here, take_over=inputs.take_over)
            claim = Claim(
                owner=inputs.owner,
                deployment=inputs.deployment,
                token=inputs.token,
                attempt=attempt_id,
                uid=uid,
                host=inputs.proof.host,
                repository=inputs.repository,
                generation=inputs.generation,
                previous={**before, **header_keys.before_us(there, inputs.identity_headers)},
                # A key that is given back is claimed no longer.
                written={**fields, **recorded(desired)},
                more=held.more if held else {},
            )
            editor = named_writer(albconfig) or (None if held is None else held.editor)
            begun.append(
                Attempt(
                    claim=claim,
                    claim_before=held,
                    before=there.fields,
                    editor=editor,
                    element_before=there.element,
                    headers=headers,
                )
            )
            return listener_patch(albconfig, ref, claim=claim, fields={**fields, **headers})

        return self._ground.patch(build, uid)

    def has_begun(self, attempt: Attempt) -> bool:
        """Say whether an attempt stands in the AlbConfig although its patch is said to have failed."""
        with suppress(ClusterError):
            albconfig = self._ground.kube.albconfig(self.inputs.listener.alb_config)
            held = read_claim(albconfig, self.inputs.listener)
            return held is not None and held.attempt == attempt.claim.attempt
        return False

    def look_again(self, attempt: Attempt) -> None:
        """Look at the AlbConfig once more; a claim that is gone while the fields stand, the next `up` writes again.

        Raises:
            ListenerEdited: somebody else changed the fields while the attempt ran; that is left as it is.
            ClaimLost, Recreated: another run has taken over, or the AlbConfig is another one.
        """
        key, claim = self.inputs.listener, attempt.claim
        albconfig = self._ground.kube.albconfig(key.alb_config)
        if albconfig["metadata"]["uid"] != claim.uid:
            raise Recreated(alb_config=key.alb_config, expected=claim.uid, found=albconfig["metadata"]["uid"])
        _, there = self._ground.situation(albconfig)
        if there.claim is not None and there.claim.attempt != claim.attempt:
            raise ClaimLost(key)
        if meaning_of(there.fields) != meaning_of(claim.written):
            remedy = "find out who writes there and why, and run `pulumi up` again"
            if there.hold is not None:
                remedy = str(ListenerHeld(key, there.hold, owner=self.inputs.owner))
            raise edited(there, albconfig, key, expected=meaning_of(claim.written), remedy=remedy)
        if keys := header_keys.changed_since(there, attempt.headers):
            raise headers_edited_meanwhile(there, albconfig, key, keys, wrote=attempt.headers)

    def outputs(
        self, attempt: Attempt, alb_id: str, shown: Listener | None, proof: Proof | None, lacking: str
    ) -> ListenerSwitchOutputs:
        """Return what the state keeps of an attempt that came to its end."""
        outputs = ListenerSwitchOutputs(
            **self.inputs.kept,
            uid=attempt.claim.uid,
            load_balancer_id=alb_id,
            attempt=attempt.claim.attempt,
            previous=json.dumps(attempt.claim.previous, sort_keys=True),
            applied_ca_identifier=self.inputs.ca_identifier,
            applied_enabled=self.inputs.enabled,
            listener_id=None if shown is None else shown.listener_id,
            proven=False,
            proof_note=lacking,
        )
        if proof is None:
            return outputs
        note = "; ".join(filter(None, (proof.note, lacking)))
        at = proof.at.isoformat(timespec="seconds")
        return replace(outputs, proven=proof.proven, proven_at=at, proof_note=note, proof_shown=shown_by(proof))
