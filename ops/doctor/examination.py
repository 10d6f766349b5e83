"""The whole examination, from what is nearest to what is farthest away."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

from alb_mtls.session import Session
from ops.configuration import Configuration
from ops.doctor.cloud import examine_cas, examine_credentials
from ops.doctor.cluster import examine_cluster, examine_events
from ops.doctor.controller import examine_controller
from ops.doctor.diagnosis import Line, fine, note, problem
from ops.doctor.left_behind import Known, examine_claims, examine_repositories
from ops.doctor.listeners import examine_listeners
from ops.doctor.permissions import examine_permissions, untried_patches
from ops.doctor.state_store import examine_state_store
from ops.doctor.surroundings import examine_surroundings
from ops.errors import EmptyStack, OpsError
from ops.stack import StackSource, name_of_stack, read_configuration, read_state, session_of
from ops.state import StackState


def examine(source: StackSource, now: datetime) -> Iterator[Line]:
    """Yield a line for everything that an `up` needs, as soon as it is known.

    Args:
        source: the stack; one that was never deployed is examined by its configuration alone.
        now: aware, in UTC.
    """
    yield from examine_surroundings()
    yield from examine_state_store()
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
    known = Known(project=configuration.project, stack=_name(source) if state is None else state.stack, state=state)
    with closing(session_of(configuration)) as session:
        yield from examine_configuration(configuration, known, session, now)


def _name(source: StackSource) -> str | None:
    try:
        return name_of_stack(source)
    except OpsError:
        # What stops the CLI has had a line of its own.
        return None


def _stack(state: StackState) -> Iterator[Line]:
    yield fine("stack", f"stack {state.project}/{state.stack} can be read, its secrets included")
    for name in state.pending:
        yield problem("stack", f"the last operation on {name} was interrupted", "run `pulumi up`")


def examine_configuration(
    configuration: Configuration, known: Known, session: Session, now: datetime
) -> Iterator[Line]:
    """Yield a line for everything in cluster and cloud that an `up` of a configuration needs.

    Args:
        configuration: of a stack that may not be there yet.
        known: of its state.
        session: reaches what the configuration names.
        now: aware, in UTC.
    """
    state = known.state
    # Content, when the cluster is named by id, stands in the state alone.
    claims = [one.claim for one in state.listeners] if state else []
    kubeconfig = next((claim.kubeconfig for claim in claims if claim.kubeconfig), None)
    kube = session.kube(kubeconfig)
    answers = yield from examine_cluster(kube)
    if answers:
        access = session.kube_access(kubeconfig)
        yield from examine_controller(kube)
        yield from examine_permissions(access)
        yield untried_patches()
        yield from examine_claims(kube, known, configuration)
        yield from examine_events(kube, list(dict.fromkeys(one.alb_config for one in configuration.listeners)), now)
    yield from examine_credentials(session)
    yield from examine_cas(configuration, state, session)
    yield from examine_repositories(known, configuration, session, kube.albconfigs if answers else list)
    yield from examine_listeners(configuration, session, kubeconfig=kubeconfig, cluster_answers=answers)
