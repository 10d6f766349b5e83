"""Wait until the lab has nothing left to do."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

_LONGEST_WAIT_SECONDS = 60


class Settling(Protocol):
    """What knows all parts of the lab."""

    async def settle(self, seconds: float) -> list[str]:
        """Work through the cluster as it is now, and return what was left to do when the time was over."""


class SettledView(BaseModel):
    """Whether anything is left to do."""

    settled: bool
    because: Annotated[list[str], Field(description="What is left to do; empty when settled.")]


def settle_router(settling: Settling) -> APIRouter:
    """Build the route."""
    router = APIRouter(prefix="/settle", tags=["settle"])

    @router.post("")
    async def settle(
        wait: Annotated[float, Query(gt=0, le=_LONGEST_WAIT_SECONDS, description="Seconds to wait at most.")] = 20,
    ) -> SettledView:
        """Work through the cluster as it is now, and answer once every listener runs and is served like that.

        Then `status --json` is true as well.
        """
        because = await settling.settle(wait)
        return SettledView(settled=not because, because=because)

    return router
