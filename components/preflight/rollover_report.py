"""Where a rollover of the root CA stands, as preview and `up` say it: who is accepted, what is next, the way back."""

from collections.abc import Collection

from alb_mtls.configuration.model import Generations, Settings


def rollover_report(settings: Settings, bound: Collection[int]) -> list[str]:
    """Return what to know of the step that the configuration asks for; nothing outside of a rollover.

    Args:
        settings: of the stack.
        bound: generations that listeners trust now, as far as that is known.
    """
    generations = settings.generations
    # One that is bound, given up and listed no more is swapped and dropped in one `up`.
    given_up = set(bound) & set(generations.given_up)
    numbers = sorted({*given_up, *(one.generation for one in generations.root_cas)})
    if len(numbers) < 2:  # noqa: PLR2004 - the two of a rollover
        return []
    older, newest = next(one for one in numbers if one != generations.newest.generation), generations.newest.generation
    # A generation before a compromised one may have signed a cross certificate for its key.
    stolen = next((one for one in reversed(generations.compromised) if one >= older), None)
    if generations.trusted == older:
        lines = _first(older, newest)
    elif older in generations.given_up or generations.cross_signer is None:
        lines = [_hard(older, newest, swapped=older not in bound), *_after_hard(generations, older, stolen)]
    else:
        lines = _second(older, newest, swapped=older not in bound, stolen=stolen)
    if any(one.write == "none" for one in settings.listeners):
        lines.append(
            f"  with write: none Git swaps a listener, not an up: until Git has brought generation "
            f"{generations.trusted}, it trusts the one before and rejects nobody of it"
        )
    if not settings.enabled:
        lines.append("  enabled is false: listeners request no certificate, and nobody is rejected until it is true")
    return [f"Rollover of the root CA from generation {older} to generation {newest}", *lines]


def _first(older: int, newest: int) -> list[str]:
    return [
        f"  step 1 of 3: generation {newest} signs all clients, and the listeners trust generation {older}",
        f"  nobody is rejected: clients of generation {newest} have a cross certificate of {older} in their files",
        f"  next: all clients fetch their files again (python -m ops export); then rootCa.trusted: {newest}",
        f"  way back: remove {newest} from rootCa.generations",
    ]


def _second(older: int, newest: int, *, swapped: bool, stolen: int | None) -> list[str]:
    instead = "" if swapped else f" instead of {older} from this `up` on"
    back = f"rootCa.trusted: {older}, until {older} is removed or the cross certificate has ended"
    return [
        f"  step 2 of 3: the listeners trust generation {newest}{instead}",
        f"  who has not fetched files of generation {newest} is rejected; who has is accepted before and after",
        f"  next: remove {older} from rootCa.generations, once nobody misses it",
        f"  {_way_back(stolen, back)}",
    ]


def _hard(older: int, newest: int, *, swapped: bool) -> str:
    instead = "" if swapped else f" instead of {older} from this `up` on"
    return (
        f"  hard swap: the listeners trust generation {newest}{instead}, and reject all clients of generation {older}"
    )


def _after_hard(generations: Generations, older: int, stolen: int | None) -> list[str]:
    newest = generations.newest.generation
    files = f"  next: hand out the files of generation {newest} at once (python -m ops export)"
    if all(one.generation != older for one in generations.root_cas):
        return [files, f"  no way back: generation {older} is listed no more, and a number is never used again"]
    if generations.cross_signer is None:
        back = (
            f"a hard swap too: rootCa.generations: [{older}], rootCa.trusted: {older} and rootCa.abandoned: [{newest}]"
        )
    else:
        back = f"take {older} out of rootCa.abandoned, and rootCa.trusted: {older}, until {older} is removed"
    return [f"{files}, then remove {older}", f"  {_way_back(stolen, back)}"]


def _way_back(stolen: int | None, way: str) -> str:
    return f"way back: {way}" if stolen is None else f"no way back: generation {stolen} is compromised"
