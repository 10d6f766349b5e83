"""One fault in one API, in each operation that calls it, and what must hold after each."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.helpers.lab import LabHandle
from tests.helpers.without_engine import WithoutEngine
from tests.helpers.world import World

Call = tuple[str, str]
OPERATIONS = ("up", "refresh", "destroy")
# What a person is told when a permission is missing, by cloud and by cluster.
_DENIED = re.compile(r"Allow the RAM action [a-z-]+:\w+|may not \w+ \S+ in the cluster; grant it")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A fault to be met.

    Attributes:
        kind: as the lab's management port names it.
        call: service and API.
        times: how many calls meet it; None for all.
        seconds: of a latency.
    """

    kind: str
    call: Call
    times: int | None = 1
    seconds: float | None = None

    def __str__(self) -> str:
        """Name the cell in messages."""
        return f"{self.kind} of {self.call[1]}"

    def set_on(self, lab: LabHandle) -> None:
        """Put the fault in force, counted from now."""
        service, api = self.call
        fault: dict[str, object] = {"kind": self.kind, "service": service, "api": api, "times": self.times}
        if self.seconds is not None:
            fault["seconds"] = self.seconds
        lab.management.post("/faults", json=fault).raise_for_status()

    def taken_off(self, lab: LabHandle) -> int:
        """Take the fault out of force; return how many calls met it."""
        met = sum(int(fault["applied"]) for fault in lab.management.get("/faults").json())
        lab.management.delete("/faults").raise_for_status()
        return met


def calls_since(lab: LabHandle, since: int = 0) -> tuple[set[Call], int]:
    """Return which APIs were called since a place in the journal, and the place now."""
    entries = lab.management.get("/journal", params={"since": since}).json()
    return {(e["service"], e["api"]) for e in entries}, max((e["sequence"] for e in entries), default=since)


def healed(lab: LabHandle, stack: WithoutEngine, cell: Cell, called: dict[str, set[Call]]) -> list[str]:
    """Run up, refresh and destroy, with the fault in each that calls the API; return what did not heal."""
    before = World.of(lab)
    wrong = []
    expected: dict[str, Callable[[], bool]] = {
        "up": lambda: _in_force(lab),
        "refresh": lambda: _in_force(lab),
        "destroy": lambda: World.of(lab) == before,
    }
    for operation in OPERATIONS:
        error, met = _run(lab, stack, operation, cell if cell.call in called[operation] else None)
        if error is not None:
            wrong.append(f"{cell} in {operation}: not healed: {error}")
            _put_back(stack)
            break
        if met == 0 and cell.call in called[operation]:
            wrong.append(f"{cell} in {operation}: was never met")
        if not expected[operation]():
            wrong.append(f"{cell} in {operation}: healed, but the world is not as it should be")
    return wrong


def refused(lab: LabHandle, stack: WithoutEngine, cell: Cell, called: dict[str, set[Call]]) -> list[str]:
    """Run up, refresh and destroy with the permission missing in each; return what was not told or not left alone."""
    wrong = []
    before = World.of(lab)
    for operation in OPERATIONS:
        if cell.call not in called[operation]:
            _run(lab, stack, operation, None)
            continue
        standing = World.of(lab).element("alb", 443)
        error, _ = _run(lab, stack, operation, cell)
        if error is not None and not _DENIED.search(str(error)):
            wrong.append(f"{cell} in {operation}: says {error}")
        if error is not None and World.of(lab).element("alb", 443) not in (standing, before.element("alb", 443)):
            wrong.append(f"{cell} in {operation}: refused, but the listener is neither as it was nor as before")
        if error is not None and operation != "refresh":
            _put_back(stack)
            if World.of(lab) != before:
                wrong.append(f"{cell} in {operation}: once it is allowed, destroy does not give the world back")
        if error is not None and operation == "up":
            stack.up()
    return wrong


def _run(lab: LabHandle, stack: WithoutEngine, operation: str, cell: Cell | None) -> tuple[Exception | None, int]:
    error = None
    if cell is not None:
        cell.set_on(lab)
    try:
        getattr(stack, operation)()
    except Exception as caught:  # noqa: BLE001 - whatever it is goes into the table
        error = caught
    met = 0 if cell is None else cell.taken_off(lab)
    return error, met


def _put_back(stack: WithoutEngine) -> None:
    stack.destroy()


def _in_force(lab: LabHandle) -> bool:
    world = World.of(lab)
    element = world.element("alb", 443)
    return (
        element["caEnabled"] is True
        and len(world.repositories) == 1
        and element["caCertificates"] == [{"CertificateId": identifier} for identifier in world.certificates]
        and len(world.certificates) == 1
    )
