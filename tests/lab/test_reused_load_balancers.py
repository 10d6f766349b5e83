"""What becomes of load balancers that the console has changed, or that were there before: seen by the ALB API."""

import pytest
from alibabacloud_alb20200616 import models as alb_models
from alibabacloud_tea_openapi.exceptions import ClientException

from tests.helpers.controller_events import forget_events, has_event
from tests.helpers.lab import LabHandle, wait_until
from tests.helpers.reused_alb import (
    HTTPS,
    annotate,
    create_albconfig,
    delete_albconfig,
    edition,
    listeners,
    new_load_balancer,
    set_edition,
)

HTTP = {"port": 80, "protocol": "HTTP"}


@pytest.fixture(autouse=True)
def without_throttling(lab: LabHandle) -> None:
    lab.management.patch("/timings", json={"requests_per_second": 10_000}).raise_for_status()
    forget_events(lab)


def _set_idle_timeout(lab: LabHandle, listener_id: str, seconds: int) -> None:
    request = alb_models.UpdateListenerAttributeRequest(listener_id=listener_id, idle_timeout=seconds)
    lab.alb.update_listener_attribute(request)


def test_any_write_to_an_albconfig_takes_the_edition_back_that_the_console_gave(lab: LabHandle) -> None:
    identifier = lab.status["albconfigs"]["alb"]["loadBalancerId"]
    set_edition(lab, identifier, "StandardWithWaf")
    lab.settle()
    assert edition(lab, identifier) == "StandardWithWaf", "nobody has told the controller"
    annotate(lab, "alb", "once")
    wait_until(lambda: edition(lab, identifier) == "Standard", "the edition of the AlbConfig is back")


def test_an_albconfig_that_says_the_edition_keeps_it(lab: LabHandle) -> None:
    identifier = lab.status["albconfigs"]["alb"]["loadBalancerId"]
    set_edition(lab, identifier, "StandardWithWaf")
    said = [{"op": "replace", "path": "/spec/config/edition", "value": "StandardWithWaf"}]
    lab.patch_albconfig("alb", said, api=lab.admin)
    annotate(lab, "alb", "once")
    lab.settle()
    assert edition(lab, identifier) == "StandardWithWaf"


def test_the_console_may_edit_a_listener_of_a_reused_load_balancer_and_any_write_resets_it(lab: LabHandle) -> None:
    identifier = new_load_balancer(lab, "StandardWithWaf")
    create_albconfig(lab, "old", {"id": identifier}, HTTPS)
    lab.settle()
    _set_idle_timeout(lab, listeners(lab, identifier)["443/HTTPS"].listener_id, 60)
    lab.settle()
    assert listeners(lab, identifier)["443/HTTPS"].idle_timeout == 60
    annotate(lab, "old", "once")
    wait_until(lambda: listeners(lab, identifier)["443/HTTPS"].idle_timeout == 15, "the controller's default is back")
    assert edition(lab, identifier) == "StandardWithWaf", "of a reused one the edition is not the AlbConfig's"


def test_the_console_may_not_edit_a_listener_of_a_load_balancer_that_the_controller_made(lab: LabHandle) -> None:
    with pytest.raises(ClientException, match="ServiceManagedResource"):
        _set_idle_timeout(lab, lab.listener("alb", "443/HTTPS").listener_id, 60)


@pytest.mark.parametrize("override", [False, True])
def test_what_the_albconfig_says_reaches_a_listener_that_was_there_only_with_an_override(
    lab: LabHandle,
    override: bool,
) -> None:
    identifier = new_load_balancer(
        lab, "Standard", {"port": 443, "protocol": "HTTPS"}, {"port": 81, "protocol": "HTTP"}
    )
    create_albconfig(
        lab, "old", {"id": identifier, "listenerForceOverride": override}, {**HTTPS, "idleTimeout": 30}, HTTP
    )
    lab.settle()
    found = listeners(lab, identifier)
    in_use = "listener already in use, please set forceOverride=true and reconcile"
    assert has_event(lab, "old", "FailedApplyModel", in_use) == (not override)
    assert found["443/HTTPS"].idle_timeout == (30 if override else 15)
    assert ("81/HTTP" in found) == (not override)
    assert "80/HTTP" in found


def test_a_reused_load_balancer_stays_with_its_listeners_when_its_albconfig_is_deleted(lab: LabHandle) -> None:
    identifier = new_load_balancer(lab)
    create_albconfig(lab, "old", {"id": identifier}, HTTPS)
    lab.settle()
    delete_albconfig(lab, "old")
    wait_until(lambda: "old" not in lab.status["albconfigs"], "the AlbConfig is gone")
    assert list(listeners(lab, identifier)) == ["443/HTTPS"]


def test_a_second_albconfig_of_one_load_balancer_is_refused_in_an_event_and_the_first_one_keeps_it(
    lab: LabHandle,
) -> None:
    identifier = lab.status["albconfigs"]["alb"]["loadBalancerId"]
    create_albconfig(lab, "second", {"id": identifier, "forceOverride": True}, HTTP)
    refused = f"alb {identifier} belongs to albconfig: alb, cant reuse alb to another albconfig: second"
    wait_until(lambda: has_event(lab, "second", "FailedApplyModel", refused), "the refusal is reported")
    assert set(listeners(lab, identifier)) == {"80/HTTP", "443/HTTPS"}
    assert "status" not in lab.albconfig("second")
    delete_albconfig(lab, "second")
    lab.settle()
    assert set(listeners(lab, identifier)) == {"80/HTTP", "443/HTTPS"}


def test_by_a_switch_the_second_albconfig_deletes_the_listeners_that_the_first_one_has_made(lab: LabHandle) -> None:
    behaviour = {"controller": {"second_albconfig": "takes-over"}}
    lab.management.patch("/behaviour", json=behaviour).raise_for_status()
    identifier = new_load_balancer(lab)
    create_albconfig(lab, "first", {"id": identifier}, HTTPS)
    lab.settle()
    create_albconfig(lab, "second", {"id": identifier}, HTTP)
    wait_until(lambda: set(listeners(lab, identifier)) == {"80/HTTP"}, "the second one has taken over")
    for name in ("first", "second"):
        delete_albconfig(lab, name)
    lab.settle()
    assert set(listeners(lab, identifier)) == {"80/HTTP"}
