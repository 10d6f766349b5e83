"""Which step from one generation of the root CA to another rejects nobody, and what is refused. Pure.

Clients follow an `up` at two speeds: a Secret holds what the running `up` has just issued, a person fetches files after
an `up` that has ended. So a swap is soft when the CA that is bound accepts what this `up` issues, and the CA that will
be bound accepts what the last `up` that ended has issued. Anything else rejects clients, and has to be confirmed.
"""

from collections.abc import Collection
from datetime import datetime

from alb_mtls.imports import import_turn
from alb_mtls.listener_resources import ListenerSwitchInputs
from alb_mtls.listeners.look import bound_in_look, meaning_in_look

_FIRST = 1


def refused_step(old: ListenerSwitchInputs, new: ListenerSwitchInputs, now: datetime) -> str | None:
    """Return why a listener must not be swapped by this `up`, with the way out; None when it may.

    Args:
        old: inputs of the last `up` that came to its end for this listener.
        new: inputs of this one.
        now: aware.
    """
    before, trusted = _trusted(old), new.generation
    if not new.enabled or trusted is None or before in new.abandoned:
        return None
    label = new.listener.label
    if trusted == before:
        return _rejected_until_git_follows(label, old, new) or _replaced(label, old, new)
    bound, stood = bound_in_look(new.observed), meaning_in_look(new.observed)
    # A run that was killed may have switched it off, and the state does not know.
    is_off = stood is not None and not stood.enabled and not stood.malformed
    if new.issued_generation is not None and old.enabled and not is_off:
        late = rejected_meanwhile(
            label,
            bound=before if bound is None else bound,
            accepted=[one for one in (new.issued_generation, new.cross_generation) if one is not None],
            newest=new.issued_generation,
            listed={trusted, *(one.generation for one in new.other_generations)},
        )
        if late is not None:
            return late
    if trusted == _issued(old):
        return None
    if trusted == old.cross_generation:
        ended = _ended(old, trusted, now)
        return None if ended is None else _no_cross(label, trusted, before, f"ended on {ended}")
    if new.issued_generation is None:
        return (
            f"{label}: rootCa.trusted: {trusted} rejects all clients of generation {before}, and none of generation "
            f"{trusted} is issued here, so nothing is known of who holds its certificates. To reject the clients of "
            f"generation {before} from now on, confirm it: rootCa.abandoned: [{before}]"
        )
    if trusted < before:
        return _no_cross(label, trusted, before, "was never made")
    stolen = [one for one in new.abandoned if before < one < trusted]
    if stolen:
        return (
            f"{label}: rootCa.trusted: {trusted} rejects every client, for none has been handed a certificate of "
            f"generation {trusted} yet. It cannot be done in two steps, because generation {before} may accept whoever "
            f"has the key of generation {stolen[-1]}. Confirm it: rootCa.abandoned: [{before}]"
        )
    return (
        f"{label}: rootCa.trusted: {trusted} would reject every client, for none has been handed a certificate of "
        f"generation {trusted} yet: no `up` that issued them has ended for this listener. Take the first step alone: "
        f"rootCa.generations: [{before}, {trusted}] with rootCa.trusted: {before}. After that `up` let all clients "
        f"fetch their files, then change rootCa.trusted to {trusted}. Or reject the clients of generation {before} "
        f"from now on: rootCa.abandoned: [{before}]"
    )


