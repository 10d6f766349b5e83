"""What a diff finds when it looks at a listener: drift, a stop, or nobody who answers."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.imports import import_turn
from alb_mtls.listener_resources import ListenerSwitchInputs, ListenerSwitchOutputs
from components.providers import process
from components.providers.base import is_unknown, show_not_compared

if TYPE_CHECKING:
    from alb_mtls.aliyun.alb_models import Listener
    from alb_mtls.listeners.drift import OnAlb


def if_reachable(
    look: Callable[[ListenerSwitchInputs, ListenerSwitchOutputs], str | None],
    inputs: ListenerSwitchInputs,
    last: ListenerSwitchOutputs,
) -> str | None:
    """Return what a look at the listener finds; None when that is nothing, or when nobody answered."""
    if is_unknown((inputs.kubeconfig, inputs.alb)):
        return None
    try:
        return look(inputs, last)
    except (ClusterError, CloudError) as error:
        show_not_compared(inputs.listener.label, error)
        return None


def is_as_left(inputs: ListenerSwitchInputs, last: ListenerSwitchOutputs) -> bool:
    """Say whether the program has found a listener as the last `up` left it; what differs is looked for here."""
    look, listener = process.look(), inputs.listener
    albconfig = None if look is None else look.albconfigs.get(listener.alb_config)
    if look is None or albconfig is None or is_unknown((inputs.kubeconfig, inputs.alb)):
        return False
    if inputs.write == "none" and last.awaiting is not None:
        # What is to be committed is the whole element, of which a look has our own fields alone.
        return False
    try:
        return _drift_in(inputs, last, albconfig, lambda: look.on_alb(listener)) is None
    except ClusterError:
        return False


def drift_of(inputs: ListenerSwitchInputs, last: ListenerSwitchOutputs) -> str | None:
    """Return what has changed since the last `up`; None when nothing has."""
    with import_turn:
        from alb_mtls.cluster.listener import load_balancer_id

    running, listener = process.session(), inputs.listener
    alb = running.alb(inputs.alb.endpoint, inputs.alb.region)
    albconfig = running.kube(inputs.kubeconfig).albconfig(listener.alb_config)

    def on_alb() -> "Listener | None":
        return alb.listener(load_balancer_id(albconfig), port=listener.port, protocol=listener.protocol)

    return _drift_in(inputs, last, albconfig, on_alb)


def stop_of(inputs: ListenerSwitchInputs, last: ListenerSwitchOutputs) -> str | None:
    """Return what stops an `up` that changes settings; None when nothing does."""
    albconfig = process.session().kube(inputs.kubeconfig).albconfig(inputs.listener.alb_config)
    if inputs.write == "none":
        with import_turn:
            from alb_mtls.listeners import git_owned

        return git_owned.stop_of(last, albconfig)
    with import_turn:
        from alb_mtls.listeners import drift

    return drift.stop_of(inputs, last, albconfig)


def _drift_in(
    inputs: ListenerSwitchInputs, last: ListenerSwitchOutputs, albconfig: dict[str, Any], on_alb: "OnAlb"
) -> str | None:
    if inputs.write == "none":
        with import_turn:
            from alb_mtls.listeners import git_owned

        return git_owned.drift(inputs, last, albconfig, on_alb)
    with import_turn:
        from alb_mtls.listeners.drift import drift

    return drift(inputs, last, albconfig, on_alb)
