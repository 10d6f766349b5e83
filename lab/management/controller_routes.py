"""Hold the controller back, change which build it is, and how listeners reject requests."""

from typing import Protocol

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from lab.settings import ControllerMode, RefusalStyle


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


class RefusalSwitch(Protocol):
    """What management changes about the data plane.

    Attributes:
        refusal: how listeners reject a request; takes effect with the next configuration of the data plane.
    """

    refusal: RefusalStyle


class ControllerView(BaseModel):
    """The controller."""

    mode: ControllerMode
    held: bool


class ControllerChange(BaseModel):
    """A change of the controller."""

    model_config = ConfigDict(extra="forbid")

    mode: ControllerMode


class DataPlaneView(BaseModel):
    """The data plane; as a change, the same."""

    model_config = ConfigDict(extra="forbid")

    refusal: RefusalStyle


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


def data_plane_router(data_plane: RefusalSwitch) -> APIRouter:
    """Build the routes of the data plane."""
    router = APIRouter(prefix="/data-plane", tags=["data plane"])

    @router.get("")
    async def read() -> DataPlaneView:
        """Return how listeners reject a request."""
        return DataPlaneView(refusal=data_plane.refusal)

    @router.patch("")
    async def change(changes: DataPlaneView) -> DataPlaneView:
        """Let listeners reject requests by a TLS alert, or by an HTTP 400 page."""
        data_plane.refusal = changes.refusal
        return DataPlaneView(refusal=data_plane.refusal)

    return router
