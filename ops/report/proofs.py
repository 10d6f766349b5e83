"""The proof of a listener as a table: who was probed with how, what came back, and how much that shows. Pure."""

import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from alb_mtls.handshake.checks import Check, Proof
from alb_mtls.listener_resources import ProofShown
from alb_mtls.listing import listing
from ops.current_listeners import CurrentListener
from ops.listener_standing import ListenerStanding, ago, clock
from ops.report.verdicts import Verdict
from ops.verify import Verified

_YES_OR_NO: Final = {True: "yes", False: "NO"}
_ALL, _NONE = "all accepted ", "none accepted "


@dataclass(frozen=True, kw_only=True, order=True)
class ProofRow:
    """One kind of client on the ways that answered it alike."""

    client: str
    way: str
    must_be: str
    came_back: str
    requests: str
    right: bool

    def to_json(self) -> dict[str, Any]:
        """Return it for the page and for scripts."""
        return {
            "client": self.client,
            "way": self.way,
            "mustBe": self.must_be,
            "cameBack": self.came_back,
            "requests": self.requests,
            "asItMust": _YES_OR_NO[self.right],
        }


def proof_of(
    one: CurrentListener, standing: ListenerStanding, verdict: Verdict, verified: Verified | None, now: datetime
) -> dict[str, Any]:
    """Return what is known of the proof of a listener; `rows` is empty where none shows what it is now.

    Args:
        one: the listener.
        standing: with what the last proof was of, where it shows something else.
        verdict: on it.
        verified: of a proof that was made for this report; None where none was.
        now: aware.
    """
    if verified is not None and verified.proof is not None:
        return _proven_now(verified, verified.proof, now)
    shown = None if one.deployed.switch is None else one.deployed.switch.proof_shown
    if verdict.proven_at is None or shown is None:
        return _without(standing, verified)
    note = "" if one.deployed.switch is None else one.deployed.switch.proof_note
    return {
        **_reach(shown.connections, shown.bound, shown.addresses_asked, shown.addresses_known),
        "at": verdict.proven_at.isoformat(),
        "when": f"{clock(verdict.proven_at)}, {ago(verdict.proven_at, now)}",
        "source": "the last pulumi up, from the machine that ran it",
        "probeClient": "made for the proof, and not kept",
        "rows": [row.to_json() for row in _kept(shown)],
        "notTried": list(shown.not_tried),
        "note": note,
        "why": "",
    }


def _without(standing: ListenerStanding, verified: Verified | None) -> dict[str, Any]:
    why = " ".join(f"{one}." for one in (verified.unknown if verified is not None else standing.details))
    return {
        **_reach(0, 0.0, (), ()),
        "at": None,
        "when": "none that shows what the listener is now",
        "source": "",
        "probeClient": "",
        "rows": [],
        "notTried": [],
        "note": "",
        "why": why,
    }


def _proven_now(verified: Verified, proof: Proof, now: datetime) -> dict[str, Any]:
    return {
        **_reach(proof.connections, proof.bound, proof.addresses_asked, proof.addresses_known),
        "at": proof.at.isoformat(),
        "when": f"{clock(proof.at)}, {ago(proof.at, max(now, proof.at))}",
        "source": f"this report, from the machine {platform.node() or 'that made it'}",
        "probeClient": verified.probed_as,
        "rows": [row.to_json() for row in _checked(proof.checks)],
        "notTried": list(proof.not_tried),
        "note": proof.note,
        "why": "",
    }


def _reach(connections: int, bound: float, probed: Sequence[str], known: Sequence[str]) -> dict[str, Any]:
    return {
        "connections": connections,
        "connectionsText": f"{connections:,} to each address" if connections else "none were counted",
        "bound": bound,
        "boundText": _in_words(connections, bound),
        "addressesProbed": list(probed),
        "addressesKnown": list(known),
        "addressesText": _addresses(probed, known),
    }


def _in_words(connections: int, bound: float) -> str:
    if not connections:
        return ""
    return (
        f"A load balancer is many machines, and each connection meets one of them. If more than {bound:.1%} of the "
        f"machines that connections from there are spread over still answered wrongly, {connections:,} right answers "
        "in a row would come about by chance in fewer than 1 of 20 cases."
    )


def _addresses(probed: Sequence[str], known: Sequence[str]) -> str:
    if not probed:
        return "none"
    missing = [address for address in known if address not in probed]
    if not known:
        return f"{listing(probed)}; how many the ALB has is not known"
    rest = f"; not probed: {listing(missing)}" if missing else ""
    return f"{len(known) - len(missing)} of {len(known)}: {listing(probed)}{rest}"


def _kept(shown: ProofShown) -> Iterator[ProofRow]:
    """Yield what the state keeps of a proof: the clients whose answer the change turns, counted."""
    for answer in shown.answers or ("",):
        all_of_them = answer.startswith(_ALL)
        yield ProofRow(
            client=answer.removeprefix(_ALL).removeprefix(_NONE) or "not kept in a state of this age",
            way="fresh connections in a row",
            must_be="accepted" if all_of_them else "rejected",
            came_back=answer or "as it must be",
            requests=f"{shown.connections:,} to each address",
            right=True,
        )


def _checked(checks: Iterable[Check]) -> Iterator[ProofRow]:
    """Yield a row for each client and answer, with all the ways on which it came."""
    found: dict[tuple[str, str, str, bool], list[Check]] = {}
    for check in checks:
        key = (str(check.client), str(check.expected), check.result.summary, check.passed)
        found.setdefault(key, []).append(check)
    # What is not as it must be comes first.
    for (client, must_be, came_back, right), some in sorted(found.items(), key=lambda one: one[0][3]):
        versions = sorted({f"TLS {check.route.tls}" for check in some})
        https = sorted({f"HTTP/{check.route.http}" for check in some})
        ways = sorted({check.route.way.name for check in some if check.route.way.name})
        yield ProofRow(
            client=client,
            way=", ".join([*versions, *https, *ways]),
            must_be=must_be,
            came_back=came_back,
            requests=f"{len(some):,}",
            right=right,
        )
