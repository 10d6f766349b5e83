"""The program and its providers without Pulumi's engine: up, refresh and destroy in one process, in a second or two.

For the many cases that differ in what cloud and cluster answer, and not in what the engine does: there the start of
four processes for each operation would be most of the time. What the engine does is tried with the engine.
"""

import json
import runpy
from collections.abc import Mapping
from threading import Semaphore
from typing import Any

import pulumi

from components.providers import process
from tests.harness.engine import PROVIDER, Engine
from tests.harness.in_process import InProcess
from tests.harness.state import Desired, State
from tests.helpers.program import own_loops, set_mocks, unwrapped
from tests.helpers.stack import REPOSITORY

# So many requests Pulumi's server of dynamic providers answers at once (pulumi.dynamic.__main__).
_THREADS = 4


class WithoutEngine(pulumi.runtime.Mocks):
    """Runs the program, whose resources go to our engine, and keeps the state in memory."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Take the configuration as a stack file holds it; credentials are the environment's."""
        self._config = {key: v if isinstance(v, str) else json.dumps(v) for key, v in config.items()}
        self._state = State()
        self._engine = Engine(InProcess(), self._state)
        self._failure: Exception | None = None
        self._threads = Semaphore(_THREADS)

    def up(self) -> None:
        """Run the program.

        Raises:
            Exception: whatever program or providers raised; what was created before is in the state.
        """
        self._begin()

        def program() -> None:
            pulumi.runtime.set_all_config(self._config)
            runpy.run_path(str(REPOSITORY / "__main__.py"))

        with own_loops():
            set_mocks(self)
            try:
                pulumi.runtime.test(program)()  # type: ignore[no-untyped-call] # the SDK's decorator has no types
            except Exception:
                # Of a provider that failed, its own words count and not the SDK's about them.
                if self._failure is None:
                    raise
            finally:
                pulumi.runtime.set_all_config({})
        if self._failure is not None:
            raise self._failure
        self._engine.delete_the_rest()

    def set(self, key: str, **members: Any) -> None:
        """Replace members of one key of the namespace alb-mtls."""
        name = f"alb-mtls:{key}"
        self._config[name] = json.dumps({**json.loads(self._config[name]), **members})

    def trusted(self) -> str | None:
        """Return the identifier in CAS of the CA that listeners are to trust; None when it is not there."""
        number = json.loads(self._config["alb-mtls:rootCa"]).get("trusted", 1)
        uploaded = self._state.current(f"uploaded-ca-{number}")
        return None if uploaded is None else uploaded.id

    def refresh(self) -> None:
        """Read every resource and compare what was read; what is gone leaves the state."""
        self._begin()
        providers, kept = InProcess(), []
        for one in self._state.resources:
            one.id, one.outputs = providers.read(one.id, one.outputs)
            if one.id:
                providers.diff(one.id, one.outputs, one.inputs)
                kept.append(one)
        self._state.resources = kept

    def destroy(self) -> None:
        """Delete everything."""
        self._begin()
        self._engine.run(())

    def forget(self) -> None:
        """Begin again with an empty state, for a lab that was brought back to what it was."""
        self._state.resources.clear()

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Let our engine have a dynamic resource; a component is none."""
        if PROVIDER not in args.inputs:
            return f"{args.name}-id", args.inputs
        try:
            with self._threads:
                inputs = unwrapped(args.inputs, mark=lambda value: value)
                made = self._engine.register(Desired(name=args.name, inputs=inputs))
        except Exception as error:
            # The SDK would report the last of several, as one about an RPC.
            self._failure = self._failure or error
            raise
        return made.id, {**args.inputs, **made.outputs}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        """Refuse: the program invokes nothing unless it gets a kubeconfig from ACK."""
        message = f"{args.token} is not there without an engine"
        raise NotImplementedError(message)

    def _begin(self) -> None:
        """Begin an operation: each has a provider process of its own, in which nothing is connected or remembered."""
        self._failure = None
        self._engine = Engine(InProcess(), self._state, side_by_side=_THREADS)
        process._current.__init__()  # type: ignore[misc] # noqa: SLF001 - a process ends with its operation
        process.configure(self._config.get)
