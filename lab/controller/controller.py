"""The loop of the controller: watch, reconcile, report, and again."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from lab.controller.behaviour import ControllerBehaviour
from lab.controller.cluster import Cluster, ClusterError
from lab.controller.reconciler import Reconciler, RouteTable
from lab.controller.reporter import Reporter
from lab.controller.state import ClusterState, Object, is_going, is_same_request, key_of
from lab.controller.watcher import Watcher

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from lab.cloud import Cloud
    from lab.controller.reconciler import Outcome
    from lab.settings import ControllerMode

_log = logging.getLogger(__name__)

_WAIT_SECONDS = 0.1
_FIRST_RETRY_SECONDS = 0.5
_LAST_RETRY_SECONDS = 8.0


class Controller:
    """The ALB Ingress Controller of the lab.

    Attributes:
        behaviour: what can be changed while it runs.
        gate: cleared, the controller stands still.
    """

    def __init__(
        self,
        *,
        kubeconfig: "Path",
        cloud: "Cloud",
        data_plane: RouteTable,
        mode: "ControllerMode | None" = None,
    ) -> None:
        """Prepare; the kubeconfig is read when it runs.

        Args:
            kubeconfig: of a user who may read everything and write status and events.
            cloud: whose ALB it works on, without HTTP.
            data_plane: gets the forwarding rules.
            mode: the build that it behaves like, `managed` by default.
        """
        self.behaviour = ControllerBehaviour() if mode is None else ControllerBehaviour(mode=mode)
        self.gate = asyncio.Event()
        self.gate.set()
        self._kubeconfig = kubeconfig
        self._alb = cloud.alb
        self._reconciler = Reconciler(cloud.alb, data_plane, self.behaviour)
        self._state = ClusterState()
        self._changed = asyncio.Event()
        self._asked: list[asyncio.Future[bool]] = []
        self._retry_seconds = _FIRST_RETRY_SECONDS

    @property
    def mode(self) -> "ControllerMode":
        """The build that it behaves like."""
        return self.behaviour.mode

    @mode.setter
    def mode(self, mode: "ControllerMode") -> None:
        self.behaviour.mode = mode
        self._changed.set()

    async def settle(self) -> bool:
        """Read the cluster anew and work on what it asks for, in a round that begins after this call.

        Returns:
            Whether the round found nothing to do; False also for a controller that is held back.
        """
        if not self.gate.is_set():
            return False
        self._asked.append(asyncio.get_running_loop().create_future())
        self._changed.set()
        return await self._asked[-1]

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop."""
        cluster = Cluster(self._kubeconfig)
        reporter = Reporter(cluster, self._alb, self.behaviour)
        watcher = Watcher(cluster.configuration, self._saw)
        watcher.start()
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await _first(self.gate.wait(), stopping)
                if not stop.is_set():
                    self._changed.clear()
                    asked, self._asked = self._asked, []
                    delay, settled = await self._round(cluster, reporter)
                    _answer(asked, settled=settled)
                    await _first(self._changed.wait(), stopping, seconds=delay)
        finally:
            stopping.cancel()
            await watcher.stop()
            cluster.close()

    def _saw(self, kind: str, change: str | None, obj: Object) -> None:
        known: dict[Any, Object] = getattr(self._state, kind)
        key = key_of(obj)
        before = known.pop(key, None)
        if change != "DELETED":
            known[key] = obj
        if change == "DELETED" or not is_same_request(before, obj):
            self._changed.set()

    async def _round(self, cluster: Cluster, reporter: Reporter) -> tuple[float, bool]:
        """Reconcile everything once; return the seconds until the next time, and whether there was nothing to do."""
        try:
            # The watch only tells that there is something to do: what is to be done is read anew.
            self._state = await cluster.read()
            if not self.gate.is_set():
                return 0.0, False
            outcomes = self._reconcile()
            for outcome in outcomes:
                await reporter.report(outcome)
        except ClusterError as error:
            _log.warning("the cluster cannot be reconciled: %s", error)
            return self._backed_off(), False
        waiting = any(outcome.waiting for outcome in outcomes)
        settled = not waiting and not any(outcome.changed for outcome in outcomes)
        if any(outcome.problems for outcome in outcomes):
            return self._backed_off(), settled
        self._retry_seconds = _FIRST_RETRY_SECONDS
        return _WAIT_SECONDS if waiting else self.behaviour.resync_seconds, settled

    def _reconcile(self) -> "list[Outcome]":
        # In one go, so that the data plane takes all changes at once.
        present = [each for each in self._state.albconfigs.values() if not is_going(each)]
        self._reconciler.forget_all_but(each["metadata"]["name"] for each in present)
        return [self._reconciler.reconcile(each, self._state) for each in present]

    def _backed_off(self) -> float:
        delay = self._retry_seconds
        self._retry_seconds = min(2 * delay, _LAST_RETRY_SECONDS)
        return delay


def _answer(asked: "list[asyncio.Future[bool]]", *, settled: bool) -> None:
    for each in asked:
        # Whoever asked may have gone.
        if not each.done():
            each.set_result(settled)


async def _first(
    waiting: "Coroutine[Any, Any, Any]", stopping: "asyncio.Task[bool]", *, seconds: float | None = None
) -> None:
    task = asyncio.create_task(waiting)
    await asyncio.wait({task, stopping}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    task.cancel()
