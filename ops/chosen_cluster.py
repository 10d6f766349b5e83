"""The cluster that a writing command changes: the stack's own, or one that a person names when the stack is no help."""

import shlex
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from alb_mtls.cluster.field_managers import PERSON_MANAGER
from alb_mtls.cluster.identity import refuse_another_cluster
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.session import Session
from ops.configuration import Configuration
from ops.errors import EmptyStack, OpsError
from ops.stack import StackSource, read_configuration, read_state, session_of
from ops.state import StackState

_BY_HAND = "or name the cluster with --context or --kubeconfig: then the stack is not read"


@dataclass(frozen=True, kw_only=True)
class ClusterSource:
    """Where the cluster is named.

    Attributes:
        stack: whose cluster it is, unless one of the others is given.
        kubeconfig: a file; with it, or with `context`, neither Pulumi nor its state is read.
        context: of that kubeconfig, or of KUBECONFIG.
    """

    stack: StackSource
    kubeconfig: Path | None = None
    context: str | None = None

    @property
    def options(self) -> str:
        """The options, as a shell takes them, with which another command reaches the same cluster."""
        given = {
            "--stack": self.stack.stack,
            "--config-file": self.stack.config_file,
            "--kubeconfig": self.kubeconfig,
            "--context": self.context,
        }
        return "".join(f" {name} {shlex.quote(str(value))}" for name, value in given.items() if value is not None)


@dataclass(frozen=True, kw_only=True)
class ChosenCluster:
    """A cluster, and what the state of the stack knows about it.

    Attributes:
        session: reaches the cloud too.
        configuration: of the stack; None when the cluster was named without it.
        state: None when it was not read, or could not be.
        note: why it could not be; empty otherwise.
    """

    kube: KubeClient
    session: Session
    configuration: Configuration | None = None
    state: StackState | None = None
    note: str = ""

    def require_same(self, listener: ListenerKey) -> None:
        """Stop when this is another cluster than the one that the stack was made for.

        Raises:
            AnotherCluster: names both.
        """
        for one in self.state.listeners if self.state is not None else ():
            refuse_another_cluster(
                self.kube, one.claim.kube_system_uid, alb_config=listener.alb_config, made_for=one.claim.cluster
            )
            return


@contextmanager
def chosen_cluster(source: ClusterSource) -> Iterator[ChosenCluster]:
    """Reach the cluster.

    Raises:
        OpsError: it is named twice, or not at all.
    """
    if source.kubeconfig is None and source.context is None:
        yield from _of_stack(source.stack)
        return
    if source.stack.stack or source.stack.config_file:
        message = "--context and --kubeconfig name the cluster without the stack; leave out --stack and --config-file"
        raise OpsError(message)
    named = {
        "kubernetes:kubeconfig": None if source.kubeconfig is None else str(source.kubeconfig),
        "kubernetes:context": source.context,
    }
    with closing(Session(named.get)) as session:
        yield ChosenCluster(kube=_as_person(session.kube(None)), session=session)


def _of_stack(source: StackSource) -> Iterator[ChosenCluster]:
    try:
        configuration = read_configuration(source)
    except OpsError as error:
        message = f"{error}; {_BY_HAND}"
        raise OpsError(message) from None
    state, note = None, ""
    try:
        state = read_state(source)
    except EmptyStack:
        pass
    except OpsError as error:
        if configuration.by_cluster_id:
            # The kubeconfig that ACK gave stands in the state alone.
            message = f"{error}; {_BY_HAND}"
            raise OpsError(message) from None
        note = str(error)
    kubeconfigs = [one.claim.kubeconfig for one in state.listeners] if state is not None else []
    with closing(session_of(configuration)) as session:
        kube = session.kube(next(filter(None, kubeconfigs), None))
        yield ChosenCluster(kube=_as_person(kube), session=session, configuration=configuration, state=state, note=note)


def _as_person(kube: KubeClient) -> KubeClient:
    kube.field_manager = PERSON_MANAGER
    return kube
