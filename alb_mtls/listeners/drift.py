"""The listener as it is, beside what the state says of it; what a preview, a refresh and a delete look at."""

import json

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.alb_models import same_identifier
from alb_mtls.cluster.claim import read_claim
from alb_mtls.cluster.errors import NoSuchAlbConfig, NoSuchListener
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import ListenerState, fields_of, find_listener, load_balancer_id, state_of
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.desired import alb_follows, same_identifiers
from alb_mtls.resources import ListenerSwitchInputs, ListenerSwitchOutputs


def current_state(listener: ListenerKey, kube: KubeClient) -> ListenerState | None:
    """Return the listener as the AlbConfig has it; None when one of the two is gone.

    Raises:
        ClusterError: nobody answered.
    """
    try:
        albconfig = kube.albconfig(listener.alb_config)
        return state_of(find_listener(albconfig, listener).element)
    except (NoSuchAlbConfig, NoSuchListener):
        return None


def drift(inputs: ListenerSwitchInputs, attempt: str, *, kube: KubeClient, alb: AlbClient) -> str | None:
    """Return what is no longer as this stack left it, None when all is.

    Args:
        inputs: what the listener should be.
        attempt: that set it, as the state knows it.
        kube: the cluster.
        alb: called unless `proof.mode` is `off`.

    Raises:
        ClusterError, CloudError: nobody answered.
    """
    listener, label = inputs.listener, inputs.listener.label
    enabled, ca_identifiers = inputs.enabled, [inputs.ca_identifier]
    albconfig = kube.albconfig(listener.alb_config)
    state = state_of(find_listener(albconfig, listener).element)
    if bool(state.ca_enabled) != enabled:
        found = "absent" if state.ca_enabled is None else str(state.ca_enabled).lower()
        return f"{label} was changed outside this stack: caEnabled is {found}, desired is {str(enabled).lower()}"
    if not same_identifiers(state.identifiers, ca_identifiers):
        found = ", ".join(state.identifiers) or "no CA"
        return (
            f"{label} was changed outside this stack: caCertificates holds {found}, desired is {inputs.ca_identifier}"
        )
    claim = read_claim(albconfig, listener)
    if claim is None or claim.token != inputs.token:
        return f"{label} lost the claim of this stack (annotation); it is written again"
    if claim.attempt != attempt:
        # Its process may still be about to write: only an attempt of our own ends that.
        return f"a run began to change {label} and did not end as planned; it is set again"
    if inputs.proof.mode == "off":
        return None
    shown = alb.listener(load_balancer_id(albconfig), port=listener.port, protocol=listener.protocol)
    if shown is None or not alb_follows(shown, enabled=enabled, ca_identifiers=ca_identifiers):
        return f"{label} is as it must be in the AlbConfig, but not on the ALB"
    return None


def refuse_without_claim(outputs: ListenerSwitchOutputs, kube: KubeClient) -> None:
    """Refuse to forget a listener that is still as this stack set it, when no claim is there that could restore it.

    Raises:
        OperationFailed: says how the claim comes back; nothing was changed.
        ClusterError: nobody answered.
    """
    listener, ca_identifier = outputs.listener, outputs.applied_ca_identifier
    try:
        albconfig = kube.albconfig(listener.alb_config)
        element = find_listener(albconfig, listener).element
    except (NoSuchAlbConfig, NoSuchListener):
        return
    if read_claim(albconfig, listener) is not None:
        return
    holds_ours = any(same_identifier(one, ca_identifier) for one in state_of(element).identifiers)
    if not holds_ours or fields_of(element) == json.loads(outputs.previous):
        return
    sentence = (
        f"{listener.label} still refers to CA {ca_identifier}, but the claim of this stack, which says what it was "
        f"before, is gone from the AlbConfig (annotation {listener.claim_annotation}); nothing was changed. Run "
        "`pulumi up` first, with the listener in the configuration, which writes the claim again; then run this again"
    )
    raise OperationFailed(sentence)
