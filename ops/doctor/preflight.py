"""The preflight of an `up`, run to its end: each problem is a line in the words with which the `up` would stop."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from alb_mtls.cluster.acceptance import sort_out
from alb_mtls.cluster.claim_errors import MalformedClaim, NewerClaim
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.grouping import grouped
from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.drift import stopped_at
from alb_mtls.listeners.other_deployments import held_by_others
from alb_mtls.listeners.situation import situation_at
from alb_mtls.listeners.snapshot import ListenerSnapshot
from alb_mtls.preflight.bypasses import findings_of, refuse_bypasses, undone_by_owners
from alb_mtls.preflight.found import found_on
from alb_mtls.preflight.preflight import Examined, examining_preflight
from alb_mtls.preflight.root_cas import refused_root_cas
from alb_mtls.preflight.stopping import Stopped
from alb_mtls.resources import ListenerFound
from alb_mtls.session import Session
from ops.doctor.diagnosis import Line, fine, note, once, problem, stopping, unknown
from ops.state import StackState

TOPIC = "preflight"
_BYPASSES = "bypasses"
_OWNERS = "AlbConfig"


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What it found.

    Attributes:
        snapshots: of the listeners, in order.
        lines: about them.
    """

    snapshots: tuple[ListenerSnapshot, ...]
    lines: tuple[Line, ...]


def run_preflight(
    settings: Settings,
    session: Session,
    kubeconfig: str | None,
    *,
    state: StackState | None,
    knows_state: bool,
    now: datetime,
) -> Preflight:
    """Look at every listener as an `up` does before it touches anything, without stopping at a problem.

    Args:
        settings: of the stack.
        session: reaches cluster and cloud.
        kubeconfig: content, when the cluster is named by id.
        state: of the stack; None before its first `up`.
        knows_state: False when the state could not be read: then nobody knows which claims are its own.
        now: aware, in UTC.
    """
    examined = examining_preflight(settings, session, kubeconfig)
    lines = [stopping(TOPIC, one) for one in examined.problems]
    lines += [note(TOPIC, one) for one in examined.warnings]
    if knows_state:
        deployment = None if state is None else state.deployment
        if state is not None:
            lines += [stopping(TOPIC, one) for one in refused_root_cas(settings, state.root_cas, state.numbers)]
            lines += [stopping(TOPIC, one) for one in _stopped_by_edits(settings, examined.snapshots, state)]
        lines += [stopping(TOPIC, str(error)) for error in held_by_others(_found(settings, examined), deployment)]
    else:
        lines.append(unknown(TOPIC, "whether the claims on the listeners are this stack's own, only its state says"))
    if not any(line.stops_up for line in lines):
        lines.append(fine(TOPIC, "what an up looks at before it touches anything is in order"))
    lines += _about_findings(settings, examined.snapshots, now)
    return Preflight(snapshots=examined.snapshots, lines=tuple(once(lines)))


def _found(settings: Settings, examined: Examined) -> Iterator[ListenerFound]:
    for listener, snapshot in zip(settings.listeners, examined.snapshots, strict=True):
        # That a claim cannot be read is a problem already.
        with suppress(MalformedClaim, NewerClaim):
            yield found_on(settings, listener, snapshot)


def _stopped_by_edits(settings: Settings, snapshots: Sequence[ListenerSnapshot], state: StackState) -> Iterator[str]:
    """Yield what somebody has made of a listener of the stack, and an `up` undoes only when it is told so."""
    deployed = {one.key: one.switch for one in state.listeners}
    for index, (listener, snapshot) in enumerate(zip(settings.listeners, snapshots, strict=True)):
        last = deployed.get(listener.key)
        if last is None or snapshot.albconfig is None:
            continue
        # Which CA comes next stops nothing.
        inputs = replace(
            last, enabled=settings.enabled, take_over=listener.take_over, identity_headers=listener.identity_headers
        )
        stopped: ClusterError | None
        try:
            stopped = stopped_at(inputs, last, snapshot.albconfig, situation_at(inputs, last, snapshot.albconfig)[1])
        except ClusterError as error:
            stopped = error
        if stopped is not None:
            yield f"listeners[{index}]: {stopped}"


def _about_findings(settings: Settings, snapshots: Sequence[ListenerSnapshot], now: datetime) -> Iterator[Line]:
    counting, accepted = sort_out(findings_of(settings, snapshots, now), settings.accepted, now)
    undone, of_owners = sort_out(undone_by_owners(settings, snapshots), settings.accepted, now)
    yield from (note(_BYPASSES, one.text) for one in accepted)
    yield from (note(_OWNERS, one.text) for one in of_owners)
    for group in grouped(undone):
        yield problem(_OWNERS, f"{group.found} ({group.code})", group.remedy)
    try:
        refuse_bypasses(settings, counting)
    except Stopped as stopped:
        for one in stopped.lines[1:]:
            found = f"onBypass is fail, and this was found: {one.strip()}"
            yield stopping(_BYPASSES, found, "close it, accept it until a day (`accept`), or set onBypass: warn")
        return
    for group in grouped(counting):
        yield note(_BYPASSES, f"{group.found} ({group.code})", group.remedy)
