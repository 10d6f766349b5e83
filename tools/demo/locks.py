"""The lock that an interrupted `pulumi` leaves on its stack: cancelled when the process that held it is gone."""

import json
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

from lab.stack_file import STACK
from tools.demo.stage import DemoError


@dataclass(frozen=True)
class Lock:
    """A lock of Pulumi's store in a folder.

    Attributes:
        pid: of the process that took it.
        host: name of the machine on which that ran.
    """

    pid: int
    host: str

    def is_held(self) -> bool:
        """Return whether its process may still run: on another machine, or in another container, nobody knows."""
        if self.host != socket.gethostname():
            return True
        try:
            return psutil.Process(self.pid).name().startswith("pulumi")
        except psutil.NoSuchProcess:
            return False


def locks_on(state: Path) -> list[Lock]:
    """Return the locks on the dev stack of a store.

    Args:
        state: the store's folder.
    """
    found = []
    for file in (state / ".pulumi" / "locks").glob(f"*/*/{STACK}/*.json"):
        try:
            content = json.loads(file.read_text())
        except FileNotFoundError:
            # Given back just now.
            continue
        found.append(Lock(int(content["pid"]), str(content["hostname"])))
    return found


def left_behind(state: Path) -> list[Lock]:
    """Return the locks of processes that are gone.

    Raises:
        DemoError: another lock is held.
    """
    locks = locks_on(state)
    for lock in locks:
        if lock.is_held():
            message = (
                f"pulumi (pid {lock.pid} on {lock.host}) still works on stack {STACK}: wait until it has ended, or end "
                "it, then run this again"
            )
            raise DemoError(message)
    return locks
