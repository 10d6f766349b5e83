"""A lab, the program that was recorded on it, and runs of our engine there."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from lab.environment import variables
from tests.crash.engine import Work
from tests.crash.inventory import Held, held_in
from tests.crash.operations import Ground
from tests.crash.playing import Play
from tests.crash.program import Program
from tests.crash.settings import Settings
from tests.harness.state import State
from tests.helpers.albconfigs import LISTENER
from tests.helpers.bound_ca import annotate, bind, patch_listener, upload_ca
from tests.helpers.claims import claim_of
from tests.helpers.lab import LabHandle
from tests.helpers.world import World

_LISTENER = "443/HTTPS"
_RUN_SECONDS = 90
# The id of a deployment that holds the listener, and what it found there.
_ANOTHER = "another-deployment"
_BEFORE_ANOTHER = {"/caEnabled": False, "/caCertificates": []}
# Polls are few then, and throttling is not what is tried here.
_TIMINGS = {"repository_listed_after_seconds": 0, "configuring_seconds": 0, "requests_per_second": 100_000}


@dataclass(kw_only=True)
class Bench:
    """One lab to try things on.

    Attributes:
        folder: for the state and what the providers print.
        environment: of the provider process.
        ground: what is on the listener before a stack comes.
        untouched: the world before any run.
        arranged: what clients hold when an operation begins.
    """

    lab: LabHandle
    program: Program
    forking: ForkServerContext
    folder: Path
    environment: dict[str, str]
    ground: Ground = field(default=Ground.OPEN, init=False)
    untouched: World = field(init=False)
    arranged: Held = field(init=False)

    @classmethod
    def on(cls, lab: LabHandle, program: Program, forking: ForkServerContext, folder: Path) -> "Bench":
        """Take a lab that is as new."""
        environment = variables(lab.paths, lab.status)
        bench = cls(lab=lab, program=program, forking=forking, folder=folder, environment=environment)
        bench.start_again()
        return bench

    @property
    def state(self) -> State:
        """The state as it was last saved."""
        return State.read(self._state_file)

    def remember(self) -> None:
        """Keep what clients hold now; an operation begins."""
        self.arranged = held_in(self.state)

    def forget_what_is_destroyed(self) -> None:
        """Expect no client of an inventory that a destroy has deleted, as it had announced: nobody can keep those."""
        if not held_in(self.state).certificates:
            self.arranged = Held()

    @contextlib.contextmanager
    def play(self, settings: Settings | None, lose: str | None = None) -> Iterator[Play]:
        """Start a run; None destroys."""
        desired = None if settings is None else self.program.desired(settings, self.taken)
        work = Work(desired=desired, state=self._state_file, config=self.program.config, lose=lose)
        with Play.of(work, self.forking, self.environment, self.log) as play:
            yield play

    def run(self, settings: Settings | None) -> str | None:
        """Run undisturbed to the end; return why it failed, or None."""
        with self.play(settings) as play:
            play.finish(_RUN_SECONDS)
            return play.failure

    @property
    def log(self) -> Path:
        """What the providers print."""
        return self.folder / "providers.log"

    def lay_ground(self, ground: Ground) -> None:
        """Begin again with another lab."""
        self.ground = ground
        self.start_again()

    def start_again(self) -> None:
        """Forget the state and bring the lab back to what it was."""
        for each in (self._state_file, self._state_file.with_suffix(".new")):
            each.unlink(missing_ok=True)
        self.lab.reset()
        self.lab.management.patch("/timings", json=_TIMINGS).raise_for_status()
        # As the controller writes both fields of an open listener (docs/facts/kubernetes.md, What Go writes back).
        patch_listener(self.lab, "alb", _LISTENER, caEnabled=False, caCertificates=[])
        if self.ground is not Ground.OPEN:
            identifier = upload_ca(self.lab, self.program.stranger.certificate)
            bind(self.lab, "alb", _LISTENER, [identifier])
            if self.ground is Ground.ANOTHER_DEPLOYMENT:
                annotate(self.lab, "alb", LISTENER.claim_annotation, self._claim_of_another(identifier))
        self.untouched = World.of(self.lab)

    @property
    def taken(self) -> str | None:
        """What `takeOver` names: the CA of somebody else on the listener, or the deployment that claims it."""
        if self.ground is Ground.ANOTHER_DEPLOYMENT:
            return _ANOTHER
        return next(iter(self.untouched.certificates), None)

    @property
    def previous(self) -> dict[str, Any]:
        """What a claim on the listener must say that was there before, by JSON pointer."""
        if self.ground is Ground.ANOTHER_DEPLOYMENT:
            return dict(_BEFORE_ANOTHER)
        element = self.untouched.element("alb", 443)
        return {f"/{key}": element[key] for key in ("caEnabled", "caCertificates") if key in element}

    def _claim_of_another(self, identifier: str) -> str:
        uid = self.lab.albconfig("alb")["metadata"]["uid"]
        written = {"/caEnabled": True, "/caCertificates": [{"CertificateId": identifier}]}
        return claim_of(deployment=_ANOTHER, uid=uid, previous=dict(_BEFORE_ANOTHER), written=written).to_text()

    @property
    def _state_file(self) -> Path:
        return self.folder / "state.json"
