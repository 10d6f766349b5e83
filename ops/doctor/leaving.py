"""What has left the configuration, and ends an `up` at its delete, when everything else is done already."""

import shlex
from collections.abc import Iterator

from alb_mtls.cluster.claim_errors import ListenerHeld
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.hold import read_hold
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import fields_of, find_listener, meaning_of
from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.desired import is_among
from alb_mtls.listeners.named_in_git import deleted_next, missing
from ops.doctor.diagnosis import Line, stopping
from ops.state import StackState
from ops.state_records import DeployedListener

_ROOT_CA, _LISTENER = "root CA", "AlbConfig"


def examine_leaving(settings: Settings, state: StackState, kube: KubeClient) -> Iterator[Line]:
    """Yield what an `up` cannot take out of the state: a protected root CA, a listener that somebody holds."""
    made_here = {one.generation for one in settings.root_cas if one.source != "purchased"}
    for generation, urn in state.protected.items():
        if generation not in made_here:
            yield stopping(
                _ROOT_CA,
                f"generation {generation} has left the configuration, and is protected in the state (rootCa.protect), "
                "so that Pulumi ends an up when it comes to delete it",
                f"when it is to go: pulumi state unprotect {shlex.quote(urn)} --stack {shlex.quote(state.stack)}",
            )
    configured = {one.key for one in settings.listeners}
    for listener in (one.key for one in state.listeners if one.key not in configured):
        try:
            albconfig = kube.albconfig(listener.alb_config)
        except ClusterError:
            # One that is gone holds nothing, and that the cluster does not answer has a line of its own.
            continue
        reason = read_hold(albconfig, listener)
        if reason is not None:
            held = ListenerHeld(listener, reason, owner=f"{state.project}/{state.stack}")
            yield stopping(_LISTENER, f"it has left the configuration: {held}")
    for one in state.listeners:
        if one.key not in configured and one.is_of_git:
            yield from _named_by_git(one, kube)


def _named_by_git(one: DeployedListener, kube: KubeClient) -> Iterator[Line]:
    try:
        albconfig = kube.albconfig(one.key.alb_config)
        stands = meaning_of(fields_of(find_listener(albconfig, one.key).element))
    except ClusterError:
        return
    doomed = deleted_next(one.claim)
    if named := [each for each in stands.identifiers if is_among(each, doomed)]:
        yield stopping(_LISTENER, f"it has left the configuration: {missing(one.key, named, is_on=stands.enabled)}")
