"""A lab of the bench's own: started, ended, and asked how many API calls were made."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab import lifecycle
from lab.environment import file_backend, path_entries, variables
from lab.paths import LabPaths
from lab.settings import LabSettings, PortMode
from tests.helpers.lab import LabHandle


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
    def counted_calls(self) -> Iterator[Counter[str]]:
        """Count what is called while the block runs, by service; the counts are there when it has ended."""
        calls: Counter[str] = Counter()
        self.management.delete("/journal").raise_for_status()
        yield calls
        calls.update(entry["service"] for entry in self.management.get("/journal").raise_for_status().json())


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
