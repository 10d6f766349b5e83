"""Hold the controller back, and change which build it is."""

from typing import Protocol

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from lab.settings import ControllerMode


class ControllerSwitch(Protocol):
    """What management changes about the controller.

    Attributes:
        mode: which build it behaves like.
    """

    mode: ControllerMode

    @property
    def held(self) -> bool:
        """Whether it stands still."""

    def hold(self) -> None:
        """Stand still."""

    def release(self) -> None:
        """Go on."""


class ControllerView(BaseModel):
    """The controller."""

    mode: ControllerMode
    held: bool


class ControllerChange(BaseModel):
    """A change of the controller."""

    model_config = ConfigDict(extra="forbid")

    mode: ControllerMode


def controller_router(controller: ControllerSwitch) -> APIRouter:
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

    @router.post("/release")
    async def release() -> ControllerView:
        """Let it catch up."""
        controller.release()
        return view()

    return router
