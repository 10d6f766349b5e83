"""Whether a whole lab has done what was asked of it: one answer for controller, ALB, data plane and status."""

from typing import Any

import pytest
from alibabacloud_cas20200407 import models as cas_models
from Tea.exceptions import TeaException

from tests.helpers.lab import LabHandle, lab_command
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


def test_a_lab_whose_ports_are_used_up_goes_on_without_the_listeners_beyond_them(lab: LabHandle) -> None:
    before = lab.listener("alb", "80/HTTP").listener_id
    more = [{"port": port, "protocol": "HTTP"} for port in range(1000, 1040)]
    operations = [{"op": "add", "path": "/spec/listeners/-", "value": listener} for listener in more]
    lab.patch_albconfig("alb", operations, api=lab.admin)
    because = _settle(lab, 5)["because"]
    assert because
    assert all(each.endswith(" is Configuring") for each in because)
    assert lab_command("status", "--name", lab.name).returncode == 0
    assert curl(f"http://{lab.address('alb', '80/HTTP')}", "--header", f"Host: {HOST}").body == "old\n"
    lab.reset()
    assert lab.listener("alb", "80/HTTP").listener_id == before


def test_waiting_is_neither_in_the_journal_nor_counted_for_throttling(lab: LabHandle) -> None:
    for _ in range(12):
        assert _settle(lab, 20)["settled"]
    assert lab.management.get("/journal").json() == []
    assert lab.listener("alb", "80/HTTP").listener_status == "Running"


def _create_repository(lab: LabHandle) -> None:
    request = cas_models.CreateWarehouseRequest(name="left", type="uploadedAuthorityCertificate")
    lab.cas.create_warehouse(request)


def _repositories(lab: LabHandle) -> list[Any]:
    return list(lab.cas.list_warehouse(cas_models.ListWarehouseRequest(max_results=100)).body.data or [])


@pytest.mark.parametrize("wrong_site", [False, True])
def test_a_reset_leaves_no_repository_at_either_site(lab: LabHandle, wrong_site: bool) -> None:
    _switch(lab, cloud={"wrong_site": wrong_site})
    lab.management.patch("/timings", json={"repository_listed_after_seconds": 0}).raise_for_status()
    _create_repository(lab)
    assert len(_repositories(lab)) == 1
    lab.reset()
    _switch(lab, cloud={"wrong_site": wrong_site})
    lab.management.patch("/timings", json={"repository_listed_after_seconds": 0}).raise_for_status()
    assert _repositories(lab) == []


def test_a_reset_gives_all_calls_of_a_second_back(lab: LabHandle) -> None:
    def use_up() -> None:
        for _ in range(10):
            _repositories(lab)

    use_up()
    with pytest.raises(TeaException, match=r"Throttling\.User"):
        use_up()
    lab.reset()
    use_up()


def test_a_reset_takes_labels_and_finalizers_off_and_what_waits_for_one_away(lab: LabHandle) -> None:
    marked = {"labels": {"left": "here"}, "finalizers": ["example.com/never"]}
    for name in ("alb", "alb-two"):
        lab.patch_albconfig(
            name, [{"op": "add", "path": f"/metadata/{key}", "value": value} for key, value in marked.items()]
        )
    api = lab.custom_objects()
    own: dict[str, Any] = {"name": "alb-own", "finalizers": ["example.com/never"]}
    spec = {"config": {}, "listeners": [{"port": 80, "protocol": "HTTP"}]}
    body = {"apiVersion": "alibabacloud.com/v1", "kind": "AlbConfig", "metadata": own, "spec": spec}
    api.create_cluster_custom_object("alibabacloud.com", "v1", "albconfigs", body)
    for name in ("alb-two", "alb-own"):
        api.delete_cluster_custom_object("alibabacloud.com", "v1", "albconfigs", name)
    lab.reset()
    assert sorted(lab.status["albconfigs"]) == ["alb", "alb-basic", "alb-quic", "alb-two"]
    for name in ("alb", "alb-two"):
        metadata = lab.albconfig(name)["metadata"]
        assert not metadata.keys() & {"labels", "finalizers", "deletionTimestamp"}


def test_a_reset_lets_a_controller_that_was_held_back_go_on(lab: LabHandle) -> None:
    lab.management.post("/controller/hold").raise_for_status()
    lab.patch_albconfig("alb", REMOVE_HTTP)
    lab.reset()
    assert not lab.management.get("/controller").json()["held"]
    assert set(lab.status["albconfigs"]["alb"]["listeners"]) == {"80/HTTP", "443/HTTPS"}
