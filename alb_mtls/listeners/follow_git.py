"""One run on a listener whose AlbConfig Git owns: what Git has is proven, what it has yet to get is printed."""

import json
from collections.abc import Callable
from dataclasses import replace

from alb_mtls.aliyun.alb import AlbClient, Listener, LoadBalancer
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import AlbConfig, load_balancer_id
from alb_mtls.cluster.patch import Patch, release_patch
from alb_mtls.errors import OperationFailed, user_message
from alb_mtls.listener_resources import GIT, ListenerSwitchInputs, ListenerSwitchOutputs
from alb_mtls.listeners.alb_wait import wait_for_alb
from alb_mtls.listeners.attempt import Ground
from alb_mtls.listeners.controller_diagnosis import ControllerWarnings
from alb_mtls.listeners.desired import refuse_unfit
from alb_mtls.listeners.edition import edition_revert, refused_edition
from alb_mtls.listeners.git_owned import (
    fragment_of,
    is_as,
    is_taken_away,
    stopped_by_others,
    taken_away,
    waits_for,
)
from alb_mtls.listeners.header_keys import NONE
from alb_mtls.listeners.headers_shown import headers_shown
from alb_mtls.listeners.proof_run import proof_plan, shown_by
from alb_mtls.listeners.situation import Holder, Situation
from alb_mtls.listeners.swap import not_shown, replaced_ca, still_referred
from alb_mtls.pki.passphrases import PassphraseOf, no_passphrase


def follow_git(
    inputs: ListenerSwitchInputs,
    last: ListenerSwitchOutputs | None,
    *,
    kube: KubeClient,
    alb: AlbClient,
    passphrase_of: PassphraseOf = no_passphrase,
    show: Callable[..., object],
) -> ListenerSwitchOutputs:
    """Prove the listener where the AlbConfig has what it is to have; else say what is to be committed.

    A claim of this stack, of the time when it patched the listener, is removed at the end, and nothing else is written:
    until the AlbConfig has been read and the listener proven, the claim keeps what can be given back.

    Args:
        inputs: the listener and what it should become.
        last: what the last `up` made of it, if the state knows.
        kube: the cluster.
        alb: the ALB API of the cluster's region.
        passphrase_of: asked for the key file of an imported root CA.
        show: takes the lines of what is to be committed.

    Raises:
        OperationFailed: Git has taken away what it had, the ALB did not follow, or the proof was not passed; nothing
            was changed, and nothing is put back.
        ListenerHeld, ClaimedByAnother: somebody holds the listener.
        ClusterError, CloudError, HandshakeError, PkiError: somebody did not answer as needed.
    """
    ground = Ground(inputs=inputs, last=last, kube=kube, alb=alb, cas=None, engine_lives=lambda: True)
    albconfig, there = _looked(ground)
    alb_id, text = load_balancer_id(albconfig), fragment_of(inputs, albconfig)
    if is_as(there, inputs):
        outputs = _proven(ground, albconfig, there, passphrase_of)
        if there.holder is Holder.THIS_CLAIM:
            show(*_to_commit(inputs, text, handed_over=True))
    elif is_taken_away(inputs, last, there):
        show(*_to_commit(inputs, text))
        raise OperationFailed(taken_away(inputs, albconfig, there))
    else:
        show(*_to_commit(inputs, text))
        outputs = replace(_outputs(ground, albconfig, awaiting=True), proof_note=waits_for(inputs, there))
    _release(ground, albconfig["metadata"]["uid"])
    return replace(outputs, load_balancer_id=alb_id, fragment=text)


def _looked(ground: Ground) -> tuple[AlbConfig, Situation]:
    """Read the listener; refuse one that somebody else holds, and one that could not request certificates."""
    inputs = ground.inputs
    albconfig = ground.kube.albconfig(inputs.listener.alb_config)
    ref, there = ground.situation(albconfig)
    refuse_unfit(albconfig, ref)
    stopped = stopped_by_others(there, albconfig, inputs)
    if stopped is not None:
        raise stopped
    return albconfig, there


def _to_commit(inputs: ListenerSwitchInputs, text: str, *, handed_over: bool = False) -> list[str]:
    head = (
        f"{inputs.listener.label}: Git owns it (write: none), and nothing was written. Commit this to the repository "
        "that has the AlbConfig, and run `pulumi up` again once it is synced:"
    )
    if handed_over:
        head = (
            f"{inputs.listener.label}: Git owns it from now on (write: none), and the fields stay as this stack wrote "
            "them. Commit this before the next sync of the AlbConfig, which undoes them otherwise:"
        )
    return [head, *text.splitlines()]


