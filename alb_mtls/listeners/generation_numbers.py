"""Numbers of generations are used once: a dropped one may have clients and a cross certificate that live on. Pure."""

from dataclasses import dataclass

from alb_mtls.resources import DeploymentInputs


@dataclass(frozen=True, kw_only=True)
class UsedNumbers:
    """What the `up` before knew of numbers.

    Attributes:
        listed: by it.
        newest: the highest that was ever listed.
    """

    listed: tuple[int, ...]
    newest: int

    def refused(self, generation: int) -> str | None:
        """Return why a generation that is not in the state must not be made, with the number to take; None if it may.

        What is in the state was never dropped, whatever an `up` listed that did not end.
        """
        if generation in self.listed or generation > self.newest:
            return None
        return (
            f"rootCa.generations: {generation} was listed before, or is below the highest number so far, "
            f"{self.newest}. A number is never used again: a generation that was dropped may have clients that hold "
            "its certificates. "
            f"Give the new generation the number {self.newest + 1}"
        )


def used_numbers(old: DeploymentInputs) -> UsedNumbers | None:
    """Return what the anchor knows of numbers; None in a state of before it kept them."""
    if old.newest_generation is None:
        return None
    return UsedNumbers(listed=old.generations, newest=old.newest_generation)


def newest_of(old: DeploymentInputs | None, new: DeploymentInputs) -> int | None:
    """Return the highest number that was ever listed; None while none is known."""
    before = None if old is None else old.newest_generation
    return max((*new.generations, *([] if before is None else [before])), default=None)
