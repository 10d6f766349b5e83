"""What the management port changes, without the rest of the lab."""

from dataclasses import dataclass, field

from lab.cloud import Behaviour, Timings
from lab.controller import ControllerBehaviour
from lab.interception import Interceptor
from lab.settings import ControllerMode


@dataclass(kw_only=True)
class Parts:
    """Everything that management changes; the controller too."""

    interceptor: Interceptor = field(default_factory=Interceptor)
    timings: Timings = field(default_factory=Timings)
    cloud: Behaviour = field(default_factory=Behaviour)
    reading: ControllerBehaviour = field(default_factory=ControllerBehaviour)
    held: bool = False
    mode: ControllerMode = ControllerMode.MANAGED
    unsettled: list[str] = field(default_factory=list)
    waited: float = 0
    forgotten: int = 0

    def hold(self) -> None:
        """Stand still."""
        self.held = True

    def release(self) -> None:
        """Go on."""
        self.held = False

    async def settle(self, seconds: float) -> list[str]:
        """Find as much to do as the test wants."""
        self.waited = seconds
        return self.unsettled

    def forget(self) -> None:
        """Count."""
        self.forgotten += 1
