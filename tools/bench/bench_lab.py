"""A lab of the bench's own: started, ended, and asked how many API calls were made."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from lab import lifecycle
from lab.environment import path_entries, variables
from lab.paths import LabPaths
from lab.settings import LabSettings, PortMode
from lab.status import Status, read_status

# Without byte code kept, each run would compile the program anew, which it does nowhere else.
_LEFT_OUT = frozenset({"PYTHONDONTWRITEBYTECODE"})


class BenchLab:
    """A running lab."""

    def __init__(self, paths: LabPaths) -> None:
        """Take a lab that is ready."""
        self._paths = paths
        self.status: Status = read_status(paths)
        self.server_ca = paths.server_ca
        self._management = f"http://{self.status['endpoints']['management']}"

    def environment(self, folder: Path) -> dict[str, str]:
        """Return the environment of a CLI call whose state and PULUMI_HOME lie below `folder`."""
        state, home = folder / "state", folder / "home"
        state.mkdir(parents=True, exist_ok=True)
        path = os.pathsep.join([*path_entries(), os.environ.get("PATH", os.defpath)])
        return {
            **{name: value for name, value in os.environ.items() if name not in _LEFT_OUT},
            **variables(self._paths, self.status),
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_HOME": str(home),
            "PATH": path,
        }

    @contextmanager
    def counted_calls(self) -> Iterator[Counter[str]]:
        """Count what is called while the block runs, by service; the counts are there when it has ended."""
        calls: Counter[str] = Counter()
        httpx.delete(f"{self._management}/journal", trust_env=False).raise_for_status()
        yield calls
        answered = httpx.get(f"{self._management}/journal", trust_env=False).raise_for_status()
        calls.update(entry["service"] for entry in answered.json())


@contextmanager
def bench_lab(report: Callable[[str], None]) -> Iterator[BenchLab]:
    """Start a lab named after this process, and end it.

    Raises:
        lifecycle.LabError: it could not be started.
    """
    paths = LabPaths.of(f"bench-{os.getpid()}")
    try:
        lifecycle.start(paths, LabSettings(ports=PortMode.EPHEMERAL), lambda step: report(f"lab: {step}"))
        yield BenchLab(paths)
    finally:
        lifecycle.stop(paths)
