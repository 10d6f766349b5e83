"""What no state knows: claims and repositories that a lost state, or another deployment, has left behind.

Nothing here is deleted. Another deployment of the same name may be alive, so that a person decides
(docs/how-to/lost-state.md).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from alb_mtls.aliyun.cas_models import Repository
from alb_mtls.cluster.claim import FoundClaim, claims_in
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import AlbConfig, state_of_fields
from alb_mtls.configuration.targets import repository_stem
from alb_mtls.listeners.guarded_delete import uses_of
from alb_mtls.listeners.owned_in_cas import unknown_repositories
from alb_mtls.listeners.repository_names import stem_of
from alb_mtls.session import Session
from ops.configuration import Configuration
from ops.doctor.diagnosis import Line, fine, note, problem, tried
from ops.state import StackState

_PAGE = "docs/how-to/lost-state.md"


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of the stack whose traces are looked for.

    Attributes:
        project: name of the project.
        stack: name of the stack; None when not even that is known.
        state: None when nothing was deployed, or it cannot be read.
    """

    project: str
    stack: str | None
    state: StackState | None

    @property
    def owners(self) -> set[str]:
        """What claims of stacks of this name say: `<project>/<stack>`."""
        return set() if self.stack is None else {f"{self.project}/{self.stack}"}

    @property
    def deployment(self) -> str | None:
        """The id in the state."""
        return None if self.state is None else self.state.deployment

    @property
    def repository(self) -> str | None:
        """The repository in the state."""
        return None if self.state is None or self.state.repository is None else self.state.repository.name

    @property
    def stems(self) -> set[str]:
        """What the names of the stack's own repositories begin with; a renamed stack keeps the one of before."""
        stems = {repository_stem(*owner.split("/", 1)) for owner in self.owners}
        if self.state is not None and self.state.repository is not None and self.state.repository.owned:
            stems.add(stem_of(self.state.repository.name))
        return stems


def examine_claims(kube: KubeClient, known: Known, configuration: Configuration) -> Iterator[Line]:
    """Look for claims of this stack's name, and on its listeners, that its state does not know."""

    def examine() -> Iterator[Line]:
        found = [one for albconfig in kube.albconfigs() for one in claims_in(albconfig)]
        lines = [line for one in found for line in _claim_lines(one, known, configuration)]
        yield from lines or [fine("claims", "every claim on the listeners of this stack is the one in its state")]

    yield from tried("claims", examine)


def _claim_lines(found: FoundClaim, known: Known, configuration: Configuration) -> Iterator[Line]:
    is_configured, claim = found.label in {one.label for one in configuration.listeners}, found.claim
    if claim is None:
        if is_configured:
            remedy = f"correct the annotation {found.annotation}, or use the version of this program that wrote it"
            yield problem("claims", f"{found.label}: its claim cannot be read", remedy)
        return
    in_state = {one.key.label for one in known.state.listeners} if known.state is not None else set()
    if claim.deployment == known.deployment and found.label in in_state:
        return
    if not is_configured and claim.deployment != known.deployment and claim.owner not in known.owners:
        return
    if found.is_copy:
        text = f"{found.label}: the claim on it came with a copy of another AlbConfig, and holds nothing"
        yield note("claims", text, "remove it: python -m ops release")
        return
    identifiers = ", ".join(state_of_fields(claim.written).identifiers) or "none"
    text = (
        f"{found.label}: claimed by stack {claim.owner}, deployment {claim.deployment}, which this "
        f"state does not know; CA {identifiers}, CAS repository {claim.repository or 'none'}"
    )
    way_out = f"restore that state, take the listener over with takeOver: {claim.deployment}, or release it"
    if is_configured and claim.deployment != known.deployment:
        yield problem("claims", text, f"{way_out}: {_PAGE}")
    else:
        yield note("claims", text, f"{way_out}: {_PAGE}")


def examine_repositories(
    known: Known, configuration: Configuration, session: Session, albconfigs: Callable[[], list[AlbConfig]]
) -> Iterator[Line]:
    """Look for repositories that stacks of this name have drawn and that this state does not know.

    Args:
        known: of the stack.
        configuration: says where CAS and the ALB API are.
        session: reaches them.
        albconfigs: gives all of the cluster; none when that does not answer.
    """

    def examine() -> Iterator[Line]:
        endpoint = configuration.cas_endpoint
        if endpoint is None or not known.stems:
            return
        cas = session.cas(endpoint)
        for repository, identifiers in unknown_repositories(cas, stems=known.stems, known=known.repository).items():
            yield _repository_line(repository, identifiers, configuration, session, albconfigs())

    yield from tried("CAS", examine)


def _repository_line(
    repository: Repository,
    identifiers: list[str],
    configuration: Configuration,
    session: Session,
    albconfigs: list[AlbConfig],
) -> Line:
    alb = session.alb(configuration.alb.endpoint, configuration.alb.region)
    used = {one: uses_of(albconfigs, one, alb) for one in identifiers}
    claimed = {
        one.label
        for albconfig in albconfigs
        for one in claims_in(albconfig)
        if one.claim is not None and one.claim.repository == repository.name
    }
    held = [f"CA {one} bound to {', '.join(by)}" if by else f"CA {one}, bound to nothing" for one, by in used.items()]
    text = f"repository {repository.name} is of this stack's name and not in its state: {'; '.join(held) or 'empty'}"
    if claimed:
        text = f"{text}; claims name it: {', '.join(sorted(claimed))}"
    if claimed or any(used.values()):
        return note("CAS", text, f"something uses it: restore its state, or take the listener over: {_PAGE}")
    return note("CAS", text, f"delete it in CAS when no other deployment of this name is alive: {_PAGE}")
