"""What the controller makes of an AlbConfig on a real kube-apiserver, seen through Kubernetes and the ALB API."""

import time
from typing import Any

import pytest
from alibabacloud_alb20200616 import models as alb_models
from kubernetes.client import CoreV1Api, NetworkingV1Api

from lab.controller.hash_label import HASH_LABEL
from tests.helpers.bound_ca import upload_ca
from tests.helpers.client_identities import authority
from tests.helpers.controller_events import events_of, forget_events, has_event
from tests.helpers.lab import LabHandle, wait_until

HTTPS = "443/HTTPS"


@pytest.fixture(autouse=True)
def quick_and_quiet(lab: LabHandle) -> None:
    """Begin without events; throttling and slow listings are tested elsewhere."""
    hurry = {"repository_listed_after_seconds": 0, "requests_per_second": 10_000}
    lab.management.patch("/timings", json=hurry).raise_for_status()
    forget_events(lab)


@pytest.fixture
def identifier(lab: LabHandle) -> str:
    return upload_ca(lab, authority("root").certificate)


def _set(lab: LabHandle, albconfig: str, index: int, **fields: Any) -> None:
    operations = [
        {"op": "add", "path": f"/spec/listeners/{index}/{name}", "value": value} for name, value in fields.items()
    ]
    lab.patch_albconfig(albconfig, operations, api=lab.admin)


def _switch(lab: LabHandle, identifier: str, *, enabled: bool, albconfig: str = "alb", index: int = 1) -> None:
    _set(lab, albconfig, index, caEnabled=enabled, caCertificates=[{"CertificateId": identifier}])


def _listeners(lab: LabHandle, albconfig: str) -> list[str]:
    found = lab.status["albconfigs"].get(albconfig)
    return list(found["listeners"]) if found else []


def _is_enforced(lab: LabHandle, albconfig: str = "alb", key: str = HTTPS) -> bool:
    listener = lab.listener(albconfig, key)
    return bool(listener.ca_enabled) and listener.listener_status == "Running"


def test_ca_enabled_reaches_one_listener_of_two_with_its_ca_and_switched_off_the_ca_is_kept(
    lab: LabHandle, identifier: str
) -> None:
    before = lab.albconfig("alb-two")["status"]
    second = ("alb-two", "8443/HTTPS")
    _switch(lab, identifier, enabled=True, albconfig="alb-two", index=1)
    wait_until(lambda: _is_enforced(lab, *second), "the second listener requests certificates")
    assert [each.certificate_id for each in lab.listener(*second).ca_certificates] == [identifier]
    assert not _is_enforced(lab, "alb-two", HTTPS)
    assert lab.albconfig("alb-two")["status"] == before, "the status has nothing about it"
    _set(lab, "alb-two", 1, caEnabled=False)
    wait_until(lambda: not _is_enforced(lab, *second), "the listener requests no certificate")
    assert [each.certificate_id for each in lab.listener(*second).ca_certificates] == [identifier]


def test_the_controller_writes_a_label_and_no_annotation_no_finalizer_and_not_the_spec(lab: LabHandle) -> None:
    albconfig = lab.albconfig("alb")
    assert "annotations" not in albconfig["metadata"]
    assert "finalizers" not in albconfig["metadata"]
    mine = [each for each in albconfig["metadata"]["managedFields"] if each["manager"] == "alb-ingress-controller"]
    assert {each.get("subresource") for each in mine} == {"status", None}
    [of_the_object] = [each["fieldsV1"] for each in mine if "subresource" not in each]
    assert of_the_object == {"f:metadata": {"f:labels": {".": {}, f"f:{HASH_LABEL}": {}}}}


def test_managed_fields_name_whoever_made_an_object_and_the_controller(lab: LabHandle) -> None:
    controllers = "alb-ingress-controller"
    assert {each["manager"] for each in lab.albconfig("alb")["metadata"]["managedFields"]} <= {
        "kubectl-create",
        controllers,
    }
    classes = NetworkingV1Api(lab.admin).list_ingress_class().items
    assert {each.manager for one in classes for each in _managed_fields(one)} == {"kubectl-create"}
    _set(lab, "alb", 1, caEnabled="true")
    wait_until(lambda: has_event(lab, "alb", "FailedBuildModel"), "the failure is reported")
    events = CoreV1Api(lab.admin).list_namespaced_event("default").items
    assert {each.manager for one in events for each in _managed_fields(one)} == {controllers}


def _managed_fields(found: Any) -> Any:
    """Return what the client's types call optional, and is there."""
    return found.metadata.managed_fields


