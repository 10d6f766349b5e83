"""Clients of every kind, and the servers that no one here wrote, started once for a module."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from components.handshake.client_identity import Probes, probe_identities
from tests.helpers.certificates import Identity, make_root
from tests.helpers.tls_servers import ServerFiles, server_files


@pytest.fixture(scope="session")
def root() -> Identity:
    """The CA whose clients are to be let in."""
    return make_root(now=datetime.now(UTC))


@pytest.fixture(scope="session")
def probes(root: Identity) -> Probes:
    """A client of every kind."""
    return probe_identities(root.certificate, root.key, datetime.now(UTC))


@pytest.fixture(scope="session")
def server_authority() -> Identity:
    """The CA that signs the servers' certificates."""
    return make_root(now=datetime.now(UTC))


@pytest.fixture
def files(tmp_path: Path, root: Identity, server_authority: Identity) -> ServerFiles:
    """Files of a server that asks for clients of `root`."""
    return server_files(tmp_path, server_authority, root.certificate)
