"""The program and its providers without Pulumi's engine: up, refresh and destroy in one process, in a second or two.

For the many cases that differ in what cloud and cluster answer, and not in what the engine does: there the start of
four processes for each operation would be most of the time. What the engine does is tried with the engine.
"""

import base64
import json
import runpy
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Lock, Semaphore
from typing import Any

import dill  # type: ignore[import-untyped]  # it ships no types
import pulumi

from components.providers import process
from tests.helpers.program import Secret, own_loops, unwrapped
from tests.helpers.stack import REPOSITORY

_PROVIDER = "__provider"
# So many requests Pulumi's server of dynamic providers answers at once (pulumi.dynamic.__main__).
_THREADS = 4


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A resource as the state holds it."""

    provider: pulumi.dynamic.ResourceProvider
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


class Refused(Exception):  # noqa: N818 - what happened to the operation
    """A check refused what the program asked for."""


class WithoutEngine(pulumi.runtime.Mocks):
    """Calls the dynamic providers as the engine does, and keeps the state in memory.

    Attributes:
        state: what was created and not deleted yet, in the order of creation.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Take the configuration as a stack file holds it; credentials are the environment's."""
        self._config = {key: v if isinstance(v, str) else json.dumps(v) for key, v in config.items()}
        self.state: list[Deployed] = []
        self._failure: Exception | None = None
        self._lock = Lock()
        self._threads = Semaphore(_THREADS)

    def up(self) -> None:
        """Run the program with an empty state.

        Raises:
            Exception: whatever program or providers raised; what was created before is in the state.
        """
        self._begin()

        def program() -> None:
            pulumi.runtime.set_all_config(self._config)
            runpy.run_path(str(REPOSITORY / "__main__.py"))

        with own_loops():
            pulumi.runtime.set_mocks(self, project="alb-mtls", stack="test", preview=False)
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

    def refresh(self) -> None:
        """Read every resource and compare what was read; what is gone leaves the state."""
        self._begin()
        kept = []
        for one in self.state:
            read = one.provider.read(one.id, dict(one.outputs))
            if read.id:
                outputs = dict(read.outs or {})
                one.provider.diff(read.id, dict(outputs), dict(one.inputs))
                kept.append(replace(one, id=read.id, outputs=outputs))
        self.state = kept

    def destroy(self) -> None:
        """Delete everything, dependents first and what is of one kind side by side; after a failure nothing more."""
        self._begin()
        # What depends on another kind was first created after it.
        kinds = list(dict.fromkeys(type(one.provider).__name__ for one in self.state))
        with ThreadPoolExecutor(_THREADS) as pool:
            for kind in reversed(kinds):
                list(pool.map(self._delete, [one for one in self.state if type(one.provider).__name__ == kind]))

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Check and create a dynamic resource; a component has neither."""
        if _PROVIDER not in args.inputs:
            return f"{args.name}-id", args.inputs
        try:
            with self._threads:
                return self._create(args.inputs)
        except Exception as error:
            # The SDK would report the last of several, as one about an RPC.
            self._failure = self._failure or error
            raise

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        """Refuse: the program invokes nothing unless it gets a kubeconfig from ACK."""
        message = f"{args.token} is not there without an engine"
        raise NotImplementedError(message)

    def _begin(self) -> None:
        """Begin an operation: each has a provider process of its own, in which nothing is connected or remembered."""
        self._failure = None
        process._current._session = None  # noqa: SLF001 - a process, which ends with its operation, has no other reset
        process.configure(self._config.get)

    def _delete(self, one: Deployed) -> None:
        one.provider.delete(one.id, dict(one.outputs))
        with self._lock:
            self.state.remove(one)

    def _create(self, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        provider = dill.loads(base64.b64decode(inputs[_PROVIDER]))  # noqa: S301 - pickled by the program a moment ago
        plain = {key: _plain(unwrapped(value)) for key, value in inputs.items() if key != _PROVIDER}
        # The engine drops what is null, and hands every number on as a float.
        news = {key: _as_wire(value) for key, value in plain.items() if value is not None}
        checked = provider.check({}, news)
        if checked.failures:
            raise Refused("; ".join(failure.reason for failure in checked.failures))
        created = provider.create(dict(checked.inputs))
        outputs = {key: value for key, value in created.outs.items() if value is not None}
        with self._lock:
            self.state.append(Deployed(provider=provider, id=created.id, inputs=dict(checked.inputs), outputs=outputs))
        return created.id, {**inputs, **outputs}


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return _plain(value.value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _as_wire(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, dict):
        return {key: _as_wire(item) for key, item in value.items() if item is not None}
    return [_as_wire(item) for item in value] if isinstance(value, list) else value
