"""The work of an engine, and what it reports: plain values that go from process to process."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.harness.state import Desired


@dataclass(frozen=True, kw_only=True)
class Work:
    """One run of an engine.

    Attributes:
        desired: in the order in which the program registers them; None destroys what is there.
        state: file of the stack's state.
        config: of the stack, as the engine hands it to providers.
        lose: name of the step whose result never reaches the state, because the process that knows it is killed.
    """

    desired: tuple[Desired, ...] | None
    state: Path
    config: dict[str, str]
    lose: str | None = None


Message = tuple[Literal["listens", "begins", "answered", "failed", "done"], str]
