"""Looks at a stack, for what `python -m ops metrics` makes of them."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

import ops.status
from alb_mtls.cluster.acceptance import AcceptedFinding
from alb_mtls.session import Session
from ops import metrics_command
from ops.configuration import parse_configuration
from ops.current_listeners import CurrentListener
from ops.errors import OpsError
from ops.state import StackState
from ops.status import Status, status_of
from tests.helpers import stack_state
from tests.helpers.current import state_of
from tests.helpers.metrics import ALICE, DEVICE, NOW, ROOT, Numbers, Samples, parsed, text_of


@pytest.fixture
def status(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Status]:
    """Look at a stack with alice, a fleet of some devices, and listeners as given."""

    def look(
        *listeners: CurrentListener,
        devices: int = 0,
        clients: int = 0,
        fleets: int = 0,
        days_later: float = 0,
        accepted: Sequence[AcceptedFinding] = (),
    ) -> Status:
        monkeypatch.setattr(ops.status, "current_listeners", lambda *_: listeners)
        fleet = [stack_state.issued(DEVICE, name=f"devices/sn-{number}") for number in range(devices)]
        more = [stack_state.issued(ALICE, name=f"client-{number}") for number in range(clients)]
        more += [stack_state.issued(DEVICE, name=f"fleet-{number}/one") for number in range(fleets)]
        issued = stack_state.clients(stack_state.issued(ALICE, name="alice"), *fleet, *more)
        state = replace(state_of(issued, root=ROOT), listeners=tuple(one.deployed for one in listeners))
        now = NOW + timedelta(days=days_later)
        return status_of(state, cast("Session", None), within=None, now=now, accepted=accepted)

    return look


@pytest.fixture
def numbers(status: Callable[..., Status]) -> Numbers:
    """The metrics of such a look, by name."""

    def look(*listeners: CurrentListener, **options: Any) -> Samples:
        return parsed(text_of(status(*listeners, **options)))

    return look


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the command find a stack whose look comes to this; or let its state not be read."""

    def put(found: Status | None) -> None:
        def state(_source: object) -> StackState:
            if found is None:
                message = "the secrets of stack test cannot be decrypted"
                raise OpsError(message)
            return cast("StackState", None)

        configuration = parse_configuration({"alb-mtls:rootCa": {"value": "{}", "objectValue": {}}}, {})
        monkeypatch.setattr(metrics_command, "read_state", state)
        monkeypatch.setattr(metrics_command, "read_configuration", lambda _: configuration)
        monkeypatch.setattr(metrics_command, "session_of", lambda _: _Session())
        monkeypatch.setattr(metrics_command, "status_of", lambda *_, **__: found)

    return put


class _Session(nullcontext[None]):
    def close(self) -> None:
        """End nothing."""
