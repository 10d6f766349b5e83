"""Calls that stand still until somebody lets them go on."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING

from lab.waiting import first_of

if TYPE_CHECKING:
    from lab.interception.faults import HoldStage
    from lab.interception.journal import Entry
    from lab.serving import Connection

LIMIT_SECONDS = 30.0


class HoldEnd(StrEnum):
    """How a hold ended."""

    RELEASED = "released"
    TIMED_OUT = "timed out"
    CLIENT_GONE = "client gone"


@dataclass(kw_only=True)
class Hold:
    """A call that stands still.

    Attributes:
        id: names it in `release`.
        fault: id of the rule that holds it.
        stage: where it stands.
        entry: the call.
        reached: set when the call has come to its stage.
        released: set to let it go on.
    """

    id: int
    fault: int
    stage: "HoldStage"
    entry: "Entry"
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)


class Holds:
    """All calls that stand still."""

    def __init__(self, *, limit_seconds: float = LIMIT_SECONDS) -> None:
        """Start with none.

        Args:
            limit_seconds: a hold ends by itself after this time.
        """
        self._limit_seconds = limit_seconds
        self._ids = count(1)
        self._holds: dict[int, Hold] = {}
        self._changed = asyncio.Event()

    def prepare(self, *, fault: int, stage: "HoldStage", entry: "Entry") -> Hold:
        """Announce a hold before its call comes to its stage."""
        hold = Hold(id=next(self._ids), fault=fault, stage=stage, entry=entry)
        self._holds[hold.id] = hold
        return hold

    async def stand(self, hold: Hold, connection: "Connection | None") -> HoldEnd:
        """Let the call stand still until it is released, the limit is over, or its client goes away.

        Args:
            hold: as prepared.
            connection: of the client, or None when the hold outlives its client.
        """
        hold.reached.set()
        self._announce()
        try:
            return await self._end(hold, connection)
        finally:
            self.discard(hold)

    async def _end(self, hold: Hold, connection: "Connection | None") -> HoldEnd:
        events = [hold.released] if connection is None else [hold.released, connection.lost]
        ended = await first_of(*(event.wait() for event in events), seconds=self._limit_seconds)
        if connection is not None and connection.is_lost():
            return HoldEnd.CLIENT_GONE
        return HoldEnd.RELEASED if ended else HoldEnd.TIMED_OUT

    def discard(self, hold: Hold) -> None:
        """Forget a hold and let go whoever waits for its end."""
        hold.released.set()
        self._holds.pop(hold.id, None)

    def standing(self) -> list[Hold]:
        """Return the calls that have come to their stage and stand there now."""
        return [hold for hold in self._holds.values() if hold.reached.is_set() and not hold.released.is_set()]

    async def wait_for_one(self, seconds: float) -> list[Hold]:
        """Return the calls that stand still as soon as there is one, or none after `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.standing():
                    await self._changed.wait()
        return self.standing()

    def blocking(self, stage: "HoldStage") -> list[Hold]:
        """Return holds of a stage that have not ended, whether their call has come there or not yet."""
        return [hold for hold in self._holds.values() if hold.stage is stage and not hold.released.is_set()]

    def release(self, hold_id: int) -> Hold | None:
        """Let one call go on; None when no call of this id stands still."""
        hold = self._holds.get(hold_id)
        if hold is not None:
            hold.released.set()
        return hold

    def release_all(self) -> None:
        """Let every call go on."""
        for hold in list(self._holds.values()):
            hold.released.set()

    def _announce(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
