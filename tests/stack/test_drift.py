"""What somebody changed behind the program's back is seen in a plain preview and repaired by an up."""

from pathlib import Path

import pytest
from alibabacloud_cas20200407 import models as cas_models

from tests.helpers.lab import LabHandle
from tests.helpers.ops_command import ops
from tests.helpers.stack import Stack
from tests.helpers.stack_config import ask
from tests.helpers.world import World


def _edit(lab: LabHandle, field: str, value: object) -> None:
    listeners = lab.albconfig("alb")["spec"]["listeners"]
    index = next(i for i, e in enumerate(listeners) if (e["port"], e["protocol"]) == (443, "HTTPS"))
    lab.patch_albconfig("alb", [{"op": "add", "path": f"/spec/listeners/{index}/{field}", "value": value}])


@pytest.mark.long
def test_a_listener_opened_by_hand_is_found_by_a_preview_and_enforced_again(
    lab: LabHandle, stack: Stack, tmp_path: Path
) -> None:
    stack.up()
    _edit(lab, "caEnabled", value=False)
    said = stack.preview()
    assert "was changed outside this stack\n  last by field manager" in said
    assert "caEnabled was true and is false" in said
    stack.up()
    assert World.of(lab).element("alb", 443)["caEnabled"] is True
    assert ask(lab, folder=tmp_path) == "refused"
    stack.preview("--expect-no-changes")

    _edit(lab, "caEnabled", value=False)
    stack.succeeds("refresh", "--yes", "--skip-preview", "--stack", stack.name)
    # What the refresh found is not what the stack desires.
    status = ops(stack, "status", "--json")
    assert status.code == 1
    assert "NOT_ENFORCED" in status.codes
    assert status.document["listeners"]["alb/443"]["enabled"] is True
    stack.up()
    assert ask(lab, folder=tmp_path) == "refused"


def test_a_ca_deleted_from_cas_is_uploaded_again_and_bound_also_when_its_repository_went_with_it(
    lab: LabHandle, quick_stack: Stack, tmp_path: Path
) -> None:
    stack = quick_stack
    stack.up()
    identifier = stack.outputs()["listeners"]["alb/443"]["caIdentifier"]
    lab.management.patch("/behaviour", json={"cloud": {"bound_ca_deletion_rejected": False}}).raise_for_status()
    lab.cas.delete_pcacert(cas_models.DeletePCACertRequest(identifier=identifier))
    assert "is gone from CAS; it will be uploaded again" in stack.preview()
    stack.up()
    [again] = World.of(lab).certificates
    assert again != identifier
    assert stack.outputs()["listeners"]["alb/443"]["caIdentifier"] == again
    assert ask(lab, client=stack.clients()["alice"], folder=tmp_path) == "old"

    lab.cas.delete_pcacert(cas_models.DeletePCACertRequest(identifier=again))
    [repository] = lab.cas.list_warehouse(cas_models.ListWarehouseRequest(max_results=100)).body.data
    warehouse = repository.warehouse_instance_id
    lab.cas.delete_warehouse(cas_models.DeleteWarehouseRequest(warehouse_instance_id=warehouse))
    stack.up()
    world = World.of(lab)
    assert (len(world.repositories), len(world.certificates)) == (1, 1)


def test_without_the_cluster_a_preview_goes_on_and_an_up_stops_before_anything_is_touched(
    lab: LabHandle, stack: Stack, tmp_path: Path
) -> None:
    before = World.of(lab)
    # Port 9 on loopback: nobody listens there.
    broken = tmp_path / "nowhere.kubeconfig"
    text = Path(lab.status["kubeconfig"]["program"]).read_text("utf-8")
    broken.write_text(text.replace(text.split("https://127.0.0.1:")[1].split('"')[0].split("\n")[0], "9"))
    stack.configure({**stack.config(), "kubernetes:kubeconfig": str(broken)})
    assert "not looked at" in stack.preview()
    assert "Nothing was touched" in stack.fails("up", "--yes", "--skip-preview", "--stack", stack.name)
    assert World.of(lab) == before
