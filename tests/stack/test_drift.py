"""What somebody changed behind the program's back is seen in a plain preview and repaired by an up."""

from pathlib import Path

import pytest
from alibabacloud_cas20200407 import models as cas_models

from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import ask
from tests.helpers.world import World


def _edit(lab: LabHandle, field: str, value: object) -> None:
    listeners = lab.albconfig("alb")["spec"]["listeners"]
    index = next(i for i, e in enumerate(listeners) if (e["port"], e["protocol"]) == (443, "HTTPS"))
    lab.patch_albconfig("alb", [{"op": "add", "path": f"/spec/listeners/{index}/{field}", "value": value}])


def test_a_listener_opened_by_hand_is_seen_and_shut_again(lab: LabHandle, stack: Stack, tmp_path: Path) -> None:
    stack.up()
    _edit(lab, "caEnabled", value=False)
    said = stack.preview()
    assert "was changed outside this stack: caEnabled is false, desired is true" in said
    stack.up()
    assert World.of(lab).element("alb", 443)["caEnabled"] is True
    assert ask(lab, folder=tmp_path) == "refused"
    stack.preview("--expect-no-changes")


def test_a_refresh_sees_the_same_and_the_next_up_repairs(lab: LabHandle, stack: Stack, tmp_path: Path) -> None:
    stack.up()
    _edit(lab, "caEnabled", value=False)
    stack.succeeds("refresh", "--yes", "--skip-preview", "--stack", stack.name)
    stack.up()
    assert ask(lab, folder=tmp_path) == "refused"


def test_a_lost_claim_is_written_again_with_what_was_there_before(lab: LabHandle, stack: Stack) -> None:
    before = World.of(lab)
    stack.up()
    lab.patch_albconfig("alb", [{"op": "remove", "path": "/metadata/annotations"}])
    assert "lost the claim" in stack.preview()
    stack.up()
    stack.destroy()
    assert World.of(lab) == before


def test_a_ca_deleted_from_cas_is_uploaded_again_and_bound(lab: LabHandle, stack: Stack, tmp_path: Path) -> None:
    stack.up()
    identifier = stack.outputs()["listeners"]["alb/443"]["caIdentifier"]
    lab.management.patch("/behaviour", json={"cloud": {"bound_ca_deletion_rejected": False}}).raise_for_status()
    lab.cas.delete_pcacert(cas_models.DeletePCACertRequest(identifier=identifier))
    assert "is gone from CAS; it will be uploaded again" in stack.preview()
    stack.up()
    assert stack.outputs()["listeners"]["alb/443"]["caIdentifier"] != identifier
    assert len(World.of(lab).certificates) == 1
    assert ask(lab, client=stack.clients()["alice"], folder=tmp_path) == "old"


def test_a_repository_deleted_with_its_ca_comes_back(lab: LabHandle, stack: Stack) -> None:
    stack.up()
    lab.management.patch("/behaviour", json={"cloud": {"bound_ca_deletion_rejected": False}}).raise_for_status()
    for identifier in World.of(lab).certificates:
        lab.cas.delete_pcacert(cas_models.DeletePCACertRequest(identifier=identifier))
    listed = lab.cas.list_warehouse(cas_models.ListWarehouseRequest(max_results=100)).body.data
    for repository in listed:
        request = cas_models.DeleteWarehouseRequest(warehouse_instance_id=repository.warehouse_instance_id)
        lab.cas.delete_warehouse(request)
    stack.up()
    assert len(World.of(lab).repositories) == 1
    assert len(World.of(lab).certificates) == 1


@pytest.mark.parametrize("command", [("preview",), ("up", "--yes", "--skip-preview")])
def test_without_the_cluster_a_preview_goes_on_and_an_up_stops_before_anything_is_touched(
    lab: LabHandle, stack: Stack, tmp_path: Path, command: tuple[str, ...]
) -> None:
    before = World.of(lab)
    # Port 9 on loopback: nobody listens there.
    broken = tmp_path / "nowhere.kubeconfig"
    text = Path(lab.status["kubeconfig"]["program"]).read_text("utf-8")
    broken.write_text(text.replace(text.split("https://127.0.0.1:")[1].split('"')[0].split("\n")[0], "9"))
    stack.configure({**stack.config(), "kubernetes:kubeconfig": str(broken)})
    done = stack.run(*command, "--stack", stack.name)
    assert (done.code == 0) is (command[0] == "preview"), done.text
    assert "not looked at" in done.text or "Nothing was touched" in done.text
    assert World.of(lab) == before
