"""A rollover on one listener: in three steps without a rejected client, and as a hard swap that has to be confirmed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from ops.state_records import ClientRecord
from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import ask


def _generations(stack: Stack, *listed: int, trusted: int, **more: Any) -> None:
    root_ca = {key: value for key, value in stack.config()["alb-mtls:rootCa"].items() if key in ("subject", "key")}
    stack.set("rootCa", {**root_ca, "generations": list(listed), "trusted": trusted, **more})


def _alone(client: ClientRecord) -> ClientRecord:
    """Return a client that sends nothing beside its own certificate."""
    return replace(client, chain_pem=client.certificate_pem)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def test_in_three_steps_each_client_that_fetches_its_files_in_between_is_accepted(
    lab: LabHandle, stack: Stack, tmp_path: Path
) -> None:
    stack.up()
    first = stack.clients()["alice"]
    assert ask(lab, client=first, folder=tmp_path) == "old"

    _generations(stack, 1, 2, trusted=1)
    printed = _one_line(stack.up())
    assert "step 1 of 3: generation 2 signs all clients, and the listeners trust generation 1" in printed
    assert "1 client holds generation 1 and must fetch its files again before rootCa.trusted: 2: alice" in printed
    second = stack.clients()["alice"]
    assert ask(lab, client=first, folder=tmp_path) == "old"
    assert ask(lab, client=second, folder=tmp_path) == "old"
    assert ask(lab, client=_alone(second), folder=tmp_path) == "refused"
    stack.preview("--expect-no-changes")

    _generations(stack, 1, 2, trusted=2)
    printed = _one_line(stack.up())
    assert "step 2 of 3: the listeners trust generation 2 instead of 1 from this `up` on" in printed
    assert "who has not fetched the files since then is rejected from this `up` on: alice" in printed
    assert stack.clients()["alice"] == second
    assert ask(lab, client=first, folder=tmp_path) == "refused"
    assert ask(lab, client=second, folder=tmp_path) == "old"
    assert ask(lab, client=_alone(second), folder=tmp_path) == "old"

    _generations(stack, 2, trusted=2)
    stack.up()
    third = stack.clients()["alice"]
    assert third == _alone(second)
    assert ask(lab, client=third, folder=tmp_path) == "old"
    stack.preview("--expect-no-changes")


def test_a_hard_swap_is_refused_until_it_is_confirmed_and_then_rejects_the_older_generation_for_good(
    lab: LabHandle, quick_stack: Stack, tmp_path: Path
) -> None:
    stack = quick_stack
    stack.up()
    first = stack.clients()["alice"]
    lab.management.delete("/journal")

    _generations(stack, 1, 2, trusted=2)
    printed = _one_line(stack.fails("preview", "--stack", stack.name))
    assert (
        "rootCa.trusted: 2 would reject every client, for none has been handed a certificate of generation 2" in printed
    )
    _generations(stack, 2, trusted=2)
    # In an up too, before anything is registered: the claim in the AlbConfig says which generation is bound.
    printed = _one_line(stack.fails("up", "--yes", "--skip-preview", "--stack", stack.name))
    assert "trusts generation 1 of the root CA until this `up` has swapped it" in printed
    assert "nothing was touched" in printed
    written = {call["api"] for call in lab.management.get("/journal").json()}
    assert not written & {"UploadPCACert", "patch albconfigs"}
    assert stack.clients()["alice"] == first

    _generations(stack, 1, 2, trusted=2, compromised=[1])
    printed = _one_line(stack.up())
    assert "hard swap: the listeners trust generation 2 instead of 1 from this `up` on" in printed
    assert "1 client holds generation 1 and is rejected from this `up` on" in printed
    second = stack.clients()["alice"]
    assert ask(lab, client=first, folder=tmp_path) == "refused"
    assert ask(lab, client=second, folder=tmp_path) == "old"

    _generations(stack, 1, 2, trusted=1, compromised=[1])
    assert "rootCa.compromised: names generation 1" in _one_line(stack.fails("preview", "--stack", stack.name))
    _generations(stack, 2, trusted=2, compromised=[1])
    stack.up()
    _generations(stack, 1, 2, trusted=2)
    assert "A number is never used again" in _one_line(stack.fails("preview", "--stack", stack.name))
