"""Whether a whole lab has done what was asked of it: one answer for controller, ALB, data plane and status."""

from typing import Any

from tests.helpers.lab import LabHandle
from tests.helpers.tls_clients import curl

HOST = "demo.alb.ingress.top"
REMOVE_HTTP = [{"op": "remove", "path": "/spec/listeners/0"}]


def _settle(lab: LabHandle, seconds: float) -> dict[str, Any]:
    answer: dict[str, Any] = lab.management.post("/settle", params={"wait": seconds}).raise_for_status().json()
    return answer


def _switch(lab: LabHandle, **switches: Any) -> None:
    lab.management.patch("/behaviour", json=switches).raise_for_status()


def test_settled_means_that_a_change_is_served_and_in_the_status(lab: LabHandle) -> None:
    address = lab.address("alb", "80/HTTP")
    lab.patch_albconfig("alb", REMOVE_HTTP)
    assert _settle(lab, 20) == {"settled": True, "because": []}
    assert list(lab.status["albconfigs"]["alb"]["listeners"]) == ["443/HTTPS"]
    assert curl(f"http://{address}", "--header", f"Host: {HOST}").error == "7"


def test_an_albconfig_that_is_gone_is_settled_when_nothing_of_it_is_left(lab: LabHandle) -> None:
    lab.custom_objects().delete_cluster_custom_object("alibabacloud.com", "v1", "albconfigs", "alb-two")
    assert _settle(lab, 20)["settled"]
    assert "alb-two" not in lab.status["albconfigs"]


def test_a_controller_that_is_held_back_is_not_settled_and_named(lab: LabHandle) -> None:
    lab.management.post("/controller/hold").raise_for_status()
    lab.patch_albconfig("alb", REMOVE_HTTP)
    assert _settle(lab, 0.3) == {"settled": False, "because": ["the controller is held back"]}
    lab.management.post("/controller/release").raise_for_status()
    assert _settle(lab, 20)["settled"]


def test_a_listener_that_stays_in_configuring_is_not_settled_and_named(lab: LabHandle) -> None:
    _switch(lab, data_plane={"listeners_settle": False})
    change = {"op": "add", "path": "/spec/listeners/0/description", "value": "changed"}
    lab.patch_albconfig("alb", [change], api=lab.admin)
    [because] = _settle(lab, 2)["because"]
    assert because == f"listener 80/HTTP of {lab.status['albconfigs']['alb']['loadBalancerId']} is Configuring"
    _switch(lab, data_plane={"listeners_settle": True})
    assert _settle(lab, 20)["settled"]


def test_waiting_is_neither_in_the_journal_nor_counted_for_throttling(lab: LabHandle) -> None:
    for _ in range(12):
        assert _settle(lab, 20)["settled"]
    assert lab.management.get("/journal").json() == []
    assert lab.listener("alb", "80/HTTP").listener_status == "Running"
