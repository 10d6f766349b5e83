"""The cloud clients against a cloud as strict as the real one, in each of the ways that no document settles."""

import pytest

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.cas import CasClient, Repository
from alb_mtls.aliyun.cas_repositories import LOOK_SECONDS
from alb_mtls.aliyun.credentials import credential
from alb_mtls.aliyun.endpoints import cas_endpoint
from alb_mtls.aliyun.errors import DeadlinePassed, InUse, InvalidCredentials, QuotaUsedUp, RequestRejected
from alb_mtls.aliyun.retry import RetryPolicy
from lab.behaviour import DuplicateUpload, SerialNumberFormat, UniqueNames
from lab.principal_name import PrincipalName
from tests.helpers.plain_certificate import self_signed
from tests.helpers.simulated_cloud import SimulatedCloud
from tests.lab.aliyun.conftest import FASTER

NAME = "alb-mtls-1a2b3c4d"
ROOT = self_signed("root", serial=0x12345678)


@pytest.fixture
def identifier(cas: CasClient, repository: Repository) -> str:
    return cas.upload_ca(pem=ROOT, repository=repository, name="root-ca-1")


@pytest.fixture
def load_balancer(cloud: SimulatedCloud) -> str:
    made = cloud.run(lambda: cloud.cloud.alb.create_load_balancer(name="alb", edition="Standard"))
    return made.load_balancer_id


def https_listener(cloud: SimulatedCloud, load_balancer: str, *, ca: str, enabled: bool = True) -> None:
    """Give the load balancer a listener 443/HTTPS that refers to a CA."""
    cloud.cloud.alb.server_certificates["1-ap-southeast-1"] = {}
    made = cloud.run(
        lambda: cloud.cloud.alb.create_listener(
            load_balancer,
            port=443,
            protocol="HTTPS",
            certificate_ids=["1-ap-southeast-1"],
            ca_enabled=enabled,
            ca_certificate_ids=[ca],
        )
    )
    cloud.run(lambda: cloud.cloud.alb.settle(made.listener_id, made.revision))


@pytest.mark.parametrize("written", list(SerialNumberFormat))
def test_a_certificate_is_found_however_serial_numbers_are_written(
    cloud: SimulatedCloud, cas: CasClient, identifier: str, written: SerialNumberFormat
) -> None:
    cloud.cloud.behaviour.serial_number = written
    assert cas.find_certificates(ROOT) == [identifier]
    assert cas.find_certificates(self_signed("root", serial=0x12345678)) == []


def test_a_certificate_is_found_in_its_own_repository_only(cas: CasClient, identifier: str) -> None:
    other = cas.ensure_repository("another")
    assert cas.find_certificates(ROOT, other) == []
    assert cas.find_certificates(ROOT) == [identifier]


@pytest.mark.parametrize("duplicate", list(DuplicateUpload))
def test_a_second_upload_ends_with_an_identifier_of_that_certificate(
    cloud: SimulatedCloud,
    cas: CasClient,
    repository: Repository,
    identifier: str,
    duplicate: DuplicateUpload,
) -> None:
    cloud.cloud.behaviour.duplicate_upload = duplicate
    second = cas.upload_ca(pem=ROOT, repository=repository, name="root-ca-1-again")
    assert (second == identifier) == (duplicate is not DuplicateUpload.NEW_IDENTIFIER)
    assert second in cas.find_certificates(ROOT, repository)


@pytest.mark.parametrize("unique", [UniqueNames.CERTIFICATES, UniqueNames.ALL])
def test_where_names_are_unique_the_same_certificate_is_taken_and_another_one_gets_another_name(
    cloud: SimulatedCloud, cas: CasClient, repository: Repository, identifier: str, unique: UniqueNames
) -> None:
    cloud.cloud.behaviour.names_unique = unique
    assert cas.upload_ca(pem=ROOT, repository=repository, name="root-ca-1") == identifier
    newer = self_signed("root", serial=0x9)
    second = cas.upload_ca(pem=newer, repository=repository, name="root-ca-1")
    assert cas.find_certificates(newer, repository) == [second]
    assert cloud.calls("UploadPCACert") == 4, "one rejected, one rejected and sent again"


