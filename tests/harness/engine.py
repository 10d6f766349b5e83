"""An engine for the resources of this program: Pulumi's order of steps and of saves, and nothing else of it.

What of Pulumi matters here (docs/facts/pulumi.md, Order of steps): a resource is in the state once its step has
come to its end, and as it was before until then; a replacement is created, then dependents are updated, then the old
one is deleted; a failed step ends the run, and no delete follows; what depends on something is deleted before it.
"""

import copy
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol, TypeVar

from tests.harness.state import Desired, Properties, Resource, State

PROVIDER = "__provider"
"""The input in which the SDK hands over the pickled provider."""

_Answer = TypeVar("_Answer")


class StepFailed(Exception):  # noqa: N818  # named after what happened
    """A provider refused, or its process failed or ended; the text is its own."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What a provider says of new inputs."""

    changes: bool
    replaces: bool


class Providers(Protocol):
    """The providers of all resources, called with properties as the engine hands them over.

    Each raises StepFailed, or whatever the provider raised when it runs in this process.
    """

    def check(self, olds: Properties, news: Properties) -> Properties:
        """Return the inputs as the provider takes them."""

    def diff(self, id_: str, olds: Properties, news: Properties) -> Difference:
        """Compare."""

    def create(self, news: Properties) -> tuple[str, Properties]:
        """Return id and outputs."""

    def update(self, id_: str, olds: Properties, news: Properties) -> Properties:
        """Return the outputs."""

    def delete(self, id_: str, olds: Properties) -> None:
        """Delete."""


class Engine:
    """One run on a state; what is registered side by side must not depend on each other."""

    def __init__(self, providers: Providers, state: State, *, side_by_side: int = 1) -> None:
        """Do nothing yet.

        Args:
            providers: that are called.
            state: is kept up to date, and saved after each step that came to its end.
            side_by_side: how many resources of one kind are deleted at once.
        """
        self._providers = providers
        self.state = state
        self._side_by_side = side_by_side
        self._registered: list[str] = []
        self._lock = Lock()

    def run(self, desired: Iterable[Desired]) -> None:
        """Do all of an `up`, and of a `destroy` when nothing is desired."""
        for one in desired:
            self.register(one)
        self.delete_the_rest()

    def register(self, desired: Desired) -> Resource:
        """Create, update or replace a resource, or leave it alone."""
        name, old = desired.name, self.state.current(desired.name)
        inputs = self._checked(desired, old)
        if old is None:
            return self._create(name, inputs)
        difference = self.ask(f"diff {name}", lambda: self._providers.diff(old.id, old.outputs, inputs))
        if difference.replaces:
            # The engine checks once more, as for a resource that is not there yet.
            return self._create(name, self._checked(desired, None), replaced=old)
        if not difference.changes:
            is_saved, old.inputs = old.inputs == inputs, inputs
            self._keep(old)
            if not is_saved:
                self.state.save()
            return old
        outputs = self.change(f"update {name}", lambda: self._providers.update(old.id, old.outputs, inputs))
        old.inputs, old.outputs = inputs, outputs
        self._keep(old)
        self.state.save()
        return old

    def delete_the_rest(self) -> None:
        """Delete what was replaced and what was not registered; after a failure nothing more."""
        doomed = [one for one in self.state.resources if one.replaced or one.name not in self._registered]
        # What depends on another kind was first created after it.
        kinds = list(dict.fromkeys(one.inputs[PROVIDER] for one in doomed))
        with ThreadPoolExecutor(self._side_by_side) as pool:
            for kind in reversed(kinds):
                list(pool.map(self._delete, [one for one in reversed(doomed) if one.inputs[PROVIDER] == kind]))

    def ask(self, step: str, call: Callable[[], _Answer]) -> _Answer:
        """Make a call that changes nothing; a subclass may watch it."""
        del step
        return call()

    def change(self, step: str, call: Callable[[], _Answer]) -> _Answer:
        """Make a call that changes the world; a subclass may watch it."""
        return self.ask(step, call)

    def _checked(self, desired: Desired, old: Resource | None) -> Properties:
        given = copy.deepcopy(desired.inputs)
        for way, of in desired.references.items():
            _put(given, way, self._output(desired, *of))
        given |= {key: [self._output(desired, *of) for of in some] for key, some in desired.lists.items()}
        return self.ask(f"check {desired.name}", lambda: self._providers.check(old.inputs if old else {}, given))

    def _output(self, desired: Desired, name: str, output: str) -> Any:
        of = self.state.current(name)
        if of is None:
            message = f"{desired.name} refers to {name}, which is not there"
            raise StepFailed(message)
        return of.outputs.get(output)

    def _create(self, name: str, inputs: Properties, replaced: Resource | None = None) -> Resource:
        id_, outputs = self.change(f"create {name}", lambda: self._providers.create(inputs))
        if replaced is not None:
            replaced.replaced = True
        made = self._keep(Resource(name=name, id=id_, inputs=inputs, outputs=outputs))
        self.state.save()
        return made

    def _keep(self, resource: Resource) -> Resource:
        """Put what is registered in front of what was not come to yet, each in its order."""
        with self._lock:
            resources = self.state.resources
            if resource in resources:
                resources.remove(resource)
            resources.insert(len(self._registered), resource)
            self._registered.append(resource.name)
        return resource

    def _delete(self, resource: Resource) -> None:
        self.change(f"delete {resource.name}", lambda: self._providers.delete(resource.id, resource.outputs))
        with self._lock:
            self.state.resources.remove(resource)
        self.state.save()


def _put(inputs: Properties, way: str, value: Any) -> None:
    *steps, last = way.split("/")
    place: Any = inputs
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if value is not None:
        place[last] = value


def joined(reasons: Sequence[str]) -> StepFailed:
    """Return the failure of a check."""
    return StepFailed("; ".join(reasons))
