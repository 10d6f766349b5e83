"""How far a lab's daemon is, in one small file for whoever started it."""

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from lab.files import write_private
from lab.settings import LabSettings

if TYPE_CHECKING:
    from pathlib import Path


class Phase(StrEnum):
    """What a daemon does at the moment."""

    STARTING = "starting"
    READY = "ready"
    BROKEN = "broken"
    FAILED = "failed"
    STOPPING = "stopping"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One moment of a daemon's life.

    Attributes:
        phase: starting, ready, broken (a part died since), failed (it never was ready), stopping.
        steps: what was begun so far while starting, in words for people, oldest first.
        problems: why it is broken or failed; each names the part, how it ended and its log file.
        note: what whoever starts it should know, in a sentence: None, or why it has no default ports.
        settings: what the lab was started with, and the ports that it chose.
    """

    phase: Phase
    steps: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    note: str | None = None
    settings: LabSettings = field(default_factory=LabSettings)

    def write(self, file: "Path") -> None:
        """Replace the content of the file."""
        write_private(file, json.dumps(asdict(self)))

    @classmethod
    def read(cls, file: "Path") -> "Progress | None":
        """Return the last moment written, None when there is none yet."""
        try:
            content: dict[str, Any] = json.loads(file.read_text())
        except FileNotFoundError:
            return None
        return cls(
            phase=Phase(content["phase"]),
            steps=content["steps"],
            problems=content["problems"],
            note=content.get("note"),
            settings=LabSettings.of(content["settings"]),
        )
