"""The listener as it is, beside what the state says of it; what a preview, a refresh and a delete look at."""

from typing import Any

from alb_mtls import session
from alb_mtls.aliyun.alb_models import same_identifier
from alb_mtls.cluster.claim import read_claim
from alb_mtls.cluster.errors import NoSuchAlbConfig, NoSuchListener
from alb_mtls.cluster.listener import CA_CERTIFICATES, CA_ENABLED, find_listener, state_of
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.desired import is_as_wanted, load_balancer_id, same_identifiers
from components.providers.base import Properties


def live_inputs(props: Properties) -> Properties | None:
    """Return `enabled` and `identifier` as the AlbConfig has them; None when it or the listener is gone.

    Raises:
        ClusterError: nobody answered.
    """
    kube = session.session().kube(props.get("kubeconfig"))
    try:
        albconfig = kube.albconfig(props["albConfig"])
        ref = find_listener(albconfig, _listener(props))
    except (NoSuchAlbConfig, NoSuchListener):
        return None
    state = state_of(ref.element)
    return {
        "enabled": bool(state.ca_enabled),
        "identifier": state.identifiers[0] if state.identifiers else "",
    }


def difference(props: Properties, attempt: str | None) -> str | None:
    """Return what is no longer as this stack left it, None when all is.

    Raises:
        ClusterError, CloudError: nobody answered.
    """
    running = session.session()
    listener = _listener(props)
    label = listener.label
    enabled, identifier = bool(props["enabled"]), props["identifier"]
    albconfig = running.kube(props.get("kubeconfig")).albconfig(props["albConfig"])
    state = state_of(find_listener(albconfig, listener).element)
    if bool(state.ca_enabled) != enabled:
        return f"{label} was changed by hand: caEnabled is {state.ca_enabled}, wanted is {enabled}"
    if not same_identifiers(state.identifiers, [identifier]):
        held = ", ".join(state.identifiers) or "no CA"
        return f"{label} was changed by hand: caCertificates holds {held}, wanted is {identifier}"
    claim = read_claim(albconfig, listener)
    if claim is None or claim.token != props["token"]:
        return f"{label} lost the claim of this stack (annotation); it is written again"
    if attempt is not None and claim.attempt != attempt:
        # Its process may still be about to write: only an attempt of our own ends that.
        return f"a run began to change {label} and did not end as planned; it is set again"
    if props["proofMode"] == "off":
        return None
    alb = running.alb(props.get("albEndpoint"), props.get("albRegion") or "")
    live = alb.listener(load_balancer_id(albconfig), port=listener.port, protocol=listener.protocol)
    if live is None or not is_as_wanted(live, enabled=enabled, identifier=identifier):
        return f"{label} is as wanted in the AlbConfig, but not on the ALB"
    return None


def refuse_without_claim(props: Properties, previous: dict[str, Any] | None) -> None:
    """Refuse to forget a listener that is still as this stack set it, when no claim is there that could restore it.

    Args:
        props: of the switch, as the state knows them.
        previous: the two fields as they were before this stack came.

    Raises:
        OperationFailed: says how the claim comes back; nothing was changed.
        ClusterError: nobody answered.
    """
    listener = _listener(props)
    try:
        albconfig = session.session().kube(props.get("kubeconfig")).albconfig(props["albConfig"])
        element = find_listener(albconfig, listener).element
    except (NoSuchAlbConfig, NoSuchListener):
        return
    if read_claim(albconfig, listener) is not None:
        return
    identifier = props.get("setIdentifier") or props["identifier"]
    holds_ours = any(same_identifier(one, identifier) for one in state_of(element).identifiers)
    before = {key: element[key] for key in (CA_ENABLED, CA_CERTIFICATES) if key in element}
    if not holds_ours or before == previous:
        return
    sentence = (
        f"{listener.label} still refers to CA {identifier}, but the claim of this stack, which says what it was "
        f"before, is gone from the AlbConfig (annotation {listener.claim_annotation}); nothing was changed. Run "
        "`pulumi up` first, with the listener in the configuration, which writes the claim anew; then this again"
    )
    raise OperationFailed(sentence)


def _listener(props: Properties) -> ListenerKey:
    return ListenerKey(alb_config=props["albConfig"], port=int(props["port"]), protocol=props["protocol"])
