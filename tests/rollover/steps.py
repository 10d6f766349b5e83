"""The three steps while clients ask on and on, and what is rejected afterwards."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.ops_command import ops
from tests.helpers.stack import Stack
from tests.helpers.stack_config import P256
from tests.helpers.traffic import ACCEPTED, Target, Traffic
from tests.rollover.forged import Old, forged, held_chains

CLIENTS = tuple({"name": name, "key": P256} for name in ("alice", "bob", "carol", "dave"))
# An `up` takes some seconds; with requests that fail at once a phase would never come to its end.
_PHASE_SECONDS = 900
# Who asks without a pause leaves no time to the `up`s on a small machine.
_PAUSE_SECONDS = 0.02
_PHASES = 7


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A part of the rollover.

    Attributes:
        requests: that were sent in it.
        failed: of those, were not accepted.
        seconds: that it took.
    """

    name: str
    requests: int
    failed: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Afterwards:
    """Somebody who asks when all is done.

    Attributes:
        who: for people.
        answer: of the listener.
        is_right: it is what it must be.
    """

    who: str
    answer: str
    is_right: bool


@dataclass(frozen=True, kw_only=True)
class Rollover:
    """What came of it."""

    phases: tuple[Phase, ...]
    failures: tuple[tuple[str, str, str], ...]
    afterwards: tuple[Afterwards, ...]

    @property
    def wrong(self) -> list[str]:
        """What does not hold, one sentence each."""
        lost = [f"{phase}: client {client} was not accepted: {answer}" for phase, client, answer in self.failures]
        return [*lost, *(f"{one.who}: {one.answer}" for one in self.afterwards if not one.is_right)]


class Rolling:
    """A stack on a lab, its clients, and where their files are."""

    def __init__(self, stack: Stack, target: Target, folder: Path, show: Callable[[str], None]) -> None:
        """Take a stack that is not deployed yet.

        Args:
            stack: with `CLIENTS` and one listener.
            target: that listener.
            folder: for the files of clients.
            show: gets a line when something has been done.
        """
        self._stack, self._target, self._folder, self._show = stack, target, folder, show
        self._traffic = Traffic(target=target, pause_seconds=_PAUSE_SECONDS)
        self._fetched = 0
        self._phases: list[Phase] = []

    def run(self, requests: int) -> Rollover:
        """Roll over, with so many requests in all."""
        self._up(generations=[1], trusted=1)
        first = self._fetch()
        old = Old.of(self._stack)
        each = -(-requests // _PHASES)
        with self._traffic.flowing():
            self._phase("generation 1 alone", each, lambda: None)
            self._phase("step 1: generations [1, 2]", each, lambda: self._up(generations=[1, 2], trusted=1))
            self._phase("files are fetched after step 1", each, self._fetch)
            self._phase("step 2: trusted: 2", each, lambda: self._up(generations=[1, 2], trusted=2))
            self._phase("files are fetched after step 2", each, self._fetch)
            second = self._files_of(self._fetched)
            self._phase("step 3: generations [2]", each, lambda: self._up(generations=[2], trusted=2))
            self._phase("files are fetched after step 3", each, self._fetch)
        afterwards = self._afterwards(first, second, old)
        return Rollover(
            phases=tuple(self._phases), failures=tuple(self._traffic.failures), afterwards=tuple(afterwards)
        )

    def _up(self, **root_ca: object) -> None:
        self._stack.set("rootCa", {**self._stack.config()["alb-mtls:rootCa"], **root_ca})
        self._stack.up()

    def _fetch(self) -> dict[str, tuple[Path, Path]]:
        """Let each client fetch its files, one after the other; return them by client."""
        self._fetched += 1
        files = {}
        for client in CLIENTS:
            name = str(client["name"])
            folder = self._folder / f"{name}-{self._fetched}"
            printed = ops(self._stack, "export", name, "--out", str(folder))
            if printed.code != 0:
                message = f"export of {name} ended with {printed.code}: {printed.err}"
                raise RuntimeError(message)
            files[name] = (folder / f"{name}.chain.pem", folder / f"{name}.key")
            self._traffic.hold(name, *files[name])
        return files

    def _phase(self, name: str, requests: int, action: Callable[[], object]) -> None:
        started, self._traffic.phase = time.monotonic(), name
        action()
        self._traffic.wait_for(requests, seconds=_PHASE_SECONDS)
        failed = sum(1 for phase, _, _ in self._traffic.failures if phase == name)
        seconds = time.monotonic() - started
        self._phases.append(Phase(name=name, requests=self._traffic.sent[name], failed=failed, seconds=seconds))
        self._show(f"{name}: {self._traffic.sent[name]} requests, {failed} not accepted, {seconds:.0f} s")

    def _afterwards(
        self, first: dict[str, tuple[Path, Path]], second: dict[str, tuple[Path, Path]], old: Old
    ) -> list[Afterwards]:
        """Ask when traffic has ended, an accepted client before and after all that must be rejected."""
        newest = self._files_of(self._fetched)
        good = [(f"{name} with the files fetched last", *files) for name, files in newest.items()]
        good += [(f"{name} with the files fetched before step 3", *files) for name, files in second.items()]
        bad = [(f"{name} with the files of generation 1", *files) for name, files in first.items()]
        held = [files for some in (first, second, newest) for files in some.values()]
        folder = self._folder / "forged"
        folder.mkdir()
        for number, (what, chain) in enumerate(held_chains(held, self._stack, old).items()):
            files = forged(old, chain, folder, number)
            bad.append((f"a certificate that the old key signs now, with {what}", *files))
        self._show(f"afterwards: {len(good)} must be accepted and {len(bad)} rejected")
        # Those of the middle mean something only while the listener accepts somebody before and after them.
        asked = [self._asked(good, accepted=True), self._asked(bad, accepted=False), self._asked(good, accepted=True)]
        return [one for some in asked for one in some]

    def _asked(self, clients: Iterable[tuple[str, Path, Path]], *, accepted: bool) -> list[Afterwards]:
        found = []
        for who, certificate, key in clients:
            answer = self._target.ask(self._target.context(certificate, key))
            is_right = answer == ACCEPTED if accepted else answer.startswith("rejected")
            found.append(Afterwards(who=who, answer=answer, is_right=is_right))
        return found

    def _files_of(self, fetched: int) -> dict[str, tuple[Path, Path]]:
        folders = {str(one["name"]): self._folder / f"{one['name']}-{fetched}" for one in CLIENTS}
        return {name: (folder / f"{name}.chain.pem", folder / f"{name}.key") for name, folder in folders.items()}