def _proven(
    ground: Ground, albconfig: AlbConfig, there: Situation, passphrase_of: PassphraseOf
) -> ListenerSwitchOutputs:
    """Wait for the ALB, and prove what Git has brought about.

    What clients met before, nobody asked: where the ALB has followed already, the baseline is of after the change. Then
    a client of our CA that is accepted, in the round in which those without one are rejected, is what shows it.
    """
    inputs, alb = ground.inputs, ground.alb
    alb_id = load_balancer_id(albconfig)
    load_balancer = alb.load_balancer(alb_id)
    _refuse_edition(inputs, albconfig, load_balancer)
    plan = proof_plan(inputs, passphrase_of)
    replaced = replaced_ca(inputs, ground.last, there.fields)
    has_key = plan is not None and replaced is not None and plan.expect_swap(replaced)
    before = None if plan is None else plan.baseline(load_balancer, albconfig, lambda: alb.listeners(alb_id))
    warnings = ControllerWarnings(ground.kube, inputs.listener.alb_config, albconfig["metadata"]["uid"])
    shown: Listener | None = None
    try:
        if inputs.proof.mode != "off":
            goal = (inputs.identity_headers or NONE).fields
            shown = wait_for_alb(ground, goal, alb_id, warnings)
        proof = None if plan is None or before is None else plan.prove(before)
        echoed = {} if plan is None else plan.prove_echo()
    except Exception as error:  # noqa: BLE001 - whatever went wrong, what Git says by now comes first
        now_albconfig, now = _looked(ground)
        if not is_as(now, inputs):
            raise OperationFailed(taken_away(inputs, now_albconfig, now)) from None
        back = f"; to accept every client again, commit caEnabled: false for {inputs.listener.label}"
        sentence = (
            f"{user_message(error)}. The AlbConfig holds what it must, and Git owns it (write: none): nothing was put "
            f"back{back if inputs.enabled else ''}"
        )
        raise OperationFailed(sentence) from None
    now_albconfig, now = _looked(ground)
    if not is_as(now, inputs):
        raise OperationFailed(taken_away(inputs, now_albconfig, now))
    outputs = _outputs(ground, albconfig, awaiting=False)
    lacking = "; ".join(filter(None, (not_shown(replaced, inputs, has_key=has_key), still_referred(shown, inputs))))
    outputs = replace(
        outputs,
        listener_id=None if shown is None else shown.listener_id,
        proof_note=lacking,
        headers_shown=() if shown is None else headers_shown(inputs, plan, echoed),
    )
    if proof is None:
        return outputs
    return replace(
        outputs,
        proven=proof.proven,
        proven_at=proof.at.isoformat(timespec="seconds"),
        proof_note="; ".join(filter(None, (proof.note, lacking))),
        proof_shown=shown_by(proof),
    )


def _refuse_edition(inputs: ListenerSwitchInputs, albconfig: AlbConfig, load_balancer: LoadBalancer) -> None:
    """Refuse an ALB that cannot authenticate clients, whatever the AlbConfig says."""
    revert = edition_revert(albconfig, load_balancer)
    why = refused_edition(load_balancer, inputs.editions) or (None if revert is None else revert.text)
    if inputs.enabled and why is not None:
        message = f"{inputs.listener.label}: {why}"
        raise OperationFailed(message)


def _outputs(ground: Ground, albconfig: AlbConfig, *, awaiting: bool) -> ListenerSwitchOutputs:
    """Return what the state keeps; of a listener that awaits Git, what it was last found to be is kept too."""
    inputs, last = ground.inputs, ground.last
    ca_identifier, enabled = inputs.ca_identifier, inputs.enabled
    if awaiting:
        ca_identifier, enabled = "", False
        if last is not None and last.write == "none":
            ca_identifier, enabled = last.applied_ca_identifier, last.was_enabled
    return ListenerSwitchOutputs(
        **inputs.kept,
        uid=albconfig["metadata"]["uid"],
        load_balancer_id=load_balancer_id(albconfig),
        # No patch is made, so none is under way.
        attempt="",
        previous=json.dumps({}) if inputs.found is None else inputs.found,
        applied_ca_identifier=ca_identifier,
        applied_enabled=enabled,
        awaiting=GIT if awaiting else None,
        proven=False,
        proof_note="",
    )


def _release(ground: Ground, uid: str) -> None:
    """Remove the claim of the time when this stack patched the listener, and nothing else; mostly there is none."""
    listener = ground.inputs.listener
    albconfig = ground.kube.albconfig(listener.alb_config)
    if ground.situation(albconfig)[1].holder is not Holder.THIS_CLAIM:
        return

    def build(albconfig: AlbConfig) -> Patch | None:
        ref, there = ground.situation(albconfig)
        stopped = stopped_by_others(there, albconfig, ground.inputs)
        if stopped is not None:
            raise stopped
        return None if there.holder is not Holder.THIS_CLAIM else release_patch(albconfig, listener, ref)

    ground.patch(build, uid)
