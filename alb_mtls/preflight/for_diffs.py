"""What the program reads for the diffs of its run, beside what it judges itself.

Nothing is said of what does not answer: the provider reads it again then, and says that.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final

from alb_mtls.aliyun.alb_models import Listener
from alb_mtls.aliyun.cas import CasClient, Repository
from alb_mtls.aliyun.endpoints import EndpointError
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.program_look import CasLook, ProgramLook, judged_part
from alb_mtls.listeners.reads import Reads
from alb_mtls.listeners.repository_names import is_own_name
from alb_mtls.listeners.snapshot import ListenerSnapshot
from alb_mtls.session import Session

_CLUSTER: Final = "cluster"
_CAS: Final = "cas"


class ForDiffs:
    """Reads it."""

    def __init__(self, settings: Settings, session: Session, kubeconfig: str | None, reads: Reads) -> None:
        """Take what it works with.

        Args:
            settings: of the stack.
            session: reaches cluster and cloud.
            kubeconfig: content, when the cluster is named by id; None leaves it to configuration and KUBECONFIG.
            reads: that are shared with whoever else looks.
        """
        self._settings = settings
        self._session = session
        # A provider that must look itself has all patience.
        self._at_once = session.tried_once()
        self._kubeconfig = kubeconfig
        self._reads = reads

    def begin(self, snapshots: Sequence[ListenerSnapshot]) -> None:
        """Begin to read, beside whatever else is done before `look`."""
        for name, read in self._wanted(_of_this_program(snapshots)).items():
            self._reads.begin((ForDiffs, name), read)

    def look(self, snapshots: Sequence[ListenerSnapshot]) -> ProgramLook | None:
        """Return what was found; None while no listener has anything of a stack, when there is nothing to compare."""
        ours = _of_this_program(snapshots)
        if not ours:
            return None
        found = {name: self._reads.get((ForDiffs, name), read) for name, read in self._wanted(ours).items()}
        return ProgramLook(
            began=self._reads.began,
            kube_system_uid=found.pop(_CLUSTER),
            cas=found.pop(_CAS),
            albconfigs={one.key.alb_config: judged_part(one.albconfig) for one in ours if one.albconfig is not None},
            listeners={key: listener for key, listener in found.items() if listener is not None},
        )

    def _wanted(self, ours: list[ListenerSnapshot]) -> dict[str, Callable[[], Any]]:
        if not ours:
            return {}
        shown = [] if self._settings.proof.mode == "off" else ours
        return {
            _CLUSTER: self._kube_system_uid,
            _CAS: partial(self._cas, ours),
            **{one.key.output_key: partial(self._on_alb, one) for one in shown},
        }

    def _kube_system_uid(self) -> str | None:
        try:
            return self._session.kube(self._kubeconfig).kube_system_uid()
        except ClusterError:
            return None

    def _on_alb(self, snapshot: ListenerSnapshot) -> Listener | None:
        key, alb = snapshot.key, self._settings.alb
        for one in snapshot.alb_listeners:
            if (one.port, one.protocol) == (key.port, key.protocol):
                if isinstance(one, Listener):
                    # Of a reused ALB, which is read whole.
                    return one
                try:
                    return self._at_once.alb(alb.endpoint, alb.region).details(one)
                except (CloudError, EndpointError):
                    return None
        return None

    def _cas(self, snapshots: Sequence[ListenerSnapshot]) -> CasLook | None:
        endpoint = self._settings.cas.endpoint
        if not endpoint or all(one.source == "purchased" for one in self._settings.root_cas):
            return None
        bound = {one for each in snapshots if each.state is not None for one in each.state.identifiers}
        try:
            cas = self._at_once.cas(endpoint)
            found = {one: cas.certificates_in(one) for one in self._repositories(cas, snapshots)}
            listed = {one.identifier for content in found.values() for one in content}
            # Of a repository that others may use too, only what the listeners name.
            described = map(cas.describe, sorted(listed if self._settings.cas.repository_owned else listed & bound))
            certificates = {one.identifier: one.pem for one in described if one is not None}
        except (CloudError, EndpointError):
            return None
        content = ((one.name, {each.identifier: each.serial for each in inside}) for one, inside in found.items())
        return CasLook(endpoint=endpoint, repositories=tuple(content), certificates=certificates)

    def _repositories(self, cas: CasClient, snapshots: Sequence[ListenerSnapshot]) -> Iterator[Repository]:
        """Yield what may be the repository of the stack: which it is, only the state knows."""
        settings = self._settings.cas
        claims = filter(None, (one.readable_claim() for one in snapshots))
        claimed = {claim.repository for claim in claims if claim.repository is not None}
        named = claimed if settings.repository_owned else {settings.repository}
        for name in sorted(named):
            yield from cas.repositories(name)
        if not named:
            yield from (one for one in cas.repositories() if is_own_name(one.name, settings.repository))


def _of_this_program(snapshots: Sequence[ListenerSnapshot]) -> list[ListenerSnapshot]:
    return [one for one in snapshots if one.state is not None and (one.state.identifiers or one.readable_claim())]
