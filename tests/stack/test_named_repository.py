"""A repository of the user's: its CA on the listener is known as the stack's own, although the claim was removed."""

from alibabacloud_cas20200407 import models as cas_models

from tests.helpers.lab import LabHandle
from tests.helpers.stack_config import WITHOUT_HANDSHAKES
from tests.helpers.world import World
from tests.stack.conftest import MakeStack

CLAIM = "/metadata/annotations/alb-mtls~1claim.443.https"


def test_a_claim_removed_by_hand_is_no_dead_end_with_a_repository_of_the_users(
    lab: LabHandle, make_stack: MakeStack
) -> None:
    request = cas_models.CreateWarehouseRequest(name="team", type="uploadedAuthorityCertificate")
    lab.cas.create_warehouse(request)
    cas = {"endpoint": f"http://{lab.status['endpoints']['cas']}", "repository": "team"}
    before = World.of(lab)
    stack = make_stack(cas=cas, proof=WITHOUT_HANDSHAKES)
    stack.up()
    lab.patch_albconfig("alb", [{"op": "remove", "path": CLAIM}])
    assert "lost the claim" in stack.preview()
    stack.up()
    assert World.of(lab).element("alb", 443)["caEnabled"] is True
    stack.destroy()
    assert World.of(lab).albconfigs == before.albconfigs
    assert World.of(lab).certificates == before.certificates
