"""Clients of every kind, and the servers that no one here wrote, started once for a module."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from alb_mtls.handshake.probe_clients import ProbeClients, probe_clients_of
from tests.helpers.certificates import ClientCredential, make_root
from tests.helpers.tls_servers import ServerFiles, server_files


@pytest.fixture(scope="session")
def root() -> ClientCredential:
    return make_root(now=datetime.now(UTC))


@pytest.fixture(scope="session")
def probes(root: ClientCredential) -> ProbeClients:
    return probe_clients_of(root.certificate, root.key, datetime.now(UTC))


@pytest.fixture(scope="session")
def server_authority() -> ClientCredential:
    return make_root(now=datetime.now(UTC))


@pytest.fixture
def files(tmp_path: Path, root: ClientCredential, server_authority: ClientCredential) -> ServerFiles:
    return server_files(tmp_path, server_authority, root.certificate)
