"""Bringing a run to a moment and stopping it there, through the lab's holds."""

from collections.abc import Iterator
from typing import Any

import httpx

from tests.crash.calls import Call, Calls, Moment, Stage
from tests.crash.playing import Play

_LOOK_SECONDS = 0.25


class MomentMissed(Exception):  # noqa: N818  # named after what happened
    """The run came to its end without coming to the moment: it did something else than when it was recorded."""


class Holding:
    """What holds calls in one lab.

    Attributes:
        held: id of the hold at which a run stands; None when it stands at none.
    """

    def __init__(self, management: httpx.Client) -> None:
        """Hold nothing yet.

        Args:
            management: of the lab.
        """
        self._management = management
        self.held: int | None = None

    def hold_each(self) -> None:
        """Hold every call before it is sent on."""
        self._hold(service="*", api="*", first=1, times=None, stage=Stage.BEFORE)

    def record(self, play: Play) -> list[Call]:
        """Let a run come to its end call by call and return its calls; `hold_each` comes before its start."""
        calls = Calls()
        for hold in self._standing(play):
            calls.take(play.step, hold)
            self._release(hold)
        self.let_go()
        return calls.calls

    def prepare(self, moment: Moment) -> None:
        """Set what stops a run at a moment; before the run starts."""
        self.held = None
        if moment.call is None:
            return
        if moment.call.writes:
            # Writes are never polled, so their numbers are certain.
            call = moment.call
            self._hold(service=call.service, api=call.api, first=call.number, times=1, stage=moment.stage)
        else:
            self.hold_each()

    def stop_at(self, play: Play, moment: Moment) -> None:
        """Bring a run to a moment.

        Raises:
            MomentMissed: it came to its end before.
        """
        if moment.call is None:
            self._wait_for_answer(play, moment)
        elif moment.call.writes:
            self._stop_at_write(play, moment.call, moment.stage)
        else:
            self._stop_at_read(play, moment.call)

    def keep_only_this(self) -> None:
        """Hold no further call, but keep the one that stands."""
        for fault in self._management.get("/faults").raise_for_status().json():
            self._management.delete(f"/faults/{fault['id']}").raise_for_status()

    def let_go(self) -> None:
        """Let every call go on."""
        self._management.delete("/faults").raise_for_status()
        self.held = None

    def _stop_at_write(self, play: Play, call: Call, stage: Stage) -> None:
        for hold in self._standing(play):
            self.held = hold["id"]
            return
        self.let_go()
        message = f"{call} {stage} was never reached; the run ended with: {play.failure or 'success'}"
        raise MomentMissed(message)

    def _stop_at_read(self, play: Play, call: Call) -> None:
        calls = Calls()
        for hold in self._standing(play):
            if calls.take(play.step, hold) == call:
                self.held = hold["id"]
                return
            self._release(hold)
        self.let_go()
        message = f"{call} in '{call.step}' was never made; the run ended with: {play.failure or 'success'}"
        raise MomentMissed(message)

    def _wait_for_answer(self, play: Play, moment: Moment) -> None:
        while play.answered != moment.step:
            if play.over:
                message = f"'{moment.step}' never came to its end; the run ended with: {play.failure or 'success'}"
                raise MomentMissed(message)
            play.hear(1.0)

    def _hold(self, **fault: Any) -> None:
        self._management.post("/faults", json={"kind": "hold", **fault}).raise_for_status()

    def _standing(self, play: Play) -> Iterator[dict[str, Any]]:
        """Return the calls that stand still, one after the other, until the run is over."""
        while True:
            holds = self._management.get("/holds", params={"wait": _LOOK_SECONDS}).raise_for_status().json()
            # A step begins before its first call is made.
            play.hear(0.0)
            if holds:
                yield holds[0]
            elif play.over:
                return

    def _release(self, hold: dict[str, Any]) -> None:
        self._management.post(f"/holds/{hold['id']}/release").raise_for_status()
