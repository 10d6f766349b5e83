"""Set faults, and let held calls go on."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, status

from lab.interception import Fault, Holds, Interceptor
from lab.management.schemas import HoldView, NewFault

_LONGEST_WAIT_SECONDS = 60


def fault_router(interceptor: Interceptor) -> APIRouter:
    """Build the routes of the faults in force."""
    router = APIRouter(prefix="/faults", tags=["faults"])

    @router.get("")
    async def read() -> list[Fault]:
        """Return the faults in force; `matched` 0 after the call in question means a misspelled pattern."""
        return list(interceptor.faults)

    @router.post("", status_code=status.HTTP_201_CREATED)
    async def add(new: NewFault) -> Fault:
        """Set a fault. A call that meets several is delayed and held by all, and rejected by the first."""
        return interceptor.faults.add(new.fault())

    @router.delete("", status_code=status.HTTP_204_NO_CONTENT)
    async def clear() -> None:
        """Take all faults out of force and let every held call go on."""
        interceptor.reset()

    @router.delete("/{fault_id}", status_code=status.HTTP_204_NO_CONTENT)
    async def remove(fault_id: int) -> None:
        """Take one fault out of force; a call that it holds already stays held."""
        if not interceptor.faults.remove(fault_id):
            raise HTTPException(status.HTTP_404_NOT_FOUND, f"no fault {fault_id}: GET /faults lists them")

    return router


def hold_router(holds: Holds) -> APIRouter:
    """Build the routes of the calls that stand still."""
    router = APIRouter(prefix="/holds", tags=["holds"])

    @router.get("")
    async def read(
        wait: Annotated[
            float, Query(ge=0, le=_LONGEST_WAIT_SECONDS, description="Seconds to wait for the first one.")
        ] = 0,
    ) -> list[HoldView]:
        """Return the calls that stand still, as soon as there is one; empty when the wait is over."""
        return [HoldView.of(hold) for hold in await holds.wait_for_one(wait)]

    @router.post("/{hold_id}/release")
    async def release(hold_id: int) -> HoldView:
        """Let a call go on."""
        hold = holds.release(hold_id)
        if hold is None:
            message = f"no call is held as {hold_id}: released, timed out, or its client is gone (see /journal)"
            raise HTTPException(status.HTTP_404_NOT_FOUND, message)
        return HoldView.of(hold)

    return router