def test_the_open_source_build_ignores_ca_enabled_and_reports_success(lab: LabHandle, identifier: str) -> None:
    lab.management.patch("/controller", json={"mode": "open-source"}).raise_for_status()
    _set(lab, "alb", 1, caEnabled=True, caCertificates=[{"CertificateId": identifier}], description="changed")
    wait_until(lambda: lab.listener("alb", HTTPS).listener_description == "changed", "the change has arrived")
    assert not lab.listener("alb", HTTPS).ca_enabled
    wait_until(lambda: has_event(lab, "alb", "SuccessfullyReconciled"), "success is reported")


def test_a_key_in_another_case_is_ignored_without_a_message_and_counts_when_the_assumption_is_switched(
    lab: LabHandle, identifier: str
) -> None:
    _set(lab, "alb", 1, CaEnabled=True, caCertificates=[{"CertificateId": identifier}], description="changed")
    wait_until(lambda: lab.listener("alb", HTTPS).listener_description == "changed", "the change has arrived")
    assert not lab.listener("alb", HTTPS).ca_enabled
    lab.management.patch("/behaviour", json={"controller": {"keys_case_sensitive": False}}).raise_for_status()
    _set(lab, "alb", 1, description="again")
    wait_until(lambda: _is_enforced(lab), "the listener requests certificates")


def test_a_wrong_type_is_reported_in_an_event_and_changes_nothing_until_it_is_corrected(
    lab: LabHandle, identifier: str
) -> None:
    _set(lab, "alb", 1, caEnabled="true", caCertificates=[{"CertificateId": identifier}])
    text = (
        "Failed build model due to unmarshalling albconfig error: json: cannot unmarshal string into Go struct "
        "field ListenerSpec.listeners.caEnabled of type bool"
    )
    wait_until(lambda: has_event(lab, "alb", "FailedBuildModel", text), "the failure is reported")
    assert not lab.listener("alb", HTTPS).ca_enabled
    _set(lab, "alb", 1, caEnabled=True)
    wait_until(lambda: _is_enforced(lab), "the listener requests certificates")


def test_what_the_alb_rejects_is_reported_with_its_code(lab: LabHandle, identifier: str) -> None:
    _switch(lab, identifier, enabled=True, albconfig="alb-basic", index=0)
    code = "LoadBalancerEditionNotSupport"
    wait_until(lambda: has_event(lab, "alb-basic", "FailedApplyModel", code), "the failure is reported")
    assert not lab.listener("alb-basic", HTTPS).ca_enabled


def test_a_ca_that_the_alb_does_not_know_is_reported_without_its_name_or_with_it_and_again_and_again(
    lab: LabHandle, identifier: str
) -> None:
    _switch(lab, "ca-404", enabled=True)
    unnamed = "apply failed. listenerPort: 443 errMsgs: the following certificate IDs have expired: []"
    wait_until(lambda: has_event(lab, "alb", "FailedApplyModel", unnamed), "the failure is reported")
    wait_until(lambda: any(each.count > 1 for each in events_of(lab, "alb")), "the failure is reported again")
    lab.management.patch("/behaviour", json={"controller": {"names_lost_cas": True}}).raise_for_status()
    _switch(lab, "ca-405", enabled=True)
    named = "ErrorCode: ResourceNotFound.CaCertificate Message: The specified resource ca-405 is not found."
    wait_until(lambda: has_event(lab, "alb", "FailedApplyModel", named), "the failure is reported by its name")
    assert not _is_enforced(lab)
    _switch(lab, identifier, enabled=True)
    wait_until(lambda: _is_enforced(lab), "the listener recovers with a CA that is there")


def test_a_listener_that_leaves_the_list_is_removed_and_comes_back_with_a_new_id(lab: LabHandle) -> None:
    listener = lab.albconfig("alb")["spec"]["listeners"][1]
    before = lab.listener("alb", HTTPS).listener_id
    lab.patch_albconfig("alb", [{"op": "remove", "path": "/spec/listeners/1"}], api=lab.admin)
    wait_until(lambda: HTTPS not in _listeners(lab, "alb"), "the listener is gone")
    lab.patch_albconfig("alb", [{"op": "add", "path": "/spec/listeners/-", "value": listener}], api=lab.admin)
    wait_until(lambda: HTTPS in _listeners(lab, "alb"), "the listener is back")
    assert lab.listener("alb", HTTPS).listener_id != before


