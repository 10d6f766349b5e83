"""Clients of the two services whose network and clock belong to the test."""

from typing import Any

import pytest

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.aliyun.credentials import credential
from alb_mtls.aliyun.endpoints import Endpoint
from alb_mtls.aliyun.retry import RetryPolicy
from tests.helpers.fake_clock import FakeClock
from tests.helpers.scripted_transport import ACCESS_KEY_SECRET, ScriptedTransport

ENDPOINT = Endpoint(host="cas.example", scheme="https")


@pytest.fixture(autouse=True)
def _no_credentials_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACCESS_KEY", "SECRET_KEY", "SECURITY_TOKEN", "PROFILE", "ECS_ROLE_NAME", "CREDENTIALS_URI"):
        monkeypatch.delenv(f"ALICLOUD_{name}", raising=False)
    monkeypatch.delenv("ALICLOUD_SHARED_CREDENTIALS_FILE", raising=False)


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> ScriptedTransport:
    scripted = ScriptedTransport()
    scripted.install(monkeypatch)
    return scripted


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def policy(clock: FakeClock) -> RetryPolicy:
    return RetryPolicy(deadline_seconds=60.0, clock=clock, sleep=clock.sleep)


@pytest.fixture
def key() -> Any:
    return credential({"alicloud:accessKey": "LTAI-made-up", "alicloud:secretKey": ACCESS_KEY_SECRET}.get)


@pytest.fixture
def cas(transport: ScriptedTransport, policy: RetryPolicy, key: Any) -> CasClient:  # noqa: ARG001 - no network
    return CasClient(endpoint=ENDPOINT, credential=key, policy=policy)


@pytest.fixture
def alb(transport: ScriptedTransport, policy: RetryPolicy, key: Any) -> AlbClient:  # noqa: ARG001 - no network
    return AlbClient(endpoint=ENDPOINT, credential=key, policy=policy)
