"""Running a piece of program under Pulumi's mocks, to its end, and returning what it registered as plain data.

A mock test that asserts inside an apply, or before everything is registered, can pass while proving nothing
(docs/facts/pulumi.md, Tests with mocks). So there is one way here: run, drain, then look at records.
"""

import asyncio
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime.settings import get_engine, reset_options

from tests.helpers.exported import SIGNATURE

_SECONDS_TO_END = 5.0


@dataclass(frozen=True, kw_only=True)
class Registered:
    """One resource as the engine would see it; secret inputs are wrapped in `Secret`."""

    type: str
    name: str
    inputs: dict[str, Any]


@dataclass(frozen=True)
class Secret:
    """A value that the program marked as a secret."""

    value: Any


@dataclass
class Recorder(pulumi.runtime.Mocks):
    """Answers registrations with their inputs and the outputs given by type."""

    outputs: dict[str, dict[str, Any]]
    registered: list[Registered] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Record a resource."""
        plain = {key: unwrapped(value) for key, value in args.inputs.items()}
        self.registered.append(Registered(type=args.typ, name=args.name, inputs=plain))
        return f"{args.name}-id", {**args.inputs, **self.outputs.get(args.typ, {})}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        """Record an invoke."""
        self.calls.append(args.token)
        return self.outputs.get(args.token, {}), []


def unwrapped(value: Any, mark: Callable[[Any], Any] = Secret) -> Any:
    """Return an input with every secret in it as `mark` makes it."""
    if isinstance(value, dict) and SIGNATURE in value:
        return mark(unwrapped(value["value"], mark))
    if isinstance(value, dict):
        return {key: unwrapped(item, mark) for key, item in value.items()}
    return [unwrapped(item, mark) for item in value] if isinstance(value, list) else value


class _Loops(asyncio.DefaultEventLoopPolicy):
    """Remembers every loop made, and its threads: the SDK gives each of its threads a loop and never closes it."""

    def __init__(self) -> None:
        super().__init__()
        self._made: list[asyncio.AbstractEventLoop] = []
        self._threads: list[ThreadPoolExecutor] = []

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        loop, threads = super().new_event_loop(), ThreadPoolExecutor()
        loop.set_default_executor(threads)
        self._made.append(loop)
        self._threads.append(threads)
        return loop

    def end(self) -> None:
        """Wait for the calls that are under way, begin no other, and end every loop."""
        # A thread that goes on would make another loop, and call what a later test calls.
        for threads in self._threads:
            threads.shutdown(cancel_futures=True)
        for loop in self._made:
            _end(loop)


@contextmanager
def own_loops() -> Iterator[None]:
    """Give the SDK an event loop of its own, end every loop that it made with its tasks, and leave Ctrl-C to pytest."""
    interrupt = signal.getsignal(signal.SIGINT)
    loops = _Loops()
    asyncio.set_event_loop_policy(loops)
    asyncio.set_event_loop(asyncio.new_event_loop())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, interrupt)
        loops.end()
        reset_options()
        asyncio.set_event_loop_policy(None)


def _end(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what still runs in a loop and close it, so that nothing of a test is heard of in a later one.

    A task that is collected, while it waits or with an error that nobody read, is reported with a traceback: in the
    middle of an `ast.parse` of whatever test runs then, which Python 3.11 does not survive (gh-106905).
    """
    loop.set_exception_handler(lambda _loop, _context: None)
    if tasks := asyncio.all_tasks(loop):
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.wait(tasks, timeout=_SECONDS_TO_END))
    loop.close()


def set_mocks(mocks: pulumi.runtime.Mocks, *, preview: bool = False) -> None:
    """Let mocks stand for the engine of a CLI that the program supports; call it inside `own_loops()`."""
    pulumi.runtime.set_mocks(mocks, project="alb-mtls", stack="test", preview=preview)
    # The SDK's own mock has no answer to this question.
    engine: Any = get_engine()
    engine.RequirePulumiVersion = lambda _: None


def run_program(
    program: Callable[[], None], *, outputs: dict[str, dict[str, Any]] | None = None, preview: bool = False
) -> Recorder:
    """Run `program` until every registration has arrived.

    Args:
        program: registers resources.
        outputs: by type or invoke token, what the mocked engine answers beside the inputs.
        preview: as in a preview.
    """
    recorder = Recorder(outputs=outputs or {})
    with own_loops():
        set_mocks(recorder, preview=preview)
        pulumi.runtime.test(program)()  # type: ignore[no-untyped-call] # the SDK's decorator has no types
    return recorder