def test_where_names_are_unique_a_repository_that_is_listed_late_is_taken(
    cloud: SimulatedCloud, cas: CasClient
) -> None:
    cloud.cloud.behaviour.names_unique = UniqueNames.ALL
    cloud.cloud.timings.repository_listed_after_seconds = (LOOK_SECONDS + 15) / FASTER
    created = cas.ensure_repository("late")
    cloud.cloud.timings.repository_listed_after_seconds = 3600.0
    assert cas.find_repository("late") is None
    with pytest.raises(DeadlinePassed, match="rejects the name of repository late as taken"):
        cas.ensure_repository("late")
    assert cloud.effects("CreateWarehouse")[-1] == ""
    cloud.cloud.timings.repository_listed_after_seconds = 0.0
    assert cas.ensure_repository("late") == created


def test_a_certificate_that_cas_does_not_take_is_refused_with_its_words(cas: CasClient, repository: Repository) -> None:
    with pytest.raises(RequestRejected, match="证书格式异常"):
        cas.upload_ca(pem=self_signed("leaf", authority=False), repository=repository, name="root-ca-1")


def test_a_used_up_quota_is_reported(cloud: SimulatedCloud, cas: CasClient, repository: Repository) -> None:
    cloud.cloud.behaviour.certificate_quota = 0
    with pytest.raises(QuotaUsedUp):
        cas.upload_ca(pem=ROOT, repository=repository, name="root-ca-1")


def test_a_repository_with_certificates_is_not_deleted(cas: CasClient, repository: Repository, identifier: str) -> None:
    with pytest.raises(InUse):
        cas.delete_repository(repository.instance_id)
    cas.delete_certificate(identifier)
    cas.delete_repository(repository.instance_id)
    assert cas.find_repository(NAME) is None


@pytest.mark.parametrize("suffix", ["", "-ap-southeast-1"])
@pytest.mark.parametrize("enabled", [True, False])
def test_a_bound_ca_is_found_by_its_listener_and_not_deleted(
    cloud: SimulatedCloud,
    cas: CasClient,
    alb: AlbClient,
    load_balancer: str,
    identifier: str,
    *,
    enabled: bool,
    suffix: str,
) -> None:
    cloud.cloud.behaviour.ca_identifier_suffix = suffix
    https_listener(cloud, load_balancer, ca=identifier, enabled=enabled)
    bound = alb.bound_listeners(identifier)
    assert [(one.load_balancer_id, one.port, one.ca_enabled) for one in bound] == [(load_balancer, 443, enabled)]
    with pytest.raises(InUse, match=identifier):
        cas.delete_certificate(identifier)


def test_at_the_wrong_site_nothing_is_there(cloud: SimulatedCloud, cas: CasClient, identifier: str) -> None:
    cloud.cloud.behaviour.wrong_site = True
    assert cas.find_repository(NAME) is None
    assert cas.describe(identifier) is None


@pytest.mark.parametrize(
    "change",
    [
        {"alicloud:accessKey": "LTAI-unknown"},
        {"alicloud:secretKey": "of-another-key"},
        {"alicloud:securityToken": "of-another-key"},
    ],
    ids=["key", "secret", "token"],
)
def test_a_key_that_the_cloud_does_not_accept_is_reported_without_showing_it(
    cloud: SimulatedCloud, policy: RetryPolicy, repository: Repository, change: dict[str, str]
) -> None:
    config = {**cloud.config, **change}
    stranger = CasClient(endpoint=cas_endpoint(cloud.cas), credential=credential(config.get), policy=policy)
    with pytest.raises(InvalidCredentials) as caught:
        stranger.upload_ca(pem=ROOT, repository=repository, name="root-ca-1")
    assert not any(value in str(caught.value) for value in config.values())
    assert "POST" not in str(caught.value)


def test_a_temporary_key_with_its_token_is_accepted(cloud: SimulatedCloud, policy: RetryPolicy) -> None:
    config = {**cloud.config, "alicloud:securityToken": cloud.cloud.credentials[PrincipalName.UP].security_token}
    temporary = CasClient(endpoint=cas_endpoint(cloud.cas), credential=credential(config.get), policy=policy)
    assert temporary.repositories() == []
