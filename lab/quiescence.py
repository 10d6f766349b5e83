"""Waits until controller, ALB and data plane have nothing left to do; it looks at their memory only."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.cloud import Cloud
    from lab.controller import Controller
    from lab.dataplane import DataPlane
    from lab.webhook import Registration

_POLL_SECONDS = 0.02


class Quiescence:
    """Waits until nothing is left to do.

    No call of it is in the journal, and none counts for throttling.
    """

    def __init__(
        self,
        *,
        controller: "Controller",
        registration: "Registration",
        cloud: "Cloud",
        data_plane: "DataPlane",
        publish: "Callable[[], None]",
    ) -> None:
        """Take the parts of a lab."""
        self._controller = controller
        self._registration = registration
        self._cloud = cloud
        self._data_plane = data_plane
        self._publish = publish

    async def settle(self, seconds: float) -> list[str]:
        """Work through the cluster as it is now, until there is nothing left to do.

        Returns:
            What was left to do when the time was over, in words for people; empty when all is done.
        """
        because = ["the controller has not been through the cluster yet"]
        try:
            async with asyncio.timeout(seconds):
                while because:
                    await asyncio.sleep(_POLL_SECONDS)
                    because = await self._controller.settle() or self._unserved() or self._registration.unsettled()
        except TimeoutError:
            return because
        self._publish()
        return []

    def _unserved(self) -> list[str]:
        waiting = [
            f"listener {each.label} of {each.load_balancer_id} is {each.status}"
            for each in self._cloud.alb.listeners()
            if each.status != "Running" and each.load_balancer_id in self._data_plane.albconfigs
        ]
        if not waiting and not self._data_plane.is_current():
            waiting.append("the data plane does not serve the listeners as they are now")
        return waiting
