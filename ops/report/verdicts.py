"""What a report says first: of each listener in a few words whether it enforces, and of all in one sentence. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from alb_mtls.cluster.findings import BYPASSES
from ops.blocks import Level
from ops.current_listeners import CurrentListener
from ops.findings import OF_A_LISTENER
from ops.git_owned import awaited
from ops.listener_standing import ListenerStanding, StandingState
from ops.report.looking import Looked
from ops.verify import Verified


class Word(StrEnum):
    """The state of a listener, the worst first; `verdict` of `--json` has it."""

    NOT_ENFORCED = "not enforced"
    ANOTHER_CA = "enforced with another CA"
    MISSING = "not there"
    STOPPED = "stopped"
    NOT_KNOWN = "not known"
    AWAITING = "awaiting Git"
    UNPROVEN = "enforced, not proven"
    OFF = "off"
    PROVEN = "enforced and proven"


_OF_STATE: Final = {
    StandingState.ANOTHER_CA: Word.ANOTHER_CA,
    StandingState.STOPPED: Word.STOPPED,
    StandingState.MISSING: Word.MISSING,
    StandingState.NOT_KNOWN: Word.NOT_KNOWN,
}
_IN_WORDS: Final = {
    Word.PROVEN: "it accepts clients with a certificate of this stack's CA, and rejects all others",
    Word.NOT_KNOWN: "cluster or cloud did not answer: the first lines of the page say which",
    Word.UNPROVEN: "the ALB API says that it requests certificates of this stack's CA",
}
_LEVELS: Final = {
    Word.PROVEN: Level.FINE,
    Word.OFF: Level.NOTE,
    Word.UNPROVEN: Level.WARNING,
    Word.AWAITING: Level.WARNING,
    Word.NOT_KNOWN: Level.UNKNOWN,
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a report says of one listener.

    Attributes:
        level: how much it matters.
        sentence: what was found, for people.
        proven_at: of the proof that has shown what the listener is now; None without one.
        now: whether that proof was made for this report.
    """

    word: Word
    level: Level
    sentence: str
    proven_at: datetime | None = None
    now: bool = False


def verdict_on(one: CurrentListener, standing: ListenerStanding, verified: Verified | None) -> Verdict:
    """Return what is to be said of a listener.

    Args:
        one: the listener.
        standing: what cluster, cloud and state say of it.
        verified: what handshakes have shown of it just now; None where there were none.
    """
    word, at = _word(one, standing), standing.proven_at
    if verified is None:
        return _verdict(word, standing, at)
    if verified.failed and any(finding.code in OF_A_LISTENER for finding in verified.findings):
        if standing.state is StandingState.ENFORCED:
            sentence = "the ALB API says that it is enforced, and handshakes have shown that it is not as desired"
            return Verdict(word=Word.NOT_ENFORCED, level=Level.PROBLEM, sentence=sentence)
        return _verdict(word, standing, None)
    if verified.proof is None or verified.failed or not verified.proof.proven:
        return _verdict(Word.UNPROVEN if word is Word.PROVEN else word, standing, None)
    if word is Word.UNPROVEN and standing.level is Level.FINE:
        word = Word.PROVEN
    return _verdict(word, standing, verified.proof.at, now=True)


def _verdict(word: Word, standing: ListenerStanding, at: datetime | None, *, now: bool = False) -> Verdict:
    level = _LEVELS.get(word, Level.PROBLEM)
    if word in {Word.UNPROVEN, Word.OFF} and standing.level is Level.PROBLEM:
        level = Level.PROBLEM
    sentence = standing.headline
    if word is Word.NOT_KNOWN or sentence == "enforced":
        sentence = _IN_WORDS.get(word, "")
    if word is Word.AWAITING:
        what = f"commit what `python -m ops fragment {standing.listener.output_key}` prints"
        sentence = "; ".join(filter(None, (sentence, what)))
    return Verdict(word=word, level=level, sentence=sentence, proven_at=at, now=now)


def _word(one: CurrentListener, standing: ListenerStanding) -> Word:
    # Where another CA is bound, no commit that is awaited is the matter.
    if awaited(one) is not None and standing.state in {StandingState.OPEN, StandingState.ENFORCED}:
        return Word.AWAITING
    if standing.state is StandingState.OPEN:
        is_off = one.deployed.enabled is False or one.snapshot.hold is not None
        return Word.OFF if is_off else Word.NOT_ENFORCED
    if standing.state is StandingState.ENFORCED:
        return Word.PROVEN if standing.level is Level.FINE and standing.proven_at is not None else Word.UNPROVEN
    return _OF_STATE[standing.state]


