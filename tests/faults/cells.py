"""One fault in one API, in each operation that calls it, and what must hold after each."""

import copy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from alb_mtls.cluster.listener_key import CLAIM_PREFIX
from tests.faults.kinds import Kind
from tests.harness.program import WithoutEngine
from tests.helpers.lab import LabHandle
from tests.helpers.world import World

Call = tuple[str, str]
# What each `up` is configured with: the generations of the root CA, and the one that listeners trust.
GENERATIONS = {"up": ([1], 1), "second generation": ([1, 2], 1), "swap": ([1, 2], 2), "drop": ([2], 2)}
_OFF: tuple[tuple[str, Any], ...] = (("caEnabled", False), ("caCertificates", []))
# Polls are few then, nobody waits for a listing, and the lab throttles only where a cell says so.
_TIMINGS = {"configuring_seconds": 0.05, "repository_listed_after_seconds": 0, "requests_per_second": 100_000}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A fault to be met.

    Attributes:
        kind: of fault.
        call: service and API.
    """

    kind: Kind
    call: Call

    def __str__(self) -> str:
        """Name the cell in messages."""
        return f"{self.kind.name} of {self.call[1]}"

    def set_on(self, lab: LabHandle) -> None:
        """Put the fault in force, counted from now."""
        service, api = self.call
        lab.management.post("/faults", json={**self.kind.fault, "service": service, "api": api}).raise_for_status()

    @contextmanager
    def in_force(self, lab: LabHandle) -> Iterator[list[int]]:
        """Put the fault in force while the block runs; afterwards the list has how many calls met it."""
        met: list[int] = []
        self.set_on(lab)
        ended = threading.Event()
        releasing = threading.Thread(target=_release, args=(lab, self.kind.released_after_seconds, ended))
        releasing.start()
        try:
            yield met
        finally:
            ended.set()
            met.append(sum(int(fault["applied"]) for fault in lab.management.get("/faults").json()))
            lab.management.delete("/faults").raise_for_status()
            releasing.join()


def _release(lab: LabHandle, seconds: float | None, ended: threading.Event) -> None:
    """Let a held call go on after a while, as a network that was stuck does."""
    while seconds is not None and not ended.is_set():
        for hold in lab.management.get("/holds", params={"wait": 0.2}).json():
            ended.wait(seconds)
            lab.management.post(f"/holds/{hold['id']}/release")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A listener as cluster and cloud hold it, with all AlbConfigs but for what changes by itself."""

    world: World
    alb: dict[str, Any]

    @classmethod
    def of(cls, lab: LabHandle) -> "Standing":
        """Look once the lab has nothing more to do."""
        lab.settle()
        listener = {key: v for key, v in lab.listener("alb", "443/HTTPS").to_map().items() if key != "RequestId"}
        return cls(world=World.of(lab), alb=listener)

    def same_listener(self, other: "Standing") -> bool:
        """Say whether all AlbConfigs and the listener on the ALB are the same; CAS may hold more or less."""
        return _without_attempts(self.world) == _without_attempts(other.world) and self.alb == other.alb

    def in_effect(self) -> "Standing":
        """Return the same without claims, and without what says no more than that a listener is off.

        Both stay until the ALB is known to have followed.
        """
        albconfigs = {name: _in_effect(item) for name, item in self.world.albconfigs.items()}
        return replace(self, world=replace(self.world, albconfigs=albconfigs))

    def is_as_desired(self, operation: str, trusted: str | None) -> bool:
        """Say whether the listener requests certificates of the trusted CA, in the cluster and on the ALB.

        And whether CAS holds that of each generation, in one repository.

        Args:
            operation: that was the last one; `refresh` changes nothing that the `up` before it left.
            trusted: identifier in CAS of the CA that the listener is to trust.
        """
        element, certificates = self.world.element("alb", 443), self.world.certificates
        generations, _ = GENERATIONS.get(operation, GENERATIONS["up"])
        bound = [entry["CertificateId"] for entry in self.alb.get("CaCertificates") or []]
        return (
            element["caEnabled"] is True
            and len(self.world.repositories) == 1
            and trusted in certificates
            and element["caCertificates"] == [{"CertificateId": trusted}]
            and len(certificates) == len(generations)
            and (self.alb["CaEnabled"], bound) == (True, [trusted])
        )


def _without_attempts(world: World) -> dict[str, Any]:
    """Return all AlbConfigs as they are, but for the attempt: a run that puts a listener back leaves its own."""
    albconfigs = copy.deepcopy(world.albconfigs)
    for one in albconfigs.values():
        annotations = one["metadata"].get("annotations", {})
        for key in [name for name in annotations if name.startswith(CLAIM_PREFIX)]:
            annotations[key] = {**json.loads(annotations[key]), "attempt": "any"}
    return albconfigs


def _in_effect(albconfig: dict[str, Any]) -> dict[str, Any]:
    metadata = dict(albconfig["metadata"])
    annotations = {k: v for k, v in metadata.pop("annotations", {}).items() if not k.startswith(CLAIM_PREFIX)}
    listeners = [
        {key: value for key, value in one.items() if (key, value) not in _OFF} for one in albconfig["spec"]["listeners"]
    ]
    return {
        **albconfig,
        "metadata": metadata | ({"annotations": annotations} if annotations else {}),
        "spec": {**albconfig["spec"], "listeners": listeners},
    }


def calls_since(lab: LabHandle, since: int = 0) -> tuple[set[Call], int]:
    """Return which APIs were called since a place in the journal, and the place now."""
    entries = lab.management.get("/journal", params={"since": since}).json()
    return {(e["service"], e["api"]) for e in entries}, max((e["sequence"] for e in entries), default=since)


def hurry(lab: LabHandle) -> None:
    """Let the lab answer as fast as it can."""
    lab.management.patch("/timings", json=_TIMINGS).raise_for_status()


def perform(stack: WithoutEngine, operation: str) -> None:
    """Run an operation."""
    if operation in GENERATIONS:
        generations, trusted = GENERATIONS[operation]
        stack.set("rootCa", generations=generations, trusted=trusted)
        stack.up()
    else:
        getattr(stack, operation)()


def run(stack: WithoutEngine, operation: str) -> Exception | None:
    """Run an operation; return what it raised."""
    try:
        perform(stack, operation)
    except Exception as error:  # noqa: BLE001 - whatever it is goes into the table
        return error
    return None
