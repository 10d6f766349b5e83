"""Load balancers that the console has changed, or that were there before: what a preview and an `up` do about them."""

import pytest

from tests.helpers.lab import LabHandle
from tests.helpers.reused_alb import edition, set_edition
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
    before, stack = World.of(lab), make_stack()
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
