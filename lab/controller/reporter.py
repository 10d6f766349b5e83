"""Reports to the cluster what became of an AlbConfig: status and events."""

import asyncio
from typing import TYPE_CHECKING

from lab.controller.events import Reason, event_about
from lab.controller.state import albconfig_status, has_hostname

if TYPE_CHECKING:
    from lab.behaviour import ControllerBehaviour
    from lab.cloud import AlbService, LoadBalancer
    from lab.controller.cluster import Cluster
    from lab.controller.reconciler import Outcome, Problem
    from lab.controller.state import Object

_ALBCONFIG = {"kind": "AlbConfig", "api_version": "alibabacloud.com/v1"}
_INGRESS = {"kind": "Ingress", "api_version": "networking.k8s.io/v1"}


class Reporter:
    """Writes what has changed, and the status from time to time although nothing has."""

    def __init__(self, cluster: "Cluster", alb: "AlbService", behaviour: "ControllerBehaviour") -> None:
        """Start with nothing reported."""
        self._cluster = cluster
        self._alb = alb
        self._behaviour = behaviour
        self._well: set[str] = set()
        self._renewals: dict[str, tuple[float, int]] = {}

    async def report(self, outcome: "Outcome") -> None:
        """Write status and events.

        Raises:
            ClusterError: something could not be written.
        """
        if outcome.load_balancer is not None:
            await self._write_statuses(outcome, outcome.load_balancer)
        for problem in outcome.problems:
            await self._emit(problem, outcome)
        uid = outcome.albconfig["metadata"]["uid"]
        if outcome.problems:
            self._well.discard(uid)
        elif not outcome.waiting and (outcome.changed or uid not in self._well):
            self._well.add(uid)
            await self._cluster.emit(
                event_about(outcome.albconfig, **_ALBCONFIG, reason=Reason.SUCCESSFULLY_RECONCILED)
            )

    async def renew_status(self, albconfig: "Object", load_balancer_id: str | None) -> None:
        """Write the status of an AlbConfig that was not reconciled, when it is time to.

        Raises:
            ClusterError: it could not be written.
        """
        if load_balancer_id is not None and self._is_time_to_renew(albconfig):
            await self._write_albconfig_status(albconfig, self._alb.load_balancer(load_balancer_id))

    async def _emit(self, problem: "Problem", outcome: "Outcome") -> None:
        await self._cluster.emit(
            event_about(outcome.albconfig, **_ALBCONFIG, reason=problem.reason, error=problem.text)
        )
        for ingress in outcome.ingresses if problem.ingress is None else [problem.ingress]:
            await self._cluster.emit(event_about(ingress, **_INGRESS, reason=problem.reason, error=problem.text))

    async def _write_statuses(self, outcome: "Outcome", load_balancer: "LoadBalancer") -> None:
        await self._write_albconfig_status(outcome.albconfig, load_balancer)
        for ingress in outcome.ingresses:
            if not has_hostname(ingress, load_balancer.dns_name):
                await self._cluster.write_ingress_status(ingress, load_balancer.dns_name)

    async def _write_albconfig_status(self, albconfig: "Object", load_balancer: "LoadBalancer") -> None:
        name, uid = albconfig["metadata"]["name"], albconfig["metadata"]["uid"]
        status = albconfig_status(load_balancer, self._alb.listeners(load_balancer.load_balancer_id))
        if albconfig.get("status") != status:
            await self._cluster.write_albconfig_status(name, status)
        elif self._is_time_to_renew(albconfig):
            _, count = self._renewals[uid]
            members = ("dnsname", "id") if count % 2 else ("id",)
            same = {member: status["loadBalancer"][member] for member in members}
            await self._cluster.renew_albconfig_status(name, {"loadBalancer": same})
            self._renewals[uid] = (asyncio.get_running_loop().time(), count + 1)

    def _is_time_to_renew(self, albconfig: "Object") -> bool:
        now = asyncio.get_running_loop().time()
        written, _ = self._renewals.setdefault(albconfig["metadata"]["uid"], (now, 0))
        return now - written >= self._behaviour.status_seconds
