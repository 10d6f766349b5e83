"""A simulated cloud for each test, and the official SDKs as its only callers."""

from collections.abc import Iterator

import pytest
from alibabacloud_alb20200616.client import Client as AlbClient

from tests.helpers.certificates import ClientCredential, make_root
from tests.helpers.cloud_listeners import Controller
from tests.helpers.cloud_sdk import SERVER_CERTIFICATE, CasUser, alb_client, cas_client
from tests.helpers.simulated_cloud import SimulatedCloud, simulated_cloud


@pytest.fixture
def simulated() -> Iterator[SimulatedCloud]:
    with simulated_cloud() as running:
        running.cloud.timings.repository_listed_after_seconds = 0.0
        running.cloud.alb.server_certificates[SERVER_CERTIFICATE] = "made by the data plane in a whole lab"
        yield running


@pytest.fixture
def cas(simulated: SimulatedCloud) -> CasUser:
    return CasUser(cas_client(simulated))


@pytest.fixture
def alb(simulated: SimulatedCloud) -> AlbClient:
    return alb_client(simulated)


@pytest.fixture
def number(cas: CasUser) -> int:
    """Return the numeric id of a repository of CA certificates."""
    return cas.number_of(cas.create_repository())


@pytest.fixture(scope="session")
def root() -> ClientCredential:
    return make_root()


@pytest.fixture
def controller(simulated: SimulatedCloud) -> Controller:
    simulated.cloud.behaviour.listener_edits_rejected = False
    return Controller(simulated)


@pytest.fixture
def listener(controller: Controller) -> str:
    return controller.listener(controller.load_balancer())
