"""Pulumi's own server of dynamic providers, as the engine starts it, in a forked process."""

import io
import os
import runpy
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import pulumi.dynamic
from typing_extensions import Buffer

from alb_mtls.aliyun import cas_repositories

# What a provider looks for before it creates a repository is listed at once by this lab, and thousands of runs would
# wait five seconds each for nothing to appear (docs/reference/state-and-claim.md, CAS).
_LOOK_SECONDS = 0.2


class _PortFirst(io.RawIOBase):
    """A standard output whose first line, the port, goes to who started the process, and the rest into a file."""

    def __init__(self, answers: Connection, log: Path) -> None:
        super().__init__()
        self._answers = answers
        self._log = log
        self._port_sent = False

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        text = bytes(data)
        if self._port_sent:
            with self._log.open("ab") as log:
                log.write(text)
        else:
            self._answers.send(int(text))
            self._port_sent = True
        return len(text)


def serve(engine: str, environment: dict[str, str], log: Path, answers: Connection) -> None:
    """Be the provider process of an engine until killed.

    Args:
        engine: `host:port` on which the engine listens, as Pulumi gives it.
        environment: added to that of the process.
        log: gets what the providers print.
        answers: gets the port of the server.
    """
    os.environ.update(environment)
    cas_repositories.LOOK_SECONDS = _LOOK_SECONDS  # type: ignore[misc]  # a constant for everybody else
    sys.argv = [str(Path(pulumi.dynamic.__file__).with_name("__main__.py")), engine]
    sys.stdout = sys.stderr = io.TextIOWrapper(_PortFirst(answers, log), write_through=True)
    runpy.run_module("pulumi.dynamic", run_name="__main__")
