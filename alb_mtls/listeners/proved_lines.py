"""What an `up` says at its end: what was proven of each listener, or why nothing was. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from alb_mtls.cluster.listener import ListenerState
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listener_resources import ProofMode, ProofShown
from alb_mtls.listing import listing

_MOST_LINES = 20
_LEFT = "this up has left it as it is, as --target does"


@dataclass(frozen=True, kw_only=True)
class ProvedListener:
    """What the state knows of a listener after an `up`.

    Attributes:
        enabled: whether it requests client certificates.
        ca_identifier: of the CA that it checks them with.
        mode: of its proof.
        proven: whether handshakes have shown all that can be shown.
        at: since when, ISO 8601; None without a proof.
        note: what was not shown, and why.
        shown: how far the proof reaches; None without one.
        since: when this `up` began; aware.
        awaiting: who has yet to bring what is to be proven; `note` says what. None where nobody is awaited.
        left: what stands there, where this `up` neither found nor made it what is configured.
    """

    key: ListenerKey
    enabled: bool
    ca_identifier: str
    mode: ProofMode
    proven: bool
    at: str | None
    note: str
    shown: ProofShown | None
    since: datetime
    awaiting: str | None = None
    left: ListenerState | None = None

    @property
    def text(self) -> str:
        """Its state, as the end of a line that begins with its name."""
        if self.awaiting is not None:
            return self.note
        if self.left is not None:
            return f"{standing(self.left)}; {_LEFT}"
        why = why_not_proven(self.mode, proven=self.proven, note=self.note)
        if why:
            state = f"requests client certificates of CA {self.ca_identifier}" if self.enabled else "off"
            return f"{state}; not proven: {why}"
        if self.is_of_this_up and self.shown is not None:
            return ", ".join(("enforced" if self.enabled else "off", *extent_of(self.shown)))
        state = f"enforced with CA {self.ca_identifier}" if self.enabled else "off"
        at = "" if self.at is None else f" on {datetime.fromisoformat(self.at).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return f"{state}; nothing changed, proven{at}"

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts (docs/reference/report.md)."""
        shown = self.shown
        not_proven = (
            why_not_proven(self.mode, proven=self.proven, note=self.note) if self.awaiting is None else self.note
        )
        return {
            "proven": not not_proven and self.left is None,
            "inThisRun": self.is_of_this_up,
            "at": self.at,
            "notProven": not_proven if self.left is None else _LEFT,
            "connections": None if shown is None else shown.connections,
            "bound": None if shown is None else shown.bound,
            "addressesAsked": [] if shown is None else list(shown.addresses_asked),
            "addressesKnown": [] if shown is None else list(shown.addresses_known),
            "notTried": [] if shown is None else list(shown.not_tried),
            "answers": [] if shown is None else list(shown.answers),
        }

    @property
    def is_of_this_up(self) -> bool:
        """Whether it was proven in this `up`, not in an earlier one."""
        return self.at is not None and datetime.fromisoformat(self.at) >= self.since.replace(microsecond=0)


def standing(state: ListenerState) -> str:
    """Return what a listener does as it stands, as a part of a line."""
    cas = ", ".join(state.identifiers) or "none"
    if state.ca_enabled:
        return f"enforced with CA {cas}"
    return f"off, so clients without a certificate are accepted; CA {cas} stays"


def why_not_proven(mode: ProofMode, *, proven: bool, note: str) -> str:
    """Return why nothing is proven of a listener; empty when something is.

    Args:
        mode: of its proof.
        proven: whether all was shown that can be shown, in this `up` or an earlier one.
        note: what was not, and why.
    """
    if mode != "required":
        # What an earlier up has proven was not looked at again: the ALB may have been changed in its console since.
        return f"proof.mode is {mode}"
    if proven:
        return ""
    # How things are proven is no change of a listener, so nothing is proven because proof.mode became required.
    return note or "no up has proven it since it was last changed; python -m ops verify proves it now"


def proved_lines(listeners: Iterable[ProvedListener]) -> list[str]:
    """Return a line for each listener; those of which the same is to be said share one."""
    alike: dict[str, list[str]] = {}
    for one in sorted(listeners, key=lambda each: each.key.place):
        alike.setdefault(one.text, []).append(one.key.short_label)
    lines = [f"{listing(names)}: {text}" for text, names in alike.items()]
    rest = len(lines) - _MOST_LINES
    return lines if rest <= 0 else [*lines[:_MOST_LINES], f"and {rest} more lines: pulumi stack output listeners"]


def extent_of(shown: ProofShown) -> tuple[str, ...]:
    """Return addresses, connections and what they have shown, as parts of a sentence."""
    addresses = len(shown.addresses_asked)
    connections = f"{addresses * shown.connections:,} connections"
    where = f"{addresses} {'address' if addresses == 1 else 'addresses'}"
    return (where, connections, *shown.answers)
