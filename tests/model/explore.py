"""Visits every state of a scope, nearest first, and keeps the shortest way to each broken promise."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature

from tests.model.replay import Program
from tests.model.state import Event, State
from tests.model.system import Scope, successors

# Of a state, with its scope; or of an event, with the states before and after: scope, before, event, after.
Holds = Callable[..., bool]
_OF_A_STATE = 2


@dataclass(kw_only=True)
class Explored:
    """What an exploration has found.

    Attributes:
        broken: for each broken promise, the events that lead there.
    """

    states: int = 0
    transitions: int = 0
    broken: dict[str, list[str]] = field(default_factory=dict)


def explore(scope: Scope, program: Program, promises: Mapping[str, Holds], *, limit: int = 300_000) -> Explored:
    """Visit every state that can be reached, and hold each promise to it or every event, until all of them are broken.

    Args:
        scope: where to begin and what may happen.
        program: real or broken.
        promises: whether each holds for a state or for an event.
        limit: more states than this are a mistake of whoever chose the scope.

    Raises:
        ValueError: there are more states than `limit`.
    """
    found = Explored()
    with program.running():
        start = scope.start(program)
        came: dict[State, tuple[State, Event] | None] = {start: None}
        waiting = deque([start])
        of_states = {name: holds for name, holds in promises.items() if len(signature(holds).parameters) == _OF_A_STATE}
        of_events = {name: holds for name, holds in promises.items() if name not in of_states}
        found.broken |= {name: [] for name, holds in of_states.items() if not holds(scope, start)}
        while waiting and found.broken.keys() != promises.keys():
            state = waiting.popleft()
            for event, following in successors(scope, program, state):
                found.transitions += 1
                broken = [name for name, holds in of_events.items() if not holds(scope, state, event, following)]
                if following not in came:
                    came[following] = (state, event)
                    waiting.append(following)
                    broken += [name for name, holds in of_states.items() if not holds(scope, following)]
                for name in broken:
                    found.broken.setdefault(name, [*_way(came, state), event.text])
            if len(came) > limit:
                message = f"more than {limit} states; choose a smaller scope"
                raise ValueError(message)
    found.states = len(came)
    return found


def _way(came: dict[State, tuple[State, Event] | None], state: State) -> list[str]:
    events = []
    while (step := came[state]) is not None:
        state, event = step
        events.append(event.text)
    return events[::-1]
