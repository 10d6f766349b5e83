"""What the management port changes, without the rest of the lab."""

from dataclasses import dataclass, field
from enum import StrEnum

from lab.interception import Interceptor
from lab.settings import ControllerMode


class Duplicate(StrEnum):
    """A switch with names."""

    TAKEN = "taken"
    REFUSED = "refused"


@dataclass(kw_only=True)
class Timings:
    """Numbers that cannot be below zero."""

    configuring_seconds: float = 0.3
    requests_per_second: int = 10


@dataclass(kw_only=True)
class CloudBehaviour:
    """Switches of one part of the lab."""

    duplicate: Duplicate = Duplicate.TAKEN
    wrong_site: bool = False


@dataclass(kw_only=True)
class ControllerBehaviour:
    """Switches of another."""

    keys_read_case_sensitively: bool = True


@dataclass(kw_only=True)
class Parts:
    """Everything that management changes; the controller too."""

    interceptor: Interceptor = field(default_factory=Interceptor)
    timings: Timings = field(default_factory=Timings)
    cloud: CloudBehaviour = field(default_factory=CloudBehaviour)
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
