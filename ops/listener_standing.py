"""What a listener does now, in one line for people: open to everybody, or enforced, and whether that is desired. Pure.

The ALB API says what it does; the AlbConfig and the state say whose will that is, and the state what was proven.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from alb_mtls.aliyun.alb_models import STOPPED, Listener
from alb_mtls.cluster.field_managers import written_at
from alb_mtls.cluster.hold import hold_keys
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listeners.desired import same_identifiers
from ops.blocks import Level
from ops.current_listeners import CurrentListener
from ops.git_owned import awaited
from ops.moments import moment_of
from ops.proof_standing import in_albconfig, proof_lines, proven_at

_DESIRED: Final = "as desired"


class StandingState(StrEnum):
    """What a listener does; the values stand in `state` of `--json`."""

    OPEN = "open"
    ENFORCED = "enforced"
    ANOTHER_CA = "anotherCa"
    STOPPED = "stopped"
    MISSING = "missing"
    NOT_KNOWN = "notKnown"


@dataclass(frozen=True, kw_only=True)
class ListenerStanding:
    """What a listener does now.

    Attributes:
        headline: for people, without its name and without when it was proven.
        details: a sentence each; none mostly.
        proven_at: when the last proof has shown what the listener is now; None when that proved something else.
        since: when it became so at the latest, as the cluster has it; None when that is not known.
    """

    listener: ListenerKey
    state: StandingState
    level: Level
    headline: str
    details: tuple[str, ...] = ()
    proven_at: datetime | None = None
    since: datetime | None = None

    @property
    def name(self) -> str:
        """How the line begins."""
        return self.listener.short_label

    @property
    def word(self) -> str:
        """The part of the headline that matters most."""
        return re.split("[,;:]| WITH ", self.headline, maxsplit=1)[0]

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` has of it beside what was found."""
        return {
            "state": str(self.state),
            "standing": self.headline,
            "details": list(self.details),
            "since": None if self.since is None else self.since.isoformat(),
            "proofStands": self.proven_at is not None,
        }


def listener_standing(one: CurrentListener, *, configured: bool | None = None) -> ListenerStanding:
    """Return what a listener does now, as far as it is known.

    Args:
        one: the listener.
        configured: `enabled` of the configuration, which the last `up` may not have had; None when it is not known.
    """
    if configured is None or one.deployed.enabled in (None, configured):
        return _standing(one, _DESIRED)
    # An up that failed has put the listener back, or none has run yet.
    stands = _standing(one, "as the last up left it")
    detail = f"the configuration has enabled: {str(configured).lower()}, which no up has made so yet"
    return replace(stands, details=(detail, *stands.details))


def _standing(one: CurrentListener, as_desired: str) -> ListenerStanding:
    on_alb = one.snapshot.on_alb
    if on_alb is None:
        return _not_shown(one)
    if on_alb.status == STOPPED:
        headline = "STOPPED: it serves nobody, until it is started in the ALB console"
        return ListenerStanding(
            listener=one.key,
            state=StandingState.STOPPED,
            level=Level.PROBLEM,
            headline=headline,
            details=proof_lines(one),
        )
    return _enforcing(one, on_alb, as_desired) if on_alb.ca_enabled else _open(one, as_desired)


def is_edited(one: CurrentListener) -> bool:
    """Say whether the AlbConfig is known to have another switch or CA than the last `up` set."""
    stands, desired = in_albconfig(one), one.deployed.desired
    if stands is None or desired is None:
        return False
    return stands.enabled != desired.enabled or not same_identifiers(stands.identifiers, [desired.ca_identifier])


def _not_shown(one: CurrentListener) -> ListenerStanding:
    if one.snapshot.load_balancer is not None:
        headline = "NOT THERE: the ALB has no such listener"
        return ListenerStanding(
            listener=one.key,
            state=StandingState.MISSING,
            level=Level.PROBLEM,
            headline=headline,
            details=proof_lines(one),
        )
    stands = in_albconfig(one)
    details = [f"the AlbConfig says: {stands}; whether the ALB follows is not known"] if stands is not None else []
    return ListenerStanding(
        listener=one.key,
        state=StandingState.NOT_KNOWN,
        level=Level.UNKNOWN,
        headline="not known",
        details=tuple(details),
    )