def test_a_new_albconfig_gets_a_load_balancer_and_a_deleted_one_loses_it(lab: LabHandle) -> None:
    api = lab.custom_objects()
    name = {"name": "alb-new"}
    spec = {"config": {}, "listeners": [{"port": 80, "protocol": "HTTP"}]}
    body = {"apiVersion": "alibabacloud.com/v1", "kind": "AlbConfig", "metadata": name, "spec": spec}
    api.create_cluster_custom_object("alibabacloud.com", "v1", "albconfigs", body)
    wait_until(lambda: "80/HTTP" in _listeners(lab, "alb-new"), "the listener is there")
    api.delete_cluster_custom_object("alibabacloud.com", "v1", "albconfigs", "alb-new")
    wait_until(lambda: "alb-new" not in lab.status["albconfigs"], "the load balancer is gone")


def test_held_back_the_controller_does_nothing_and_released_it_catches_up(lab: LabHandle, identifier: str) -> None:
    lab.management.patch("/behaviour", json={"controller": {"resync_seconds": 0.1}}).raise_for_status()
    lab.management.post("/controller/hold").raise_for_status()
    _switch(lab, identifier, enabled=True)
    # Ten times as long as a controller that is not held back takes at most to look.
    until = time.monotonic() + 1
    while time.monotonic() < until:
        assert not lab.listener("alb", HTTPS).ca_enabled
        time.sleep(0.05)
    lab.management.post("/controller/release").raise_for_status()
    wait_until(lambda: _is_enforced(lab), "the listener requests certificates")


def test_a_change_is_noticed_at_once_and_not_only_when_everything_is_read_again(
    lab: LabHandle, identifier: str
) -> None:
    lab.management.patch("/behaviour", json={"controller": {"resync_seconds": 3600}}).raise_for_status()
    # The wait that was begun with the former period is over after this round.
    lab.settle()
    _switch(lab, identifier, enabled=True)
    wait_until(lambda: _is_enforced(lab), "the listener requests certificates")


def test_from_time_to_time_the_status_is_written_although_nothing_changes(lab: LabHandle) -> None:
    quick = {"controller": {"resync_seconds": 0.1, "status_seconds": 0.1}}
    lab.management.patch("/behaviour", json=quick).raise_for_status()
    # A round that begins now: the pause of the one before may last for seconds yet.
    lab.settle()
    before = lab.albconfig("alb")
    versions: set[str] = set()

    def seen() -> bool:
        now = lab.albconfig("alb")
        assert (now["spec"], now["status"]) == (before["spec"], before["status"])
        versions.add(now["metadata"]["resourceVersion"])
        return len(versions) > 3

    wait_until(seen, "three more versions of the AlbConfig")


def test_a_listener_that_stays_in_configuring_is_reported_when_it_should_change_again(
    lab: LabHandle, identifier: str
) -> None:
    behaviour = {"controller": {"patience_seconds": 0.5}, "data_plane": {"listeners_settle": False}}
    lab.management.patch("/behaviour", json=behaviour).raise_for_status()
    _switch(lab, identifier, enabled=True)
    wait_until(lambda: bool(lab.listener("alb", HTTPS).ca_enabled), "the first change has arrived")
    assert lab.listener("alb", HTTPS).listener_status == "Configuring"
    _set(lab, "alb", 1, caEnabled=False)
    wait_until(lambda: has_event(lab, "alb", "FailedApplyModel", "IncorrectStatus.Listener"), "the failure is reported")
    lab.management.patch("/behaviour", json={"data_plane": {"listeners_settle": True}}).raise_for_status()
    wait_until(lambda: not lab.listener("alb", HTTPS).ca_enabled, "the second change has arrived")


def test_what_somebody_changes_in_the_alb_is_overwritten(lab: LabHandle) -> None:
    switches = {"cloud": {"listener_edits_rejected": False}, "controller": {"resync_seconds": 0.2}}
    lab.management.patch("/behaviour", json=switches).raise_for_status()
    lab.settle()
    lab.management.post("/controller/hold").raise_for_status()
    listener_id = lab.listener("alb", HTTPS).listener_id
    request = alb_models.UpdateListenerAttributeRequest(listener_id=listener_id, idle_timeout=60)
    lab.alb.update_listener_attribute(request)
    assert lab.listener("alb", HTTPS).idle_timeout == 60
    lab.management.post("/controller/release").raise_for_status()
    wait_until(lambda: lab.listener("alb", HTTPS).idle_timeout == 15, "the controller's own value is back")


def test_the_same_failure_counts_up_and_one_that_was_forgotten_is_reported_again(lab: LabHandle) -> None:
    _set(lab, "alb", 1, caEnabled="true")
    wait_until(lambda: any(each.count > 1 for each in events_of(lab, "alb")), "the failure is reported twice")
    assert [each.reason for each in events_of(lab, "alb")] == ["FailedBuildModel"]
    forget_events(lab)
    wait_until(lambda: has_event(lab, "alb", "FailedBuildModel"), "the failure is reported again")