def _rejected_until_git_follows(label: str, old: ListenerSwitchInputs, new: ListenerSwitchInputs) -> str | None:
    """Return that clients of this `up` would be rejected while Git has another generation on the listener, or None.

    An `up` that awaits Git has ended as well, so that it ended says nothing of what is bound.
    """
    if new.write != "none":
        return None
    stood, trusted, newest = meaning_in_look(new.observed), _trusted(new), new.issued_generation
    if stood is None or not stood.enabled or newest is None:
        return None
    others = (*old.other_generations, *new.other_generations)
    numbers = {one.ca_identifier: one.generation for one in others} | {old.ca_identifier: _trusted(old)}
    bound = next((numbers[one] for one in stood.identifiers if one in numbers), trusted)
    if bound in {trusted, *new.abandoned}:
        return None
    return rejected_meanwhile(
        label,
        bound=bound,
        accepted=[one for one in (newest, new.cross_generation) if one is not None],
        newest=newest,
        listed={trusted, *(one.generation for one in new.other_generations)},
        until=f"Git has brought generation {trusted}",
        ended="has proven that Git has brought the other one",
    )


def rejected_meanwhile(
    label: str,
    *,
    bound: int,
    accepted: Collection[int],
    newest: int,
    listed: Collection[int],
    until: str = "this `up` has swapped it",
    ended: str = "with another rootCa.trusted has ended",
) -> str | None:
    """Return that clients of this `up` would be rejected until it has swapped a listener, with the way out, or None.

    Args:
        label: of the listener.
        bound: generation that it trusts.
        accepted: generations that accept what this `up` issues.
        newest: of the generations, which issues.
        listed: in the configuration.
        until: what ends it.
        ended: what an `up` must have done before a generation may leave the configuration.
    """
    if bound in accepted:
        return None
    why = (
        f"{label} trusts generation {bound} of the root CA until {until}, and rejects what this `up` "
        f"issues: certificates of generation {newest}"
    )
    if bound in listed:
        return (
            f"{why}. No cross certificate can help, because as configured generation {bound} cannot certify generation "
            f"{newest}. If its keyFile was removed after the first step, put that key of the configuration back: the "
            f"file itself is not needed any more. Else what is left is a hard swap, which rejects the clients of "
            f"generation {bound} from then on: rootCa.abandoned: [{bound}]"
        )
    return (
        f"{why}, without a cross certificate. Take one step in an `up`: keep generation {bound} in "
        f"rootCa.generations: {sorted({bound, newest})} until an `up` {ended}, and "
        f"remove it in the next. Or reject the clients of generation {bound} from now on: rootCa.abandoned: [{bound}]"
    )


def _replaced(label: str, old: ListenerSwitchInputs, new: ListenerSwitchInputs) -> str | None:
    """Return that a purchased CA has taken the place of another one under the same number, or None."""
    purchased = [one.ca_identifier for one in (old, new) if one.ca_certificate_pem is None]
    if not purchased or old.ca_identifier == new.ca_identifier:
        return None
    return (
        f"{label}: generation {_trusted(new)} of the root CA was CA {old.ca_identifier} and would be CA "
        f"{new.ca_identifier}. A generation never changes; list the other CA as a generation of its own in "
        "rootCa.generations"
    )


def _no_cross(label: str, trusted: int, before: int, cross: str) -> str:
    return (
        f"{label}: rootCa.trusted: {trusted} would reject the clients of generation {before}, because the cross "
        f"certificate between the two {cross}. Keep rootCa.trusted: {before}, or reject them from now on: "
        f"rootCa.abandoned: [{before}]"
    )


def _ended(old: ListenerSwitchInputs, generation: int, now: datetime) -> str | None:
    """Return the day on which the cross certificate that clients hold for a generation ended; None while it lives."""
    pem = next((one.cross_pem for one in old.other_generations if one.generation == generation), None)
    if not pem:
        return None
    with import_turn:
        from alb_mtls.pki.encoding import load_chain

    ends = [one.not_valid_after_utc for one in load_chain(pem)]
    return next((f"{end:%Y-%m-%d}" for end in ends if end <= now), None)


def _trusted(inputs: ListenerSwitchInputs) -> int:
    # A state of before there were generations had the first.
    return _FIRST if inputs.generation is None else inputs.generation


def _issued(inputs: ListenerSwitchInputs) -> int:
    return _trusted(inputs) if inputs.issued_generation is None else inputs.issued_generation