def _open(one: CurrentListener, as_desired: str) -> ListenerStanding:
    enabled, hold, since = one.deployed.enabled, one.snapshot.hold, _opened_at(one)
    level, what = Level.PROBLEM, f"not {as_desired}"
    if hold is not None:
        what = f"held ({hold})"
    elif enabled is None:
        level, what = Level.WARNING, "no up has finished yet"
    elif enabled and awaited(one) is not None:
        what = "Git is awaited (write: none)"
    elif not enabled:
        level, what = Level.WARNING, f"{as_desired} (enabled: false)"
    details = []
    if hold is None and enabled and (stands := in_albconfig(one)) is not None and stands.enabled:
        details.append("the AlbConfig requests client certificates, and the ALB does not")
    return ListenerStanding(
        listener=one.key,
        state=StandingState.OPEN,
        level=level,
        headline=f"OPEN TO EVERYBODY, {what}",
        details=(*details, *proof_lines(one)),
        proven_at=proven_at(one),
        since=since,
    )


def _enforcing(one: CurrentListener, on_alb: Listener, as_desired: str) -> ListenerStanding:
    enabled, ours = one.deployed.enabled, one.deployed.ca_identifier
    state, level, headline = StandingState.ENFORCED, Level.FINE, "enforced"
    details = []
    is_known = any(same_identifiers(on_alb.ca_identifiers, [known]) for known in one.deployed.known_ca_identifiers)
    if enabled is None and (is_known or on_alb.hides_ca):
        level, headline = Level.WARNING, "enforced; no up has finished yet"
    elif _keeps_former(one, on_alb):
        level = Level.WARNING
        headline = f"enforced with CA {', '.join(on_alb.ca_identifiers)} still; Git is awaited with {ours}"
    elif not on_alb.hides_ca and not (ours and same_identifiers(on_alb.ca_identifiers, [ours])):
        state, level = StandingState.ANOTHER_CA, Level.PROBLEM
        others = ", ".join(on_alb.ca_identifiers) or "none"
        than = "of this stack than the last up set" if is_known else "than this stack's"
        headline = f"ENFORCED WITH ANOTHER CA {than}: {others}"
    elif not enabled:
        level, headline = Level.PROBLEM, f"ENFORCED, not {as_desired} (enabled: false)"
    else:
        stands = in_albconfig(one)
        if stands is not None and not stands.enabled:
            level, headline = Level.PROBLEM, "enforced still, though the AlbConfig says caEnabled: false"
        elif stands is not None and not same_identifiers(stands.identifiers, [ours or ""]):
            names = "another CA" if stands.identifiers else "no CA"
            level, headline = Level.PROBLEM, f"enforced still, though the AlbConfig names {names}"
        elif on_alb.hides_ca:
            details.append("the ALB API does not name its CA; `python -m ops verify` shows it by handshakes")
    if one.snapshot.hold is not None:
        headline += f"; held ({one.snapshot.hold})"
    return ListenerStanding(
        listener=one.key,
        state=state,
        level=level,
        headline=headline,
        details=(*details, *proof_lines(one)),
        proven_at=proven_at(one),
    )


def _keeps_former(one: CurrentListener, on_alb: Listener) -> bool:
    """Say whether it checks clients with the CA that Git had before, until Git brings the next."""
    switch = one.deployed.switch
    return (
        awaited(one) is not None
        and bool(one.deployed.enabled)
        and switch is not None
        and switch.was_enabled
        and same_identifiers(on_alb.ca_identifiers, [switch.applied_ca_identifier])
        and not same_identifiers(on_alb.ca_identifiers, [one.deployed.ca_identifier or ""])
    )


def _opened_at(one: CurrentListener) -> datetime | None:
    """Return since when it is open at the latest, where the cluster says so: by a hold, or by an edit."""
    albconfig, stands = one.snapshot.albconfig, in_albconfig(one)
    if albconfig is None or stands is None or stands.enabled:
        return None
    holds = hold_keys(albconfig, one.key)
    if not holds:
        return moment_of(written_at(albconfig)) if one.deployed.enabled else None
    # It may have been opened later than it was held, by somebody else.
    edited = [written_at(albconfig), written_at(albconfig, "metadata", "annotations", holds[0])]
    return max((moment for text in edited if (moment := moment_of(text)) is not None), default=None)
