"""The cloud clients, pointed at a simulated cloud of their own."""

import time
from collections.abc import Iterator
from typing import Final

import pytest

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.cas import CasClient, Repository
from alb_mtls.aliyun.credentials import credential
from alb_mtls.aliyun.endpoints import alb_endpoint, cas_endpoint
from alb_mtls.aliyun.retry import RetryPolicy
from tests.helpers.simulated_cloud import SimulatedCloud, simulated_cloud

FASTER: Final = 20
"""How much faster than real time the clients wait; the seconds of the cloud stay seconds."""


@pytest.fixture
def cloud() -> Iterator[SimulatedCloud]:
    with simulated_cloud() as running:
        yield running


@pytest.fixture
def policy() -> RetryPolicy:
    return RetryPolicy(
        deadline_seconds=60,
        clock=lambda: time.monotonic() * FASTER,
        sleep=lambda seconds: time.sleep(seconds / FASTER),
    )


@pytest.fixture
def cas(cloud: SimulatedCloud, policy: RetryPolicy) -> CasClient:
    return CasClient(endpoint=cas_endpoint(cloud.cas), credential=credential(cloud.config.get), policy=policy)


@pytest.fixture
def alb(cloud: SimulatedCloud, policy: RetryPolicy) -> AlbClient:
    return AlbClient(endpoint=alb_endpoint(cloud.alb, ""), credential=credential(cloud.config.get), policy=policy)


@pytest.fixture
def repository(cas: CasClient) -> Repository:
    return cas.ensure_repository("alb-mtls-1a2b3c4d")
