"""By which day each step of a rollover should be done before a root CA ends. Pure.

A root that ends ends every client with it. Its plan appears when a third of its life is left, and follows from how
long clients live:

- The next generation is *trusted* one renewal window before the root ends, the longest of all clients: as long as
  anybody has for the renewal of a certificate, people have for a swap that does not come off.
- It is *introduced* one life of the longest-lived client earlier. What the ending root signs until then has ended by
  the swap, so even who fetches new files only when the old ones end has them.

Where the third is too short for that, because clients live as long as their root, it is divided into three equal parts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# Of a root without clients: a month for the first that come.
_LIFE_WITHOUT_CLIENTS = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class ClientLife:
    """How long certificates of a client are valid, and how long before their end they are renewed."""

    life: timedelta
    window: timedelta


@dataclass(frozen=True, kw_only=True)
class PlanStep:
    """One step: what to do, by when at the latest, and whether it is done."""

    what: str
    by: datetime
    done: bool

    def is_late(self, now: datetime) -> bool:
        """Say whether it should have been done."""
        return not self.done and now >= self.by


@dataclass(frozen=True, kw_only=True)
class RolloverPlan:
    """The steps for one root CA.

    Attributes:
        generation: of the root, which the listeners trust.
        end: of its certificate.
    """

    generation: int
    end: datetime
    steps: tuple[PlanStep, ...]

    @property
    def next_step(self) -> PlanStep:
        """The first step that is not done; there is one while the root is trusted."""
        return next(one for one in self.steps if not one.done)

    def lines(self, now: datetime) -> Iterator[str]:
        """Yield the plan for people, its end first."""
        yield (
            f"Root CA generation {self.generation} ends on {self.end:%Y-%m-%d}, and every client of it. Its rollover "
            "(docs/how-to/rollover.md):"
        )
        for number, step in enumerate(self.steps, 1):
            # Not "done": a preview lists what its `up` is to do, and afterwards clients have files to fetch.
            state = "begun" if step.done else f"by {step.by:%Y-%m-%d %H:%M} UTC"
            late = ", which has passed" if step.is_late(now) else ""
            yield f"  {number}. {state}{late}: {step.what}"

    def in_rollover(self, now: datetime) -> str:
        """Return it in one line, for where the steps themselves are described beside it."""
        step = self.next_step
        late = ", which has passed" if step.is_late(now) else ""
        return (
            f"Root CA generation {self.generation} ends on {self.end:%Y-%m-%d}, and every client of it; the next step "
            f"of its rollover should be done by {step.by:%Y-%m-%d %H:%M} UTC{late}"
        )


def rollover_plan(
    *,
    generation: int,
    begin: datetime,
    end: datetime,
    newest: int,
    clients: Sequence[ClientLife],
    now: datetime,
    can_sign: bool = True,
) -> RolloverPlan | None:
    """Return the plan for the root CA that is trusted; None while more than a third of its life is left.

    Args:
        generation: its number.
        begin: of its certificate; aware, as are all times.
        end: of its certificate.
        newest: the highest number that there is; the next generation when it is higher.
        clients: of all generations.
        now: as of when.
        can_sign: its key is at hand, without which there is no cross certificate, and only a hard swap is left.
    """
    third = (end - begin) / 3
    if now < end - third:
        return None
    life = max((one.life for one in clients), default=_LIFE_WITHOUT_CLIENTS)
    window = max((one.window for one in clients), default=_LIFE_WITHOUT_CLIENTS)
    introduce, trust = end - life - window, end - window
    if introduce < end - third:
        introduce, trust = end - third * 2 / 3, end - third / 3
    following = newest if newest > generation else generation + 1
    introduced = newest > generation
    if can_sign:
        first = (
            f"list generation {following} in rootCa.generations beside {generation}, leave rootCa.trusted at "
            f"{generation}, and run `pulumi up`; then every client fetches its files"
        )
        second = f"set rootCa.trusted to {following} and run `pulumi up`, when all clients have fetched their files"
    else:
        first = (
            f"list generation {following} in rootCa.generations and prepare certificates of it for all clients: "
            f"without the key of generation {generation} there is no cross certificate, so they cannot be used yet"
        )
        second = (
            f"set rootCa.trusted to {following} and rootCa.abandoned to [{generation}] and run `pulumi up`: the "
            "clients of both are exchanged at that moment"
        )
    third_step = f"remove generation {generation} from rootCa.generations and run `pulumi up`"
    return RolloverPlan(
        generation=generation,
        end=end,
        steps=(
            PlanStep(what=first, by=introduce, done=introduced),
            PlanStep(what=second, by=trust, done=False),
            PlanStep(what=third_step, by=end, done=False),
        ),
    )
