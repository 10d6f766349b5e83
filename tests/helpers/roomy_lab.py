"""A lab with room for many listeners: `python -m tests.helpers.roomy_lab` is `python -m lab.daemon` with more ports."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from lab import daemon, lifecycle, ports
from lab.lifecycle import DAEMON, daemon_of
from lab.paths import PROJECT, LabPaths
from lab.settings import LabSettings, PortMode
from tests.helpers.clear_text import assert_nothing_in_the_clear_of_lab
from tests.helpers.lab import LabHandle, wait_until


class _Blocks:
    """As many blocks of ports as are asked for; each is guarded as a single one is."""

    def __init__(self) -> None:
        self._blocks = [ports.PortBlock()]

    def take(self) -> int:
        """Return the next free port."""
        try:
            return self._blocks[-1].take()
        except ports.NoFreePortError:
            self._blocks.append(ports.PortBlock())
            return self._blocks[-1].take()

    def release(self) -> None:
        """Give all blocks back."""
        for block in self._blocks:
            block.release()


class _RoomyPlan(ports.PortPlan):
    def __init__(self, mode: PortMode) -> None:
        super().__init__(mode)
        first = self._block
        self._block = _Blocks()  # type: ignore[assignment]  # takes and releases, and that is all that is asked of it
        first.release()


@contextmanager
def roomy_lab() -> Iterator[LabHandle]:
    settings = LabSettings(ports=PortMode.EPHEMERAL)
    paths = LabPaths.of(f"roomy-{os.getpid()}")
    paths.logs.mkdir(mode=0o700, parents=True)
    try:
        with paths.log(DAEMON).open("ab") as log:
            words = [sys.executable, "-m", "tests.helpers.roomy_lab", f"--name={paths.name}", *settings.options()]
            process = subprocess.Popen(
                words, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(lambda: daemon_of(paths) is not None, "the lab has begun to start")
        lifecycle.start(paths, settings, print)
        handle = LabHandle(paths.name)
        yield handle
        handle.close()
        assert_nothing_in_the_clear_of_lab(paths)
    finally:
        lifecycle.stop(paths)
        process.wait(timeout=30)


if __name__ == "__main__":
    # The lab of a person needs no more than one block.
    setattr(daemon, "PortPlan", _RoomyPlan)  # noqa: B010  # mypy lets nobody assign a class
    sys.exit(daemon.main(sys.argv[1:]))
