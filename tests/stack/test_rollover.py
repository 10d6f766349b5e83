"""A rollover in three steps on one listener: no client that holds what the last `up` gave it is rejected."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from ops.state import ClientRecord
from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import ask


def _generations(stack: Stack, *listed: int, trusted: int, **more: Any) -> None:
    root_ca = {key: value for key, value in stack.config()["alb-mtls:rootCa"].items() if key in ("subject", "key")}
    stack.set("rootCa", {**root_ca, "generations": list(listed), "trusted": trusted, **more})


def _alone(client: ClientRecord) -> ClientRecord:
    """Return a client that sends nothing beside its own certificate."""
    return replace(client, chain_pem=client.certificate_pem)


def test_in_three_steps_each_client_that_fetches_its_files_in_between_is_accepted(
    lab: LabHandle, stack: Stack, tmp_path: Path
) -> None:
    stack.up()
    first = stack.clients()["alice"]
    assert ask(lab, client=first, folder=tmp_path) == "old"

    _generations(stack, 1, 2, trusted=1)
    stack.up()
    second = stack.clients()["alice"]
    assert ask(lab, client=first, folder=tmp_path) == "old"
    assert ask(lab, client=second, folder=tmp_path) == "old"
    assert ask(lab, client=_alone(second), folder=tmp_path) == "refused"
    stack.preview("--expect-no-changes")

    _generations(stack, 1, 2, trusted=2)
    stack.up()
    assert ask(lab, client=first, folder=tmp_path) == "refused"
    assert ask(lab, client=second, folder=tmp_path) == "old"
    assert ask(lab, client=_alone(second), folder=tmp_path) == "old"

    _generations(stack, 2, trusted=2)
    stack.up()
    third = stack.clients()["alice"]
    assert third == _alone(second)
    assert ask(lab, client=third, folder=tmp_path) == "old"
    stack.destroy()
