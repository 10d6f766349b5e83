"""A world for the providers."""

import pytest

from tests.helpers import provider_world
from tests.helpers.provider_world import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """One whose listener asks nobody for a certificate."""
    return provider_world.world(monkeypatch)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> World:
    """One whose listener asks for certificates of somebody else's CA."""
    theirs = [{"CertificateId": "ca-of-theirs"}]
    return provider_world.world(monkeypatch, caEnabled=True, caCertificates=theirs)
