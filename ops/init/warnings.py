"""What a person should know of the chosen listeners before the stack file is used."""

from collections.abc import Iterator, Sequence

from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.owner_habits import habit_of, keeping, page_of
from alb_mtls.listeners.edition import edition_revert
from alb_mtls.listeners.snapshot import ListenerQuery, ListenerSnapshot
from alb_mtls.listeners.snapshot_taker import SnapshotTaker
from alb_mtls.resources import AlbApi
from alb_mtls.session import Session
from ops.init.candidates import Candidate
from ops.init.draft import Draft


def snapshots_of(
    session: Session, chosen: Sequence[Candidate], *, endpoint: str | None, region: str
) -> tuple[ListenerSnapshot, ...]:
    """Look at the listeners as a preview does."""
    taker, alb = SnapshotTaker(session), AlbApi(endpoint=endpoint, region=region)
    keys = [one.key for one in chosen]
    return tuple(taker.take(ListenerQuery(key=key, alb=alb, protected=keys)) for key in keys)


def taken_by(snapshot: ListenerSnapshot) -> str | None:
    """Return what holds a listener: the id of another deployment, or of the CA that it names; None for nobody."""
    claim = snapshot.readable_claim()
    if claim is not None:
        return claim.deployment
    return next(iter(snapshot.state.identifiers), None) if snapshot.state is not None else None


def warnings_of(draft: Draft, snapshots: Sequence[ListenerSnapshot]) -> tuple[str, ...]:
    """Return one sentence each."""
    found = [*_of_listeners(draft, snapshots), *_of_the_stack(draft)]
    return tuple(dict.fromkeys(found))


def _of_listeners(draft: Draft, snapshots: Sequence[ListenerSnapshot]) -> Iterator[str]:
    for one in snapshots:
        yield from _holders(one.key, one, owner=f"{draft.project}/{draft.stack}")
        yield from (f"{one.key.label}: {keeping(owner)}; {habit_of(owner)}: {page_of(owner)}" for owner in one.owners)
        if one.shared_alb is not None:
            yield one.shared_alb
        if one.albconfig is not None and one.load_balancer is not None:
            revert = edition_revert(one.albconfig, one.load_balancer)
            if revert is not None:
                yield revert.text
        if not one.host_names:
            yield f"{one.key.label} has no host: no Ingress has a rule on it"
        yield from (f"{one.key.label}: {failure}" for failure in one.failures)
        yield from one.not_looked_at


def _holders(key: ListenerKey, snapshot: ListenerSnapshot, *, owner: str) -> Iterator[str]:
    if snapshot.hold is not None:
        yield (
            f"{key.label} is held, so an up writes nothing to it: {snapshot.hold}; when it is over: "
            f"python -m ops resume {key.output_key}"
        )
    claim, state, holder = snapshot.readable_claim(), snapshot.state, taken_by(snapshot)
    if claim is not None and claim.owner == owner:
        yield (
            f"{key.label} is claimed by a stack of this name, deployment {claim.deployment}: if its state is lost, "
            "read docs/how-to/lost-state.md before an up"
        )
    elif claim is not None:
        yield (
            f"{key.label} is claimed by stack {claim.owner}, deployment {claim.deployment}: an up stops, unless "
            f"that stack gives it back (pulumi destroy), or this one takes it with takeOver: {claim.deployment}"
        )
    elif state is not None and state.identifiers:
        requested = "requests client certificates of" if state.ca_enabled else "names"
        yield (
            f"{key.label} {requested} CA {', '.join(state.identifiers)} already: an up stops, unless somebody "
            f"takes it off the listener, or this stack takes its place with takeOver: {holder}"
        )


def _of_the_stack(draft: Draft) -> Iterator[str]:
    if not draft.clients:
        yield "no client is configured yet: add them to clients before enabled becomes true"
    if draft.bypasses and draft.on_bypass == "fail":
        yield (
            "onBypass is fail, so that an up with enabled: true stops while there is a bypass: close it, accept it "
            "until a day (a comment in the file shows how), or set onBypass: warn"
        )
    if draft.proof_host is None:
        yield "the listeners have no host in common, so each is probed with the host of its oldest Ingress"
    if draft.cluster_id is not None:
        yield (
            f"the stack reaches the cluster {draft.cluster_id} through ACK, and what was found is of context "
            f"{draft.context}: see that it is the same cluster"
        )