def verdicts_of(looked: Looked) -> tuple[Verdict, ...]:
    """Return what is to be said of each listener of a stack, in the order of its listeners."""
    if looked.status is None:
        return ()
    found = zip(looked.status.listeners, looked.status.standings, strict=True)
    verified = () if looked.verification is None else looked.verification.listeners
    proved = {one.listener.key: one for one in verified}
    return tuple(verdict_on(one, standing, proved.get(one.key)) for one, standing in found)


@dataclass(frozen=True, kw_only=True)
class Whole:
    """What a report says of all listeners together.

    Attributes:
        title: in a few words.
        sentence: how many listeners are what, and what weakens them.
    """

    level: Level
    title: str
    sentence: str


def whole_of(
    verdicts: Sequence[Verdict],
    *,
    failures: int,
    bypasses: int,
    accepted_until: Sequence[str],
    others: int,
    unknowns: int = 0,
) -> Whole:
    """Return what is to be said of all listeners.

    Args:
        verdicts: on each.
        failures: stacks of which nothing is known.
        bypasses: found, and counting.
        accepted_until: the last day of each bypass that somebody has accepted.
        others: further findings that count.
        unknowns: what could not be looked at of stacks that could be read: a bypass may be among it.
    """
    counts = Counter(one.word for one in verdicts)
    worst = min((one.word for one in verdicts), key=list(Word).index, default=Word.NOT_KNOWN)
    title = _title(
        worst, counts[worst], len(verdicts), bypasses=bypasses, accepted=len(accepted_until), unknowns=unknowns
    )
    level = min((one.level for one in verdicts), key=list(Level).index, default=Level.UNKNOWN)
    if (failures or worst is Word.NOT_KNOWN) and level is not Level.PROBLEM:
        level = Level.UNKNOWN
    if failures and level is Level.UNKNOWN:
        where = " everywhere" if verdicts else ""
        title = f"Whether mutual TLS is enforced could not be found out{where}"
    if (bypasses or others) and level is not Level.UNKNOWN:
        level = min(level, Level.WARNING, key=list(Level).index)
    if accepted_until and level is Level.FINE:
        level = Level.ACCEPTED
    if unknowns:
        level = min(level, Level.UNKNOWN, key=list(Level).index)
    parts = [f"{counts[word]} {word}" for word in reversed(Word) if counts[word]]
    listeners = f"Of {_number(len(verdicts), 'listener')}: {', '.join(parts)}." if verdicts else "No listener is known."
    rest = [
        f"{_number(failures, 'stack')} could not be read." if failures else "",
        f"Requests reach hosts past the check in {_number(bypasses, 'way')}." if bypasses else "",
        _accepted_in_words(sorted(accepted_until), bypasses),
        f"{_number(others, 'other finding')}." if others else "",
        f"{_number(unknowns, 'thing')} could not be found out." if unknowns else "",
    ]
    return Whole(level=level, title=title, sentence=" ".join(filter(None, [listeners, *rest])))


def _accepted_in_words(days: Sequence[str], bypasses: int) -> str:
    if not days:
        return ""
    until = f"until {days[0]}" if days[0] == days[-1] else f"the first until {days[0]}, the last until {days[-1]}"
    more = "more " if bypasses else ""
    what = f"{more}bypass is" if len(days) == 1 else f"{more}bypasses are"
    return f"{len(days):,} {what} accepted by somebody, {until}."


def _title(worst: Word, number: int, of: int, *, bypasses: int, accepted: int, unknowns: int) -> str:
    on = "" if number == of else f" on {number} of {of} listeners"
    titles = {
        Word.NOT_ENFORCED: f"Mutual TLS is not enforced{on}",
        Word.ANOTHER_CA: f"Mutual TLS is enforced with another CA{on}",
        Word.MISSING: f"{number} of {_number(of, 'listener')} {'is' if number == 1 else 'are'} not there",
        Word.STOPPED: f"{number} of {_number(of, 'listener')} {'is' if number == 1 else 'are'} stopped",
        Word.NOT_KNOWN: f"Whether mutual TLS is enforced could not be found out{on}",
        Word.AWAITING: f"Mutual TLS awaits a commit in Git{on}",
        Word.UNPROVEN: f"Mutual TLS is enforced, but not proven{on}",
        Word.OFF: f"Mutual TLS is off{on}",
        Word.PROVEN: "Mutual TLS is enforced and proven",
    }
    title = titles[worst]
    if worst is Word.PROVEN and bypasses:
        return f"{title}, but can be bypassed"
    if worst is Word.PROVEN and unknowns:
        return f"{title}, but not everything could be looked at"
    if worst is Word.PROVEN and accepted:
        return f"{title}, but for {_number(accepted, 'accepted bypass', 'accepted bypasses')}"
    return title


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def bypasses_among(codes: Iterable[str]) -> int:
    """Return how many codes are those of bypasses."""
    return sum(code in BYPASSES for code in codes)
