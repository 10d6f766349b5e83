"""Which certificate of an uploaded chain a listener of the lab trusts, and which clients it therefore accepts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.behaviour import ChainAnchor
from lab.dataplane import Route
from tests.helpers.ca_chains import ca_below
from tests.helpers.certificates import ClientCredential, make_client, make_root
from tests.helpers.data_plane import HOST, RunningDataPlane, running_data_plane
from tests.helpers.tls_clients import curl

NOW = datetime.now(UTC)
ROOT = make_root(now=NOW)
ISSUING, SIBLING = ca_below(ROOT, now=NOW), ca_below(ROOT, "sibling CA", now=NOW)
CADDY, SECOND = (), ("*",)


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDataPlane]:
    """A data plane with a listener that has the chain of the issuing CA."""
    with running_data_plane(tmp_path_factory.mktemp("data-plane")) as started:
        started.route(Route(host=HOST), listeners=("443/HTTPS",))
        started.listener("HTTPS", ca_enabled=True, ca_certificate_ids=(started.trust(ISSUING),))
        yield started


def _status(plane: RunningDataPlane, client: ClientCredential, folder: Path) -> int | None:
    certificate, key = client.write(folder, "client")
    url = f"https://{HOST}/"
    to = f"{HOST}:443:{plane.address('443/HTTPS')}"
    return curl(url, "--insecure", "--connect-to", to, "--cert", str(certificate), "--key", str(key)).status


@pytest.mark.parametrize("server", [CADDY, SECOND])
@pytest.mark.parametrize(
    ("anchor", "alone", "sibling"), [(ChainAnchor.LAST, False, True), (ChainAnchor.FIRST, True, False)]
)
def test_leaf_and_intermediate_are_accepted_either_way_and_other_clients_by_what_is_trusted(
    plane: RunningDataPlane, tmp_path: Path, server: tuple[str, ...], anchor: ChainAnchor, *, alone: bool, sibling: bool
) -> None:
    plane.behaviour.second_server, plane.behaviour.chain_anchor = server, anchor
    plane.wait_current()
    leaf, other = make_client(ISSUING, now=NOW), make_client(SIBLING, now=NOW)
    sent = {
        "leaf and intermediate": replace(leaf, chain=(ISSUING.certificate,)),
        "leaf": leaf,
        "sibling": replace(other, chain=(SIBLING.certificate,)),
    }
    accepted = {name: _status(plane, client, tmp_path) == 200 for name, client in sent.items()}
    assert accepted == {"leaf and intermediate": True, "leaf": alone, "sibling": sibling}
