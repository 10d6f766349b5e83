"""Load balancers that the console has changed, or that were there before: what a preview and an `up` do about them."""

import pytest
from alibabacloud_alb20200616 import models as alb_models

from tests.helpers.lab import LabHandle
from tests.helpers.reused_alb import HTTPS, create_albconfig, edition, listeners, new_load_balancer, set_edition
from tests.helpers.stack_config import WITHOUT_HANDSHAKES, listener
from tests.helpers.world import World
from tests.stack.conftest import MakeStack

WAF = "StandardWithWaf"


@pytest.fixture(autouse=True)
def without_throttling(lab: LabHandle) -> None:
    lab.management.patch("/timings", json={"requests_per_second": 10_000}).raise_for_status()


def test_a_waf_that_the_albconfig_does_not_say_stops_preview_and_up_and_stays_once_the_line_is_added(
    lab: LabHandle, make_stack: MakeStack
) -> None:
    identifier = lab.status["albconfigs"]["alb"]["loadBalancerId"]
    set_edition(lab, identifier, WAF)
    before, stack = World.of(lab), make_stack(proof=WITHOUT_HANDSHAKES)
    for command in (("preview",), ("up", "--yes", "--skip-preview")):
        printed = stack.fails(*command, "--stack", stack.name)
        assert "nothing was touched" in printed
        assert f"spec.config.edition: {WAF}" in printed
        assert "(EDITION_REVERT)" in printed
    assert World.of(lab) == before
    assert edition(lab, identifier) == WAF
    line = [{"op": "replace", "path": "/spec/config/edition", "value": WAF}]
    lab.patch_albconfig("alb", line, api=lab.admin)
    stack.up()
    assert edition(lab, identifier) == WAF
    assert World.of(lab).element("alb", 443)["caEnabled"] is True
    # Without the line any write takes the WAF away, and so does switching off, which is never stopped.
    lab.management.post("/controller/hold").raise_for_status()
    lab.patch_albconfig("alb", [{**line[0], "value": "Standard"}], api=lab.admin)
    stack.set("enabled", "false")
    assert "(EDITION_REVERT); switching off is not stopped by it" in stack.preview()
    lab.management.post("/controller/release").raise_for_status()
    stack.up()
    assert edition(lab, identifier) == "Standard"
    assert World.of(lab).element("alb", 443)["caEnabled"] is False


def test_a_listener_that_was_on_a_reused_alb_stops_before_the_upload_and_with_the_override_what_it_resets_is_named(
    lab: LabHandle, make_stack: MakeStack
) -> None:
    identifier = new_load_balancer(lab, WAF, {"port": 443, "protocol": "HTTPS"}, {"port": 81, "protocol": "HTTP"})
    create_albconfig(lab, "old", {"id": identifier}, HTTPS)
    lab.settle()
    stack = make_stack(listeners=[listener(lab, "old", 443)], proof=WITHOUT_HANDSHAKES)
    before = World.of(lab)
    for command in (("preview",), ("up", "--yes", "--skip-preview")):
        printed = stack.fails(*command, "--stack", stack.name)
        assert "add `spec.config.listenerForceOverride: true`; that also deletes 81/HTTP" in printed
    assert World.of(lab) == before
    override = [{"op": "add", "path": "/spec/config/listenerForceOverride", "value": True}]
    lab.patch_albconfig("old", override, api=lab.admin)
    lab.settle()
    assert set(listeners(lab, identifier)) == {"443/HTTPS"}
    request = alb_models.UpdateListenerAttributeRequest(
        listener_id=listeners(lab, identifier)["443/HTTPS"].listener_id, idle_timeout=60
    )
    lab.alb.update_listener_attribute(request)
    lab.settle()
    woken = "listener 443/HTTPS: idleTimeout is 60 on the ALB, and 15 in the AlbConfig by default"
    assert woken in stack.preview()
    assert woken in stack.up()
    assert listeners(lab, identifier)["443/HTTPS"].idle_timeout == 15
    assert edition(lab, identifier) == WAF
    assert woken not in stack.preview()
    stack.destroy()
    assert World.of(lab).certificates == before.certificates
