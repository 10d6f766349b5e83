"""A rollover on two listeners of which one refuses: before any client changes, and at the swap, each by itself."""

from pathlib import Path
from typing import Any

import pytest

from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import HOSTS, P256, ask, listener
from tests.helpers.world import World
from tests.stack.conftest import MakeStack

UP = ("up", "--yes", "--skip-preview", "--stack", "test")


def _generations(stack: Stack, *listed: int, trusted: int) -> None:
    root_ca = stack.config()["alb-mtls:rootCa"]
    stack.set("rootCa", {**root_ca, "generations": list(listed), "trusted": trusted})


def _serve(lab: LabHandle, **data_plane: Any) -> None:
    data_plane = {"second_server": ["alb-two/443/HTTPS"], "lagging_share": 0.0, **data_plane}
    lab.management.patch("/behaviour", json={"data_plane": data_plane}).raise_for_status()
    lab.settle()


def _bound(lab: LabHandle) -> list[str]:
    world = World.of(lab)
    return [world.element(name, 443)["caCertificates"][0]["CertificateId"] for name in HOSTS]


def _proven_at(stack: Stack) -> dict[str, str]:
    switches = [one for one in stack.resources() if one["type"].endswith(":ListenerSwitch")]
    return {one["outputs"]["listener"]["albConfig"]: one["outputs"]["provenAt"] for one in switches}


@pytest.mark.long
def test_a_listener_that_takes_no_chain_or_does_not_follow_stops_its_step_and_the_next_up_goes_on(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    stack = make_stack(
        listeners=[listener(lab, "alb", 443), listener(lab, "alb-two", 443)],
        clients=[{"name": "alice", "key": P256}],
        proof={"deadlineSeconds": 8, "connections": 50, "serverCa": str(lab.paths.server_ca)},
    )
    _serve(lab)
    _generations(stack, 1, trusted=1)
    stack.up()
    first = _bound(lab)
    of_first = stack.clients()["alice"]

    # One of two listeners takes no cross certificate: nobody is handed one.
    _serve(lab, verify_depth=0)
    _generations(stack, 1, 2, trusted=1)
    printed = stack.fails(*UP)
    assert "listener 443/HTTPS of AlbConfig alb-two: " in printed, printed
    assert "rejected a client of generation 2 with its cross certificate" in printed, printed
    assert "rootCa.abandoned" in printed
    assert (stack.clients()["alice"], _bound(lab)) == (of_first, first)
    _serve(lab, verify_depth=1)
    stack.up()
    alice = stack.clients()["alice"]
    for client in (of_first, alice):
        assert [ask(lab, client=client, folder=tmp_path, albconfig=name) for name in HOSTS] == ["old", "old"]

    # Every machine keeps what it serves: clients of the older generation stay accepted.
    _serve(lab, machines=1, lagging_share=1.0, laggards_never_follow=True)
    _generations(stack, 1, 2, trusted=2)
    printed = stack.fails(*UP)
    assert "accepted a client with a certificate of another generation of our CA" in printed, printed
    assert "listener 443/HTTPS of AlbConfig alb-two was put back as it was" in printed, printed
    assert "443/HTTPS of alb: enforced, 1 address, 50 connections, " in printed, printed
    half = _bound(lab)
    assert (half[0] != first[0], half[1] == first[1]) == (True, True)
    assert [ask(lab, client=alice, folder=tmp_path, albconfig=name) for name in HOSTS] == ["old", "old"]
    assert [ask(lab, client=of_first, folder=tmp_path, albconfig=name) for name in HOSTS] == ["refused", "old"]

    _serve(lab)
    before = _proven_at(stack)
    stack.up()
    assert len(set(_bound(lab))) == 1
    after = _proven_at(stack)
    assert (after["alb"] == before["alb"], after["alb-two"] == before["alb-two"]) == (True, False)
    shown = stack.outputs()["listeners"]
    assert {one["proven"] for one in shown.values()} == {True}
    assert not any("was not shown" in one["proofNote"] for one in shown.values())
    stack.preview("--expect-no-changes")
