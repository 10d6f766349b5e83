"""The proof of a listener as a table: who was probed with how, what came back, and how much that shows. Pure."""

import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from alb_mtls.handshake.checks import Check, Client, Proof
from alb_mtls.listing import listing
from ops.current_listeners import CurrentListener
from ops.listener_standing import ListenerStanding
from ops.moments import ago, clock
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


@dataclass(frozen=True, kw_only=True)
class ListenerProof:
    """The proof of one listener.

    Attributes:
        at: when; None where none shows what the listener is now. Then `why` may say why, and nothing else is there.
        when: for people.
        source: who proved it, from where.
        probe_client: where the client comes from that must be accepted.
        probed: addresses, `host:port` of each.
        known: addresses of the ALB; empty when nobody could look them up.
        note: what was not shown.
    """

    listener: str
    at: datetime | None = None
    when: str = "none that shows what the listener is now"
    source: str = ""
    probe_client: str = ""
    connections: int = 0
    bound: float = 0.0
    probed: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    rows: tuple[ProofRow, ...] = ()
    not_tried: tuple[str, ...] = ()
    note: str = ""
    why: str = ""

    @property
    def shown(self) -> tuple[Any, ...]:
        """What listeners have in common that one table shows."""
        is_there = self.at is not None
        return is_there, self.source, self.probe_client, self.connections, self.bound, self.rows, self.note, self.why


def proof_of(
    one: CurrentListener, standing: ListenerStanding, verdict: Verdict, verified: Verified | None, now: datetime
) -> ListenerProof:
    """Return what is known of the proof of a listener.

    Args:
        one: the listener.
        standing: with what the last proof was of, where it shows something else.
        verdict: on it.
        verified: of a proof that was made for this report; None where none was.
        now: aware.
    """
    name = one.key.short_label
    if verified is not None and verified.proof is not None:
        return _proven_now(name, verified, verified.proof)
    switch = one.deployed.switch
    if verdict.proven_at is None or switch is None or switch.proof_shown is None:
        why = verified.unknown if verified is not None else standing.details
        return ListenerProof(listener=name, why=" ".join(f"{each[:1].upper()}{each[1:]}." for each in why))
    shown = switch.proof_shown
    return ListenerProof(
        listener=name,
        at=verdict.proven_at,
        when=f"{clock(verdict.proven_at)}, {ago(verdict.proven_at, now)}",
        source="the last `pulumi up`, from the machine that ran it",
        probe_client="signed for the proof, or that of proof.client; the state keeps neither",
        connections=shown.connections,
        bound=shown.bound,
        probed=shown.addresses_asked,
        known=shown.addresses_known,
        rows=tuple(_counted(shown.answers or ("",), shown.connections)),
        not_tried=shown.not_tried,
        note=switch.proof_note,
    )


def _proven_now(name: str, verified: Verified, proof: Proof) -> ListenerProof:
    return ListenerProof(
        listener=name,
        at=proof.at,
        when=f"{clock(proof.at)}, for this report",
        source=f"this report, from the machine {platform.node() or 'that made it'}",
        probe_client=verified.probed_as,
        connections=proof.connections,
        bound=proof.bound,
        probed=tuple(proof.addresses_asked),
        known=tuple(proof.addresses_known),
        rows=(*_checked(proof.checks), *_counted(proof.answers, proof.connections)),
        not_tried=tuple(proof.not_tried),
        note=proof.note,
    )


def proofs_to_json(proofs: Iterable[ListenerProof]) -> list[dict[str, Any]]:
    """Return proofs for the page and for scripts: those that have shown the same as one, for all their listeners."""
    alike: dict[tuple[Any, ...], list[ListenerProof]] = {}
    for proof in proofs:
        alike.setdefault(proof.shown, []).append(proof)
    return [_alike(some) for some in alike.values()]


def _alike(some: Sequence[ListenerProof]) -> dict[str, Any]:
    first = some[0]
    return {
        "of": listing([one.listener for one in some]),
        "isThere": first.at is not None,
        "source": first.source,
        "probeClient": first.probe_client,
        "connections": first.connections,
        "connectionsText": f"{first.connections:,} to each address" if first.connections else "none were counted",
        "bound": first.bound,
        "boundText": _in_words(first.connections, first.bound),
        "rows": [row.to_json() for row in first.rows],
        "note": first.note,
        "why": first.why,
        "notTried": list(_not_tried(some)),
        "each": [
            {
                "listener": one.listener,
                "at": None if one.at is None else one.at.isoformat(timespec="seconds"),
                "when": one.when,
                "addressesProbed": list(one.probed),
                "addressesKnown": list(one.known),
                "addressesText": _addresses(one.probed, one.known),
            }
            for one in some
        ],
    }


def _not_tried(some: Sequence[ListenerProof]) -> Iterator[str]:
    """Yield what was not tried, and of which listeners where that is not all of them."""
    of: dict[str, list[str]] = {}
    for one in some:
        for each in one.not_tried:
            of.setdefault(each, []).append(one.listener)
    for each, names in of.items():
        yield each if len(names) == len(some) else f"{listing(names)}: {each}"


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


def _counted(answers: Iterable[str], connections: int) -> Iterator[ProofRow]:
    """Yield the connections in a row: the clients whose answer the change turns. The state keeps these alone."""
    for answer in answers:
        all_of_them = answer.startswith(_ALL)
        yield ProofRow(
            client=answer.removeprefix(_ALL).removeprefix(_NONE) or "not kept in a state of this age",
            way="fresh connections in a row",
            must_be="accepted" if all_of_them else "rejected",
            came_back=answer or "as it must be",
            requests=f"{connections:,} to each address",
            right=True,
        )


def _checked(checks: Iterable[Check]) -> Iterator[ProofRow]:
    """Yield a row for each client and answer, with all the ways on which it came."""
    found: dict[tuple[str, str, str, bool], list[Check]] = {}
    for check in checks:
        key = (str(check.client), str(check.expected), check.result.summary, check.passed)
        found.setdefault(key, []).append(check)
    # What is not as it must be comes first.
    order = [str(client) for client in Client]
    for (client, must_be, came_back, right), some in sorted(
        found.items(), key=lambda one: (one[0][3], order.index(one[0][0]), one[0][1:3])
    ):
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
