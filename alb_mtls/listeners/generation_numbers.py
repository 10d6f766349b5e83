"""Numbers of generations are used once: a dropped one may have clients and a cross certificate that live on. Pure."""

from collections.abc import Sequence

from alb_mtls.resources import DeploymentInputs


def with_newest(old: DeploymentInputs | None, new: DeploymentInputs) -> int | None:
    """Return the highest number that was ever listed; None while none is known."""
    before = None if old is None else old.newest_generation
    return max((*new.generations, *([] if before is None else [before])), default=None)


def refused_numbers(old: DeploymentInputs | None, new: DeploymentInputs) -> str | None:
    """Return that a number is used again or lies below the newest, with the one to take; None for a sound list.

    Args:
        old: inputs of the `up` before; None when there was none.
        new: inputs of this one.
    """
    if old is None or old.newest_generation is None:
        return None
    again = sorted(one for one in set(new.generations) - set(old.generations) if one <= old.newest_generation)
    if not again:
        return None
    return (
        f"rootCa.generations: lists {_listed(again)}, but not since the last `up`, and the highest number so far is "
        f"{old.newest_generation}. A number is never used again, nor one below the highest: a generation that was "
        f"dropped may have clients that hold its certificates. Give the new generation the number "
        f"{old.newest_generation + 1}"
    )


def _listed(numbers: Sequence[int]) -> str:
    return " and ".join(map(str, numbers))
