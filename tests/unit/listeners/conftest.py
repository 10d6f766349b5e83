"""A world for the providers."""

from pathlib import Path

import pytest

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from tests.helpers import provider_world
from tests.helpers.proof_settings import ALICE
from tests.helpers.provider_world import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """One whose listener asks nobody for a certificate."""
    return provider_world.world(monkeypatch)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> World:
    """One whose listener requests certificates of somebody else's CA."""
    theirs = [{"CertificateId": "ca-of-theirs"}]
    return provider_world.world(monkeypatch, caEnabled=True, caCertificates=theirs)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Alice as `proof.client`."""
    certificate, key = tmp_path / "alice.pem", tmp_path / "alice.key"
    certificate.write_text(certificate_pem(ALICE.certificate))
    key.write_text(private_key_pem(ALICE.key))
    return {"clientCertificateFile": str(certificate), "clientKeyFile": str(key)}
