"""What a person can choose when starting a lab."""

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Mapping


class PortMode(StrEnum):
    """Which TCP and UDP ports a lab listens on."""

    DEFAULT = "default"
    EPHEMERAL = "ephemeral"
    AUTO = "auto"


class ControllerMode(StrEnum):
    """Which build the lab's controller behaves like (docs/facts/alibaba-cloud.md, Controller builds)."""

    MANAGED = "managed"
    OPEN_SOURCE = "open-source"


class RefusalStyle(StrEnum):
    """How a listener rejects a request: a TLS alert, or an HTTP 400 page."""

    ALERT = "alert"
    PAGE = "page"


@dataclass(frozen=True, kw_only=True)
class LabSettings:
    """Settings of one lab; they hold until it ends.

    Attributes:
        ports: fixed ports for people, free ones for tests; `auto` only until the lab has chosen one of these.
        controller: behaviour of the controller at the start; management can change it.
        refusal: how listeners reject requests at the start; management can change it.
    """

    ports: PortMode = PortMode.DEFAULT
    controller: ControllerMode = ControllerMode.MANAGED
    refusal: RefusalStyle = RefusalStyle.ALERT

    @classmethod
    def of(cls, values: "Mapping[str, str]") -> "LabSettings":
        """Read settings by attribute name, as a file or a command line gives them.

        Raises:
            ValueError: a value is none of its choices.
        """
        return cls(**{name: choices(values[name]) for name, choices in get_type_hints(cls).items()})

    def fits(self, running: "LabSettings") -> bool:
        """Return whether a lab that runs is as these settings have it."""
        ports = running.ports if self.ports is PortMode.AUTO else self.ports
        return replace(self, ports=ports) == running

    def options(self) -> list[str]:
        """Return the settings as a command line has them."""
        return [word for each in fields(self) for word in (f"--{each.name}", getattr(self, each.name))]
