"""The loop of the controller: watch, reconcile, report, and again."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab.behaviour import ControllerBehaviour
from lab.controller.cluster import Cluster, ClusterError
from lab.controller.reconciler import Reconciler, RouteTable
from lab.controller.reporter import Reporter
from lab.controller.state import ClusterState, Object, is_going, is_same_request, key_of
from lab.controller.watcher import Watcher
from lab.waiting import first_of

if TYPE_CHECKING:
    from lab.cloud import Cloud
    from lab.control_plane.access import Access
    from lab.controller.reconciler import Outcome
    from lab.settings import ControllerMode

_log = logging.getLogger(__name__)

_WAIT_SECONDS = 0.1
_FIRST_RETRY_SECONDS = 0.5
_LAST_RETRY_SECONDS = 8.0


_HELD = "the controller is held back"
_NOT_RUNNING = "the controller does not run"


@dataclass(frozen=True, kw_only=True)
class _Round:
    """One time through the cluster.

    Attributes:
        delay: seconds until the next one.
        unsettled: what there was to do, empty when there was nothing.
    """

    delay: float
    unsettled: list[str] = field(default_factory=list)


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
        self._state = ClusterState()
        self._changed = asyncio.Event()
        self._runs = False
        self._callers: list[asyncio.Future[list[str]]] = []
        self._retry_seconds = _FIRST_RETRY_SECONDS

    @property
    def mode(self) -> "ControllerMode":
        """The build that it behaves like."""
        return self.behaviour.mode

    @mode.setter
    def mode(self, mode: "ControllerMode") -> None:
        self.behaviour.mode = mode
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

    async def settle(self) -> list[str]:
        """Read the cluster again and work on it, in a round that begins after this call.

        Returns:
            What there was to do, in words for people; empty when the round found nothing.
        """
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
        reporter = Reporter(cluster, self._alb, self.behaviour)
        watcher = Watcher(self._access, self._on_event)
        watcher.start()
        stopping = asyncio.create_task(stop.wait())
        self._runs = True
        try:
            while not stop.is_set():
                await first_of(self._gate.wait(), stopping, watcher.ended)
                if watcher.ended.done():
                    raise watcher.ended.result()
                if not stop.is_set() and not self.held:
                    await self._work(cluster, reporter, stopping, watcher.ended)
        finally:
            self._runs = False
            self._answer([_NOT_RUNNING])
            stopping.cancel()
            await watcher.stop()
            cluster.close()

    async def _work(self, cluster: Cluster, reporter: Reporter, *ends: "asyncio.Future[Any]") -> None:
        self._changed.clear()
        callers, self._callers = self._callers, []
        done = _Round(delay=0.0, unsettled=[_NOT_RUNNING])
        try:
            done = await self._round(cluster, reporter)
        finally:
            _answer_all(callers, done.unsettled)
        await first_of(self._changed.wait(), *ends, seconds=done.delay)

    def _answer(self, unsettled: list[str]) -> None:
        callers, self._callers = self._callers, []
        _answer_all(callers, unsettled)

    def _on_event(self, kind: str, change: str | None, obj: Object) -> None:
        known: dict[Any, Object] = getattr(self._state, kind)
        key = key_of(obj)
        before = known.pop(key, None)
        if change != "DELETED":
            known[key] = obj
        if change == "DELETED" or not is_same_request(before, obj):
            self._changed.set()

    async def _round(self, cluster: Cluster, reporter: Reporter) -> _Round:
        try:
            # The watch is only a signal: what is to be done is read again.
            self._state = await cluster.read()
            if self.held:
                return _Round(delay=0.0, unsettled=[_HELD])
            forgotten, outcomes = self._reconcile()
            for outcome in outcomes:
                await reporter.report(outcome)
        except ClusterError as error:
            _log.warning("the cluster cannot be reconciled: %s", error)
            return _Round(delay=self._backed_off(), unsettled=[f"the cluster cannot be reconciled: {error}"])
        unsettled = [f"the controller deleted what was made for AlbConfig {name}" for name in forgotten]
        unsettled += [text for outcome in outcomes if (text := _unsettled(outcome))]
        if any(outcome.problems for outcome in outcomes):
            return _Round(delay=self._backed_off(), unsettled=unsettled)
        self._retry_seconds = _FIRST_RETRY_SECONDS
        waiting = any(outcome.waiting for outcome in outcomes)
        return _Round(delay=_WAIT_SECONDS if waiting else self.behaviour.resync_seconds, unsettled=unsettled)

    def _reconcile(self) -> "tuple[list[str], list[Outcome]]":
        # In one go, so that the data plane takes all changes at once.
        present = [each for each in self._state.albconfigs.values() if not is_going(each)]
        forgotten = self._reconciler.forget_all_but(each["metadata"]["name"] for each in present)
        return forgotten, [self._reconciler.reconcile(each, self._state) for each in present]

    def _backed_off(self) -> float:
        delay = self._retry_seconds
        self._retry_seconds = min(2 * delay, _LAST_RETRY_SECONDS)
        return delay


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
