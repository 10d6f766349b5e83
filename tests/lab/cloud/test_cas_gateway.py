"""What stands in front of every API: versions, names, throttling, and errors in the cloud's shape."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_alb20200616 import models as alb_models
from alibabacloud_alb20200616.client import Client as AlbClient
from alibabacloud_cas20200407 import models
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

from lab.interception import FaultKind
from lab.principal_name import PrincipalName
from tests.helpers.certificates import ClientCredential
from tests.helpers.cloud_listeners import listener_attribute
from tests.helpers.cloud_sdk import CasUser, alb_client, cas_client, pem, refused
from tests.helpers.simulated_cloud import SimulatedCloud


def call(cas: CasUser, action: str, version: str = "2020-04-07", path: str = "/", method: str = "POST") -> Any:
    """Call an API that the SDK has no method for, or has not in this way."""
    params = Params(
        action=action,
        version=version,
        pathname=path,
        method=method,
        protocol="HTTP",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    return cas.client.call_api(params, OpenApiRequest(query={}), RuntimeOptions())


def call_until(code: str, request: Callable[[], Any]) -> None:
    """Repeat a request until it is answered with an error code, or without one."""
    answered = None
    while answered != code:
        try:
            request()
            answered = ""
        except AlibabaCloudException as error:
            answered = str(error.code)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_api_is_called_by_name_and_version(cas: CasUser, method: str) -> None:
    assert call(cas, "GetCertWarehouseQuota", method=method)["body"]["AppUseCount"] == 0


@pytest.mark.parametrize("action", ["DescribePCACert", "getcertwarehousequota", "ListListeners"])
def test_an_api_that_the_service_does_not_have_is_not_found(cas: CasUser, action: str) -> None:
    with refused("InvalidAction.NotFound") as refusal:
        call(cas, action)
    assert refusal.status == 404


def test_another_version_is_rejected(cas: CasUser) -> None:
    with refused("InvalidVersion"):
        call(cas, "GetCertWarehouseQuota", version="2020-06-30")


def test_another_path_or_method_is_not_found(cas: CasUser) -> None:
    with refused("InvalidAction.NotFound"):
        call(cas, "GetCertWarehouseQuota", path="/api")
    with refused("InvalidAction.NotFound"):
        call(cas, "GetCertWarehouseQuota", method="PUT")


def test_an_error_has_every_member_that_the_cloud_gives(simulated: SimulatedCloud, cas: CasUser) -> None:
    with refused("NotFound") as refusal:
        cas.describe("nobody")

    body = refusal.body
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", body["RequestId"])
    assert body["HostId"] == simulated.cas.removeprefix("http://")
    assert body["Message"] == "The specified certificate nobody does not exist."
    assert body["Recommend"].startswith("https://api.aliyun.com/troubleshoot?q=NotFound&product=cas&requestId=")


def test_a_good_answer_has_a_request_id(cas: CasUser) -> None:
    first, second = (cas.client.get_cert_warehouse_quota().body.request_id for _ in range(2))

    assert first != second


def test_a_caller_above_the_rate_is_throttled_until_the_second_is_over(simulated: SimulatedCloud, cas: CasUser) -> None:
    simulated.cloud.timings.requests_per_second = 1

    # The exact count is a unit test's: here nothing depends on how fast this machine is.
    call_until("Throttling.User", cas.client.get_cert_warehouse_quota)
    call_until("", cas.client.get_cert_warehouse_quota)


def test_a_throttled_answer_may_say_how_long_to_wait(simulated: SimulatedCloud, cas: CasUser) -> None:
    simulated.cloud.timings.requests_per_second = 0
    simulated.cloud.behaviour.throttling_sends_retry_after = True

    with refused("Throttling.User") as refusal:
        cas.repositories()
    assert refusal.retry_after == 1000


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        (FaultKind.THROTTLE, "Throttling.User", 400),
        (FaultKind.SERVER_ERROR, "InternalError", 500),
        (FaultKind.UNAVAILABLE, "ServiceUnavailable", 503),
        (FaultKind.ACCESS_DENIED, "NoPermission", 403),
    ],
)
def test_a_fault_on_purpose_speaks_as_the_cloud_and_has_no_effect(
    simulated: SimulatedCloud, cas: CasUser, kind: FaultKind, code: str, status: int
) -> None:
    simulated.fault(kind, "CreateWarehouse")

    with refused(code) as refusal:
        cas.create_repository()
    assert refusal.status == status
    assert cas.repositories() == []
    cas.create_repository()


def test_access_denied_names_the_ram_action_of_each_service(
    simulated: SimulatedCloud, cas: CasUser, alb: AlbClient
) -> None:
    simulated.fault(FaultKind.ACCESS_DENIED, "*", times=2)

    with refused("NoPermission") as of_cas:
        cas.delete("anything")
    with refused("Forbidden.NoPermission") as of_alb:
        listener_attribute(alb, "anything")

    details = [refusal.body["AccessDeniedDetail"] for refusal in (of_cas, of_alb)]
    assert [one["AuthAction"] for one in details] == ["yundun-cert:DeletePCACert", "alb:GetListenerAttribute"]
    assert {one["AuthPrincipalDisplayName"] for one in details} == {simulated.credentials.access_key_id}


def test_the_journal_names_effects_without_certificates(
    simulated: SimulatedCloud, cas: CasUser, root: ClientCredential
) -> None:
    instance_id = cas.create_repository("ours")
    identifier = cas.upload(pem(root), cas.number_of(instance_id))
    cas.delete(identifier)
    cas.delete_repository(instance_id)

    repository = f"repository ours ({instance_id})"
    assert simulated.effects("*") == [
        f"created {repository}",
        "",
        f"stored certificate {identifier} in {repository}",
        f"deleted certificate {identifier} of {repository}",
        f"deleted {repository} with 0 certificates in it",
    ]


def test_a_missing_parameter_is_named(cas: CasUser) -> None:
    with refused("MissingIdentifier") as refusal:
        cas.client.delete_pcacert(models.DeletePCACertRequest())
    assert refusal.body["Message"] == "Identifier is mandatory for this action."


def _user(simulated: SimulatedCloud, name: PrincipalName) -> CasUser:
    credentials = simulated.cloud.credentials[name]
    key = {"access_key_id": credentials.access_key_id, "access_key_secret": credentials.access_key_secret}
    return CasUser(cas_client(simulated, **key))


@pytest.mark.parametrize("name", [PrincipalName.ADMIN, PrincipalName.UP])
def test_a_key_may_write_with_a_policy_that_allows_it(name: PrincipalName, simulated: SimulatedCloud) -> None:
    assert _user(simulated, name).create_repository()


@pytest.mark.parametrize("name", [PrincipalName.PREVIEW, PrincipalName.OPERATIONS])
def test_a_key_may_not_write_with_a_policy_that_does_not_allow_it_and_nothing_was_done(
    name: PrincipalName, simulated: SimulatedCloud, cas: CasUser
) -> None:
    reading = _user(simulated, name)
    assert not reading.client.list_cert_warehouse(models.ListCertWarehouseRequest()).body.cert_warehouse_list
    with refused("NoPermission") as refusal:
        reading.create_repository()
    assert refusal.status == 403
    detail = refusal.body["AccessDeniedDetail"]
    assert (detail["AuthAction"], detail["NoPermissionType"]) == ("yundun-cert:CreateWarehouse", "ImplicitDeny")
    assert not cas.client.list_cert_warehouse(models.ListCertWarehouseRequest()).body.cert_warehouse_list


def test_the_policy_holds_for_the_alb_too(simulated: SimulatedCloud) -> None:
    credentials = simulated.cloud.credentials[PrincipalName.OPERATIONS]
    key = {"access_key_id": credentials.access_key_id, "access_key_secret": credentials.access_key_secret}
    alb = alb_client(simulated, **key)
    alb.list_listeners(alb_models.ListListenersRequest())
    with refused("Forbidden.NoPermission"):
        alb.update_listener_attribute(alb_models.UpdateListenerAttributeRequest(listener_id="lsn-1"))


def test_where_policies_are_not_enforced_every_key_may_do_everything(simulated: SimulatedCloud) -> None:
    simulated.cloud.behaviour.policies_enforced = False
    assert _user(simulated, PrincipalName.PREVIEW).create_repository()
