"""That a call which went wrong on the way is healed, and that a write whose reply was lost is not made twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from alb_mtls.aliyun.cas import CasClient, Repository
from lab.interception import FaultKind
from tests.helpers.plain_certificate import self_signed
from tests.helpers.simulated_cloud import SimulatedCloud

NAME = "alb-mtls-1a2b3c4d"
ROOT = self_signed("root")
HEALED = [
    FaultKind.THROTTLE,
    FaultKind.SERVER_ERROR,
    FaultKind.UNAVAILABLE,
    FaultKind.CLOSE_BEFORE,
    FaultKind.CLOSE_AFTER,
]


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("fault", HEALED)
def test_an_upload_that_went_wrong_leaves_exactly_one_certificate(
    cloud: SimulatedCloud, cas: CasClient, repository: Repository, fault: FaultKind, times: int
) -> None:
    cloud.fault(fault, "UploadPCACert", times=times)
    identifier = cas.upload_ca(pem=ROOT, repository=repository, name="root-ca-1")
    assert [one.identifier for one in cas.certificates_in(repository)] == [identifier]
    assert cas.find_certificates(ROOT, repository) == [identifier]


def test_an_upload_that_is_shown_late_is_waited_for_and_not_repeated(
    cloud: SimulatedCloud, cas: CasClient, repository: Repository
) -> None:
    cloud.cloud.timings.certificate_shown_after_seconds = 0.1
    cloud.fault(FaultKind.CLOSE_AFTER, "UploadPCACert")
    identifier = cas.upload_ca(pem=ROOT, repository=repository, name="root-ca-1")
    assert cloud.calls("UploadPCACert") == 1
    assert cas.wait_until_described(identifier, ROOT, 10).pem == ROOT


@pytest.mark.parametrize("fault", HEALED)
def test_a_repository_whose_creation_went_wrong_exists_exactly_once(
    cloud: SimulatedCloud, cas: CasClient, fault: FaultKind
) -> None:
    cloud.fault(fault, "CreateWarehouse")
    found = cas.ensure_repository(NAME)
    assert cas.repositories() == [found]
    assert cas.ensure_repository(NAME) == found


@pytest.mark.parametrize("fault", HEALED)
def test_deletions_that_went_wrong_are_done(
    cloud: SimulatedCloud, cas: CasClient, repository: Repository, fault: FaultKind
) -> None:
    identifier = cas.upload_ca(pem=ROOT, repository=repository, name="root-ca-1")
    for api in ("DeletePCACert", "DeleteWarehouse"):
        cloud.fault(fault, api, times=2)
    cas.delete_certificate(identifier)
    cas.delete_repository(repository.instance_id)
    assert cas.describe(identifier) is None
    assert cas.repositories() == []


@pytest.mark.parametrize("tells_wait", [True, False])
def test_the_rate_limit_is_met_by_many_threads_and_all_get_through(
    cloud: SimulatedCloud, cas: CasClient, *, tells_wait: bool
) -> None:
    cloud.cloud.timings.requests_per_second = 10
    cloud.cloud.behaviour.throttling_sends_retry_after = tells_wait
    with ThreadPoolExecutor(max_workers=8) as pool:
        assert list(pool.map(lambda _: cas.repositories(), range(24))) == [[]] * 24
    assert cloud.calls("ListCertWarehouse") > 24
