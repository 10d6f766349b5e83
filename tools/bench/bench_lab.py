"""A lab of the bench's own: started, ended, and what it has noted."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import lifecycle
from lab.environment import file_backend, path_entries, variables
from lab.paths import LabPaths
from lab.settings import LabSettings, PortMode
from tests.helpers.lab import LabHandle
from tools.bench.controller_time import controller_seconds


@dataclass(kw_only=True)
class Journal:
    """What a lab has noted.

    Attributes:
        calls: of its APIs.
        changes: of its listeners.
    """

    calls: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def controller_seconds(self) -> float:
        """How long the lab's own parts took to follow."""
        return controller_seconds(self.calls, self.changes)


class BenchLab(LabHandle):
    """A running lab."""

    def environment(self, folder: Path) -> dict[str, str]:
        """Return the environment of a CLI call whose state and PULUMI_HOME lie below `folder`."""
        state = folder / "state"
        state.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            **variables(self.paths, self.status),
            "PULUMI_BACKEND_URL": file_backend(state),
            "PULUMI_HOME": str(folder / "home"),
            "PATH": os.pathsep.join([*path_entries(), os.environ.get("PATH", os.defpath)]),
        }
        # Without byte code kept, each run would compile the program again, which it does nowhere else.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        return environment

    @contextmanager
    def journal(self) -> Iterator[Journal]:
        """Note what is called, and what the controller does, while the block runs; it is there when it has ended."""
        journal = Journal()
        self.management.delete("/journal").raise_for_status()
        yield journal
        journal.calls = self._get("/journal")
        journal.changes = self._get("/load-balancers/changes")

    def _get(self, path: str) -> Any:
        return self.management.get(path).raise_for_status().json()


@contextmanager
def bench_lab(report: Callable[[str], None]) -> Iterator[BenchLab]:
    """Start a lab named after this process, and end it.

    Raises:
        lifecycle.LabError: it could not be started.
    """
    paths = LabPaths.of(f"bench-{os.getpid()}")
    try:
        lifecycle.start(paths, LabSettings(ports=PortMode.EPHEMERAL), lambda step: report(f"lab: {step}"))
        lab = BenchLab(paths.name)
        yield lab
        lab.close()
    finally:
        lifecycle.stop(paths)
