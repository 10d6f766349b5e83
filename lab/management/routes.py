"""Journal, faults and holds, controller, account, and waiting: what the management port reads and does."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query, status

from lab.interception import Entry, Fault, Holds, Interceptor, Journal
from lab.management.schemas import ControllerChange, ControllerView, HoldView, NewAuthority, NewFault, SettledView

if TYPE_CHECKING:
    from lab.cloud import Cloud
    from lab.controller import Controller
    from lab.quiescence import Quiescence

_LONGEST_WAIT_SECONDS = 60


def journal_router(journal: Journal) -> APIRouter:
    """Build the routes of a journal."""
    router = APIRouter(prefix="/journal", tags=["journal"])

    @router.get("")
    async def read(
        service: Annotated[str, Query(description="Shell-style pattern: `cas`, `alb`, `kubernetes`, `*`.")] = "*",
        api: Annotated[str, Query(description="Shell-style pattern: `UploadPCACert`, `patch *`.")] = "*",
        since: Annotated[int, Query(ge=0, description="Only calls with a higher `sequence`.")] = 0,
    ) -> list[Entry]:
        """Return calls in the order in which they came in, also those that are not over (`ended` is null)."""
        return list(journal.entries(service=service, api=api, since=since))

    @router.delete("", status_code=status.HTTP_204_NO_CONTENT)
    async def clear() -> None:
        """Forget all calls and count each API from 1 again; the lines in the file stay."""
        journal.clear()

    return router


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


def controller_router(controller: "Controller") -> APIRouter:
    """Build the routes of the controller."""
    router = APIRouter(prefix="/controller", tags=["controller"])

    def view() -> ControllerView:
        return ControllerView(mode=controller.mode, held=controller.held)

    @router.get("")
    async def read() -> ControllerView:
        """Return which build it behaves like, and whether it is held back."""
        return view()

    @router.patch("")
    async def change(changes: ControllerChange) -> ControllerView:
        """Let it behave like another build from its next reconciliation on."""
        controller.mode = changes.mode
        return view()

    @router.post("/hold")
    async def hold() -> ControllerView:
        """Hold it back: AlbConfigs can change, listeners do not follow."""
        controller.hold()
        return view()

    @router.post("/restart")
    async def restart() -> ControllerView:
        """End it and let it begin again: its work queue is forgotten, and everything is watched anew.

        Answers once it has been through the cluster, at once while it is held back.
        """
        await controller.restart()
        return view()

    @router.post("/release")
    async def release() -> ControllerView:
        """Let it catch up."""
        controller.release()
        return view()

    return router


def lab_router(cloud: "Cloud", quiescence: "Quiescence") -> APIRouter:
    """Build the routes of the account, and of the lab as a whole."""
    router = APIRouter(tags=["lab"])

    @router.delete("/account", status_code=status.HTTP_204_NO_CONTENT)
    async def forget() -> None:
        """Lose all repositories and certificates of both sites, and forget the calls that count for throttling."""
        cloud.forget()

    @router.post("/private-authorities", status_code=status.HTTP_201_CREATED)
    async def buy(new: NewAuthority) -> dict[str, str]:
        """Buy a private CA, as in the console: CAS holds its key."""
        return {"identifier": cloud.cas.buy_authority(new.common_name, days=new.days).identifier}

    @router.post("/settle")
    async def settle(
        wait: Annotated[float, Query(gt=0, le=_LONGEST_WAIT_SECONDS, description="Seconds to wait at most.")] = 20,
    ) -> SettledView:
        """Work through the cluster as it is now, and answer once every listener runs and is served like that.

        Then `status --json` is true as well.
        """
        because = await quiescence.settle(wait)
        return SettledView(settled=not because, because=because)

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        """Answer as soon as the management port is up."""
        return {"status": "ok"}

    return router
