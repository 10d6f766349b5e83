"""The loop of the controller: watch, reconcile, report, and again."""

import asyncio
import logging
import math
import time
from typing import TYPE_CHECKING, Any

from lab.behaviour import ControllerBehaviour
from lab.controller.cluster import Cluster, ClusterError
from lab.controller.hash_label import HASH_LABEL, label_of
from lab.controller.intake import Intake
from lab.controller.queue import WorkQueue
from lab.controller.reconciler import Reconciler, RouteTable
from lab.controller.reporter import Reporter
from lab.controller.state import Object, is_going
from lab.controller.watcher import Watcher
from lab.waiting import first_of

if TYPE_CHECKING:
    from lab.cloud import Cloud
    from lab.control_plane.access import Access
    from lab.controller.reconciler import Outcome
    from lab.settings import ControllerMode

_log = logging.getLogger(__name__)

_WAIT_SECONDS = 0.1

_HELD = "the controller is held back"
_NOT_RUNNING = "the controller does not run"


class Controller:
    """The ALB Ingress Controller of the lab."""

    def __init__(
        self,
        *,
        access: "Access",
        cloud: "Cloud",
        data_plane: RouteTable,
        mode: "ControllerMode | None" = None,
    ) -> None:
        """Prepare; nothing is called before it runs."""
        self.behaviour = ControllerBehaviour() if mode is None else ControllerBehaviour(mode=mode)
        self._gate = asyncio.Event()
        self._gate.set()
        self._access = access
        self._alb = cloud.alb
        self._reconciler = Reconciler(cloud.alb, data_plane, self.behaviour)
        self._intake = Intake(self.behaviour)
        self._queue = WorkQueue(self.behaviour, clock=time.monotonic)
        self._resynced = -math.inf
        self._changed = asyncio.Event()
        self._restart = asyncio.Event()
        self._runs = False
        self._callers: list[asyncio.Future[list[str]]] = []

    @property
    def mode(self) -> "ControllerMode":
        """The build that it behaves like."""
        return self.behaviour.mode

    @mode.setter
    def mode(self, mode: "ControllerMode") -> None:
        self.behaviour.mode = mode
        if not self.behaviour.hash_label:
            self._queue.add(self._intake.names())
        self._changed.set()

    @property
    def held(self) -> bool:
        """Whether it stands still."""
        return not self._gate.is_set()

    def hold(self) -> None:
        """Stand still before the next change of the ALB."""
        self._gate.clear()
        self._answer([_HELD])

    def release(self) -> None:
        """Catch up and go on."""
        self._gate.set()

    async def restart(self) -> None:
        """End and begin again: what was queued is forgotten, and everything is listed and watched anew.

        Returns once the new process has been through the cluster, at once while it is held back.
        """
        if not self._runs:
            return
        self._restart.set()
        self._changed.set()
        await self._next_round()

    async def settle(self) -> list[str]:
        """Read the cluster again and work on it, in a round that begins after this call.

        Returns:
            What there was to do, in words for people; empty when the round found nothing.
        """
        return await self._next_round()

    async def _next_round(self) -> list[str]:
        if self.held or not self._runs:
            return [_HELD if self._runs else _NOT_RUNNING]
        answer: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        self._callers.append(answer)
        self._changed.set()
        return await answer

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set.

        Raises:
            WatchEndedError: the cluster cannot be watched any more.
        """
        cluster = Cluster(self._access)
        stopping = asyncio.create_task(stop.wait())
        self._runs = True
        try:
            while not stop.is_set():
                self._restart.clear()
                await self._live(cluster, stopping)
        finally:
            self._runs = False
            self._answer([_NOT_RUNNING])
            stopping.cancel()
            cluster.close()

    async def _live(self, cluster: Cluster, stopping: "asyncio.Task[Any]") -> None:
        """Be one process of the controller: what it knows ends with it, and what the ALB and the cluster have stays."""
        self._queue.clear()
        self._reconciler.forget_waiting()
        self._intake = intake = Intake(self.behaviour)
        reporter = Reporter(cluster, self._alb, self.behaviour)
        watcher = Watcher(self._access, lambda kind, change, obj: self._on_event(intake, kind, change, obj))
        watcher.start()
        restarting = asyncio.create_task(self._restart.wait())
        ends = (stopping, restarting, watcher.ended)
        try:
            while not (stopping.done() or self._restart.is_set()):
                await first_of(self._gate.wait(), *ends)
                if watcher.ended.done():
                    raise watcher.ended.result()
                if not (stopping.done() or self._restart.is_set() or self.held):
                    await self._work(cluster, reporter, *ends)
        finally:
            restarting.cancel()
            await watcher.stop()

    async def _work(self, cluster: Cluster, reporter: Reporter, *ends: "asyncio.Future[Any]") -> None:
        self._changed.clear()
        callers, self._callers = self._callers, []
        unsettled, delay = [_NOT_RUNNING], 0.0
        try:
            unsettled = await self._round(cluster, reporter, asked=bool(callers))
            delay = self._delay()
        except ClusterError as error:
            _log.warning("the cluster cannot be reconciled: %s", error)
            unsettled = [f"the cluster cannot be reconciled: {error}"]
            delay = self.behaviour.first_retry_seconds
        finally:
            _answer_all(callers, unsettled)
        await first_of(self._changed.wait(), *ends, seconds=None if delay == math.inf else delay)

    def _answer(self, unsettled: list[str]) -> None:
        callers, self._callers = self._callers, []
        _answer_all(callers, unsettled)

    def _on_event(self, intake: Intake, kind: str, change: str | None, obj: Object) -> None:
        if intake is not self._intake:
            # Of a watch that ended with the process before.
            return
        concerned = intake.event(kind, change, obj)
        if concerned is not None:
            self._queue.add(concerned)
            self._changed.set()

    async def _round(self, cluster: Cluster, reporter: Reporter, *, asked: bool) -> list[str]:
        # The watch is only a signal: what is to be done is read again.
        self._queue.add(self._intake.read(await cluster.read()))
        if self.held:
            return [_HELD]
        present = {
            each["metadata"]["name"]: each for each in self._intake.state.albconfigs.values() if not is_going(each)
        }
        forgotten = self._reconciler.forget_all_but(present)
        self._queue.keep_only(present)
        self._queue.add(self._due_beside_events(asked=asked))
        taken = self._queue.take()
        # In one go, so that the data plane takes all changes at once.
        outcomes = {
            name: self._reconciler.reconcile(present[name], self._intake.state) for name in present if name in taken
        }
        await self._report(cluster, reporter, outcomes)
        for name in present.keys() - taken:
            await reporter.renew_status(present[name], self._reconciler.load_balancer_id(name))
        unsettled = [f"the controller deleted what was made for AlbConfig {name}" for name in forgotten]
        return unsettled + [text for outcome in outcomes.values() if (text := _unsettled(outcome))]

    def _due_beside_events(self, *, asked: bool) -> set[str]:
        now, period = time.monotonic(), self.behaviour.resync_seconds
        resync = period > 0 and now - self._resynced >= period
        if resync or (asked and not self.behaviour.hash_label):
            self._resynced = now
            return self._intake.names()
        return self._intake.never_reconciled() | self._reconciler.waiting() if asked else set()

    async def _report(self, cluster: Cluster, reporter: Reporter, outcomes: "dict[str, Outcome]") -> None:
        left = set(outcomes)
        try:
            for name, outcome in outcomes.items():
                await reporter.report(outcome)
                if outcome.is_success() and self.behaviour.hash_label:
                    await self._write_label(cluster, outcome.albconfig)
                left.remove(name)
                if outcome.problems:
                    self._queue.failed(name)
                elif outcome.waiting:
                    self._queue.again(name, _WAIT_SECONDS)
                else:
                    self._queue.succeeded(name)
        finally:
            for name in left:
                self._queue.failed(name)

    async def _write_label(self, cluster: Cluster, albconfig: Object) -> None:
        value = self._intake.hash_of(albconfig)
        if value != label_of(albconfig):
            await cluster.write_label(albconfig, HASH_LABEL, value)

    def _delay(self) -> float:
        timers = (self.behaviour.resync_seconds, self.behaviour.status_seconds)
        return min([self._queue.wait(), *(seconds for seconds in timers if seconds > 0)])


def _unsettled(outcome: "Outcome") -> str:
    name = outcome.albconfig["metadata"]["name"]
    if outcome.waiting:
        return f"the controller waits until a listener of AlbConfig {name} is Running"
    return f"the controller changed listeners of AlbConfig {name}" if outcome.changed else ""


def _answer_all(callers: "list[asyncio.Future[list[str]]]", unsettled: list[str]) -> None:
    for each in callers:
        # The caller may have been cancelled.
        if not each.done():
            each.set_result(unsettled)
