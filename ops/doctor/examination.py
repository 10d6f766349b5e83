"""The whole examination, from what is nearest to what is farthest away."""

from collections.abc import Iterator
from datetime import datetime

from ops.access import Access
from ops.configuration import Configuration
from ops.doctor.cloud import examine_alb, examine_cas, examine_credentials
from ops.doctor.cluster import alb_listeners, examine_cluster, examine_events
from ops.doctor.controller import examine_controller
from ops.doctor.diagnosis import Line, fine, note, problem
from ops.doctor.permissions import examine_permissions
from ops.doctor.surroundings import examine_surroundings
from ops.errors import EmptyStack, OpsError
from ops.stack import StackSource, read_configuration, read_state
from ops.state import StackState


def examine(source: StackSource, now: datetime) -> Iterator[Line]:
    """Yield a line for everything that an `up` needs, as soon as it is known.

    Args:
        source: the stack; one that was never deployed is examined by its configuration alone.
        now: aware, in UTC.
    """
    yield from examine_surroundings()
    try:
        configuration = read_configuration(source)
    except OpsError as error:
        # Everything else is found by it.
        yield problem("stack", str(error))
        return
    state = None
    try:
        state = read_state(source)
    except EmptyStack as error:
        yield note("stack", str(error))
    except OpsError as error:
        yield problem("stack", str(error))
    else:
        yield from _stack(state)
    access = Access(configuration)
    try:
        yield from _world(configuration, state, access, now)
    finally:
        access.close()


def _stack(state: StackState) -> Iterator[Line]:
    yield fine("stack", f"stack {state.project}/{state.stack} can be read, its secrets included")
    for name in state.pending:
        yield problem("stack", f"the last operation on {name} was interrupted", "run `pulumi up`")


def _world(configuration: Configuration, state: StackState | None, access: Access, now: datetime) -> Iterator[Line]:
    # Content, when the cluster is named by id, stands in the state alone.
    kubeconfig = next((one.kubeconfig for one in state.listeners if one.kubeconfig), None) if state else None
    kube = access.kube(kubeconfig)
    if (yield from examine_cluster(kube, configuration.listeners)):
        reached = access.kube_access(kubeconfig)
        yield from examine_controller(reached)
        yield from examine_permissions(reached)
        names = list(dict.fromkeys(one.alb_config for one in configuration.listeners))
        yield from examine_events(kube, names, now)
        listeners = alb_listeners(kube, configuration)
    else:
        listeners = alb_listeners(None, configuration)
    yield from examine_credentials(configuration)
    yield from examine_cas(configuration, state, access)
    yield from examine_alb(configuration, listeners, access)
