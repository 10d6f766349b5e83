"""Who is locked out by a run, and whether its job has to be red. Pure.

Red is what nobody has decided: a run that failed, a listener of which nothing is known, or clients that are locked out
though the stack file names none of whom that concerns (docs/decisions/2026-11-28-a-named-lock-out-is-yellow.md).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from alb_mtls.listing import listing
from alb_mtls.natural_order import natural
from ops.comment.facts import Facts, Listener, Object, RunCommand, text_of


class Colour(StrEnum):
    """Of a job: yellow has somebody locked out as the stack file says, or a listener where an `up` stops."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a run means for clients.

    Attributes:
        lead: the few words that count, then `rest`; one sentence together.
        locked_out: who, a phrase each; empty when nobody is, or nothing is known.
        reasons: why the job has to be red, a sentence each.
    """

    colour: Colour
    lead: str
    rest: str
    locked_out: tuple[str, ...]
    reasons: tuple[str, ...]


def verdict_of(facts: Facts) -> Verdict:
    """Return what a run means."""
    reasons, locked_out = tuple(_reasons(facts)), tuple(_locked_out(facts))
    colour = Colour.YELLOW if locked_out or any(one.stops for one in facts.listeners) else Colour.GREEN
    colour = Colour.RED if reasons else colour
    lead, rest = _headline(facts, locked_out)
    return Verdict(colour=colour, lead=lead, rest=rest, locked_out=locked_out, reasons=reasons)


def not_looked_at(facts: Facts) -> list[Listener]:
    """Return the listeners of which nothing is known."""
    return [one for one in facts.listeners if not one.looked]


def is_nothing_known(facts: Facts) -> bool:
    """Say whether a run could look at nothing."""
    return not facts.complete or not any(one.looked for one in facts.listeners)


def unnamed(facts: Facts) -> list[Listener]:
    """Return the listeners that lock clients out, of which the stack file names no host."""
    rejecting = (one for one in facts.listeners if one.rejects or one.rejects_others)
    return [one for one in rejecting if not one.leaves and not one.names_hosts]


def _reasons(facts: Facts) -> Iterator[str]:
    if facts.failed:
        yield f"pulumi {facts.command} ended with exit code {facts.exit_code}"
    if facts.no_report:
        yield facts.no_report + (_ITS_LOG if facts.failed else "")
    elif not facts.complete and not facts.failed:
        yield "the report of the run ends before the listeners"
    elif facts.complete and is_nothing_known(facts):
        yield "no listener could be looked at"
    elif found := not_looked_at(facts):
        yield f"{_named(found)} could not be looked at"
    # After an `up` it is done: who merged it has read this before.
    if facts.command is RunCommand.PREVIEW:
        for one in unnamed(facts):
            names = f"[{', '.join(sorted(one.host_names, key=natural))}]" if one.hosts else "[...]"
            yield (
                f"the stack file does not name the hosts of {one.label}, whose clients lose access; when that is "
                f"meant, give the listener `hosts: {names}`"
            )


def _headline(facts: Facts, locked_out: tuple[str, ...]) -> tuple[str, str]:
    who = "; ".join(locked_out)
    if facts.failed:
        known = "nothing is known of who loses access" if is_nothing_known(facts) else "what it found is below"
        if _stops_before_anything(facts):
            is_preview = facts.command is RunCommand.PREVIEW
            known = f"{'an up stops there too' if is_preview else 'it stopped there'}, before anything is touched"
        if locked_out:
            by = "what it plans" if facts.command is RunCommand.PREVIEW else "what ended before"
            known = f"access lost by {by}: {who}"
        return f"The {facts.command} failed", f": {_failure(facts)}; {known}"
    if facts.no_report or is_nothing_known(facts):
        why = facts.no_report or ("no listener could be looked at" if facts.complete else "its report is not whole")
        return "Not known", f": {why}, so nobody knows who loses access"
    doubt = f"; not known of {_named(found)}, which could not be looked at" if (found := not_looked_at(facts)) else ""
    if locked_out:
        by = "" if unnamed(facts) else ", as the stack file says"
        beside = "".join(f"; {one}" for one in _opened(facts))
        return f"LOCKED OUT{by}", f": {who}{beside}{doubt}"
    lead = "Nobody loses access" if not doubt else "Nobody loses access, as far as is known"
    return lead, f": {_summary(facts)}{doubt}"


# Pulumi's own errors come before the program begins, and reach no report.
_ITS_LOG = (
    "; its log says why, most often that the state cannot be read, the stack was never made (`pulumi stack init`), or "
    "the passphrase is another one"
)


def _stops_before_anything(facts: Facts) -> bool:
    errors = facts.objects("errors")
    return bool(errors) and (all(text_of(one, "key") for one in errors) or _NOTHING_TOUCHED in _head(errors))


_NOTHING_TOUCHED = "; nothing was touched in cluster and cloud"


def _head(errors: list[Object]) -> str:
    """Return what stands above the errors that do not say themselves why they stop a run; empty without one."""
    first = text_of(errors[0], "message")
    return first if len(errors) > 1 and first.endswith(":") and not text_of(errors[0], "key") else ""


def _failure(facts: Facts) -> str:
    errors = facts.objects("errors")
    if errors and (head := _head(errors)):
        others = f"; and {len(errors) - 2:,} more, below" if len(errors) > 2 else ""  # noqa: PLR2004 - the head, and one
        return f"{head.partition(';')[0].rstrip(':')}: {text_of(errors[1], 'message')}{others}"
    keyed = [one for one in errors if text_of(one, "key")]
    if len(keyed) > 1:
        return f"{len(keyed)} mistakes in the configuration ({listing([text_of(one, 'key') for one in keyed])})"
    if keyed:
        return f"{text_of(keyed[0], 'key')}: {text_of(keyed[0], 'message')}"
    if errors:
        return text_of(errors[0], "message")
    return facts.no_report or f"exit code {facts.exit_code}, and the run has left no reason"


def _locked_out(facts: Facts) -> Iterator[str]:
    rejecting = [one for one in facts.listeners if one.rejects]
    if rejecting:
        hosts = sorted({name for one in rejecting for name in one.host_names}, key=natural)
        count = "1 host" if len(hosts) == 1 else f"{len(hosts)} hosts"
        where = f"on {count} ({listing(hosts)})" if hosts else "on every host"
        if hosts and any(one.hosts is None for one in rejecting):
            where = f"{where} and on others that are not known"
        yield f"every client without a certificate, {where} of {_named(rejecting)}"
    swapping = [one for one in facts.listeners if one.no_longer_trusted]
    if swapping:
        cas = list(dict.fromkeys(ca for one in swapping for ca in one.no_longer_trusted))
        yield f"clients with certificates of CA {listing(cas)}, on {_named(swapping)}"
    clients = stopping_clients(facts)
    if clients:
        yield (
            f"{len(clients)} {'client' if len(clients) == 1 else 'clients'} of this stack with their present "
            f"certificates ({listing(clients)})"
        )


def stopping_clients(facts: Facts) -> list[str]:
    """Return the clients some certificate of whom stops working."""
    stopping = (one for one in facts.objects("certificates") if text_of(one, "outcome") == "stops working")
    return sorted({text_of(one, "client") for one in stopping}, key=natural)


def _summary(facts: Facts) -> str:
    changing = [one for one in facts.listeners if one.changes and one.looked]
    stopping = [one for one in facts.listeners if one.stops]
    most = [*([f"an up stops at {_named(stopping)}"] if stopping else []), *_opened(facts)]
    if most:
        return "; ".join(most)
    return f"{_named(changing)} changes" if changing else "no listener changes"


def _opened(facts: Facts) -> Iterator[str]:
    """Yield which listeners request no certificate any more: whoever reads one line has to read this too."""
    if opened := [one for one in facts.listeners if one.changes and one.looked and _is_opened(one)]:
        yield f"{_named(opened)} accepts clients without a certificate from then on"


def _is_opened(one: Listener) -> bool:
    return bool((one.before or {}).get("caEnabled")) and not (one.after or {}).get("caEnabled")


def _named(listeners: Iterable[Listener]) -> str:
    return listing(sorted((one.label for one in listeners), key=natural))
