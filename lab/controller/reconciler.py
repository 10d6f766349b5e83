"""Reconciles one AlbConfig: plans it, works on the ALB, hands routes to the data plane, and returns the outcome."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from lab.cloud import CloudFault
from lab.controller.apply import Applied, Applier, ReuseError, fault_text
from lab.controller.events import Reason
from lab.controller.model import BuildError
from lab.controller.plan import plan
from lab.controller.state import load_balancer_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lab.behaviour import ControllerBehaviour
    from lab.cloud import AlbService, LoadBalancer
    from lab.controller.plan import Plan
    from lab.controller.state import ClusterState, Object
    from lab.dataplane import Route

_BUSY = "SDK.ServerError ErrorCode: IncorrectStatus.Listener"


class RouteTable(Protocol):
    """Where forwarding rules go: the data plane."""

    def set_routes(self, load_balancer_id: str, *, albconfig: str, routes: "Mapping[str, tuple[Route, ...]]") -> None:
        """Take the forwarding rules of a load balancer."""

    def forget(self, load_balancer_id: str) -> None:
        """Serve a load balancer no more."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why something could not be done.

    Attributes:
        reason: of the event.
        text: in the controller's words.
        ingress: the Ingress that is to blame, None when it concerns the AlbConfig with all its Ingresses.
    """

    reason: Reason
    text: str
    ingress: "Object | None" = None


@dataclass(kw_only=True)
class Outcome:
    """What became of an AlbConfig in one round."""

    albconfig: "Object"
    ingresses: "list[Object]" = field(default_factory=list)
    load_balancer: "LoadBalancer | None" = None
    problems: list[Problem] = field(default_factory=list)
    changed: bool = False
    waiting: bool = False

    def is_success(self) -> bool:
        """Return whether everything was done."""
        return not self.problems and not self.waiting


class Reconciler:
    """Works on the ALB and the data plane; the cluster is only read, through its state."""

    def __init__(self, alb: "AlbService", routes: RouteTable, behaviour: "ControllerBehaviour") -> None:
        """Know no load balancer yet."""
        self._applier = Applier(alb)
        self._routes = routes
        self._behaviour = behaviour
        self._load_balancer_ids: dict[str, str] = {}
        self._waiting_since: dict[str, float] = {}

    def reconcile(self, albconfig: "Object", state: "ClusterState") -> Outcome:
        """Reconcile an AlbConfig."""
        outcome = Outcome(albconfig=albconfig)
        try:
            planned = plan(albconfig, state, case_sensitive=self._behaviour.keys_case_sensitive)
        except BuildError as error:
            outcome.problems.append(Problem(reason=Reason.FAILED_BUILD_MODEL, text=str(error)))
            return outcome
        outcome.ingresses = planned.ingresses
        outcome.problems += [
            Problem(reason=Reason.FAILED_BUILD_MODEL, text=mistake, ingress=ingress)
            for ingress, mistake in planned.mistakes
        ]
        try:
            self._apply(planned, outcome)
        except CloudFault as fault:
            outcome.problems.append(Problem(reason=Reason.FAILED_APPLY_MODEL, text=fault_text(fault)))
        except ReuseError as error:
            outcome.problems.append(Problem(reason=Reason.FAILED_APPLY_MODEL, text=str(error)))
        return outcome

    def load_balancer_id(self, name: str) -> str | None:
        """Return the id of the load balancer of an AlbConfig, None when it has none yet."""
        return self._load_balancer_ids.get(name)

    def waiting(self) -> set[str]:
        """Return the AlbConfigs with a listener that has to be Running before it can be changed."""
        return set(self._waiting_since)

    def forget_waiting(self) -> None:
        """Wait for no listener any more, as a process that has just begun."""
        self._waiting_since.clear()

    def forget_all_but(self, names: "Iterable[str]") -> list[str]:
        """Delete what was made for AlbConfigs that are gone; what was reused stays, and is served no more.

        Returns:
            Those for which there was something to delete.
        """
        forgotten = sorted(self._load_balancer_ids.keys() - set(names))
        for name in forgotten:
            gone = self._load_balancer_ids.pop(name)
            self._applier.release(gone, albconfig=name)
            if gone not in self._load_balancer_ids.values():
                self._routes.forget(gone)
            self._waiting_since.pop(name, None)
        return forgotten

    def _apply(self, planned: "Plan", outcome: Outcome) -> None:
        name = outcome.albconfig["metadata"]["name"]
        known = self._load_balancer_ids.get(name) or load_balancer_id(outcome.albconfig)
        load_balancer = self._applier.load_balancer(
            planned.desired, albconfig=name, known_id=known, behaviour=self._behaviour
        )
        identifier = load_balancer.load_balancer_id
        self._load_balancer_ids[name] = identifier
        outcome.load_balancer = load_balancer
        self._routes.set_routes(identifier, albconfig=name, routes=planned.routes)
        other_edition = self._applier.apply_edition(load_balancer, planned.desired, behaviour=self._behaviour)
        applied = self._applier.apply(identifier, planned.desired, behaviour=self._behaviour)
        self._lose_patience(name, applied)
        outcome.changed, outcome.waiting = applied.changed or other_edition, bool(applied.waiting)
        if self._behaviour.fails_half_way:
            applied.failures.setdefault("0/HTTP", "the lab's switch fails_half_way is on")
        if applied.failures:
            outcome.problems.append(Problem(reason=Reason.FAILED_APPLY_MODEL, text=applied.message()))

    def _lose_patience(self, name: str, applied: Applied) -> None:
        if not applied.waiting:
            self._waiting_since.pop(name, None)
            return
        now = asyncio.get_running_loop().time()
        if now - self._waiting_since.setdefault(name, now) > self._behaviour.patience_seconds:
            applied.failures |= dict.fromkeys(applied.waiting, _BUSY)
