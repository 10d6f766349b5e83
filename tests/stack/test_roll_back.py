"""An up that cannot be proven fails with its cause, and leaves listener, clients and CAS binding as they were.

Each cause is produced in the lab; that the next up works shows that state and world agree.
"""

from pathlib import Path
from typing import Any

import pytest

from alb_mtls.cluster.listener import find_listener
from tests.helpers.albconfigs import LISTENER
from tests.helpers.lab import LabHandle, wait_until
from tests.helpers.stack import Stack
from tests.helpers.stack_config import HOST, ask, listener
from tests.helpers.world import World
from tests.stack.conftest import MakeStack

UP = ("up", "--yes", "--skip-preview", "--stack", "test")
# Short, because each of these tests waits for it in vain.
PROOF: dict[str, Any] = {"host": HOST, "deadlineSeconds": 8, "connections": 50}


def _fails_and_is_put_back(lab: LabHandle, stack: Stack, cause: str, folder: Path) -> str:
    before = World.of(lab)
    said = stack.fails(*UP)
    assert cause in said, said
    assert "Traceback" not in said
    assert World.of(lab).albconfigs == before.albconfigs
    assert ask(lab, folder=folder) == "old"
    return said


def _works_next_time(lab: LabHandle, stack: Stack, folder: Path) -> None:
    stack.up()
    assert stack.outputs()["listeners"]["alb/443"]["proven"] is True
    assert ask(lab, folder=folder) == "refused"


@pytest.fixture
def short(lab: LabHandle, make_stack: MakeStack) -> Stack:
    """A stack whose proof gives up soon."""
    return make_stack(proof={**PROOF, "serverCa": str(lab.paths.server_ca)})


def test_a_controller_that_does_not_do_what_the_albconfig_says_is_named_as_the_cause(
    lab: LabHandle, short: Stack, tmp_path: Path
) -> None:
    lab.management.patch("/controller", json={"mode": "open-source"}).raise_for_status()
    said = _fails_and_is_put_back(lab, short, "a build that ignores caEnabled behaves like this", tmp_path)
    assert "install or upgrade the add-on ALB Ingress Controller that ACK manages" in said
    assert "was put back as it was" in said
    lab.management.patch("/controller", json={"mode": "managed"}).raise_for_status()

    lab.management.post("/controller/hold").raise_for_status()
    _fails_and_is_put_back(lab, short, "client authentication off", tmp_path)
    lab.management.post("/controller/release").raise_for_status()

    index = next(i for i, e in enumerate(lab.albconfig("alb")["spec"]["listeners"]) if e["port"] == 443)
    path = f"/spec/listeners/{index}/certificates/-"
    lab.patch_albconfig("alb", [{"op": "add", "path": path, "value": {"CertificateId": "404-cn-hangzhou"}}])
    said = _fails_and_is_put_back(lab, short, "FailedApplyModel", tmp_path)
    assert "404-cn-hangzhou is not found" in said, said
    lab.patch_albconfig("alb", [{"op": "remove", "path": f"/spec/listeners/{index}/certificates/1"}])
    _works_next_time(lab, short, tmp_path)


def test_an_alb_stuck_in_configuring(lab: LabHandle, short: Stack, tmp_path: Path) -> None:
    lab.management.patch("/behaviour", json={"data_plane": {"listeners_settle": False}}).raise_for_status()
    said = short.fails(*UP)
    assert "the ALB has not finished its change (status Configuring)" in said
    assert "ignores caEnabled" not in said
    # Such an ALB takes no further change; as soon as it is at rest, the controller switches it off, and `up` goes on.
    assert "is switched off, and not yet as it was before, since the ALB does not follow" in said
    assert "Traceback" not in said
    assert find_listener(lab.albconfig("alb"), LISTENER).element["caEnabled"] is False
    lab.management.patch("/behaviour", json={"data_plane": {"listeners_settle": True}}).raise_for_status()
    wait_until(lambda: ask(lab, folder=tmp_path) == "old", "clients without a certificate get in again", seconds=30)
    _works_next_time(lab, short, tmp_path)


def test_a_listener_that_answers_elsewhere_with_another_ca(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    other = make_stack("other", listeners=[listener(lab, "alb-two", 443)], proof={"mode": "api"})
    other.up()
    wrong_way = {**listener(lab, "alb", 443), "connectTo": lab.address("alb-two", "443/HTTPS")}
    proof = {**PROOF, "host": "two.alb.ingress.top", "serverCa": str(lab.paths.server_ca)}
    stack = make_stack(listeners=[wrong_way], proof=proof)
    _fails_and_is_put_back(lab, stack, "rejected a client with a valid certificate", tmp_path)
    stack.set("listeners", [listener(lab, "alb", 443)])
    stack.set("proof", {**PROOF, "serverCa": str(lab.paths.server_ca)})
    _works_next_time(lab, stack, tmp_path)


def test_what_makes_a_proof_impossible_is_reported_before_anything_is_touched(
    lab: LabHandle, short: Stack, tmp_path: Path
) -> None:
    before = World.of(lab)
    [entry], proof = (short.config()[f"alb-mtls:{key}"] for key in ("listeners", "proof"))
    silent = [{**entry, "connectTo": "127.0.0.1:9"}, listener(lab, "alb-two", 443)]
    # Each listener is waited for in vain, as long as a proof may take.
    soonest = {**proof, "deadlineSeconds": 5}
    for listeners, changes, causes in (
        (
            silent,
            {"host": "nowhere.example", "serverCa": "insecure"},
            ("listeners[0]: ", "does not answer", "listeners[1]: ", "before anything was changed"),
        ),
        ([entry], {"serverCa": "system"}, ("set proof.serverCa",)),
    ):
        short.set("listeners", listeners)
        short.set("proof", {**soonest, **changes})
        assert "nothing was touched in cluster and cloud" not in short.preview()
        said = _fails_and_is_put_back(lab, short, "nothing was touched in cluster and cloud, because:", tmp_path)
        assert [cause for cause in causes if cause not in said] == []

    short.set("proof", soonest)
    lab.management.patch("/behaviour", json={"data_plane": {"backend_works": False}}).raise_for_status()
    said = short.fails(*UP)
    assert "502 before anything was changed" in said
    assert "Traceback" not in said
    lab.management.patch("/behaviour", json={"data_plane": {"backend_works": True}}).raise_for_status()
    short.set("proof", proof)

    assert World.of(lab) == before
    assert not [call for call in lab.management.get("/journal").json() if call["api"] == "patch albconfigs"]
    _works_next_time(lab, short, tmp_path)
