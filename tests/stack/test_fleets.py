"""A fleet from its first `up` to the client that leaves: read from a folder, issued in one resource, counted."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from alb_mtls.pki.keys import generate_private_key
from tests.helpers.certificates import P256 as P256_KEY
from tests.helpers.certificates import signing_request
from tests.helpers.stack import Stack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with eight requests."""
    path = tmp_path / "csr"
    path.mkdir()
    for number in range(8):
        _put(path, f"sn-{number}")
    return path


def _put(folder: Path, name: str) -> None:
    request = signing_request(generate_private_key(P256_KEY), "device")
    (folder / f"{name}.csr").write_bytes(request.public_bytes(Encoding.PEM))


def test_a_fleet_is_issued_changed_kept_and_left_and_the_engine_prints_no_more_of_it_than_numbers(
    quick_stack: Stack, folder: Path
) -> None:
    stack = quick_stack
    stack.set("fleets", [{"name": "devices", "csrFolder": str(folder), "onBadRequest": "skip"}])
    first = stack.preview()
    assert "devices: 8 new (sn-0, sn-1, sn-2, sn-3, sn-4 and 3 more)" in first
    assert "sn-7" not in first
    stack.up()
    assert stack.outputs()["fleets"]["devices"]["clients"] == 8
    before = stack.clients()
    # One is new, one changed, one has left, and one cannot be read today.
    _put(folder, "sn-8")
    _put(folder, "sn-0")
    (folder / "sn-1.csr").unlink()
    (folder / "sn-2.csr").write_text("damaged")
    printed = stack.up("--diff")
    assert "devices: 1 new (sn-8), 1 changed (sn-0), 1 forgotten (sn-1)" in printed
    assert "csr/sn-2.csr: this is not a certificate signing request in PEM form" in printed
    assert "fleetClients" in printed
    assert "sn-5" not in printed
    after = stack.clients()
    assert set(after) == {"alice", *(f"devices/sn-{number}" for number in (0, 2, 3, 4, 5, 6, 7, 8))}
    same = {name for name, client in after.items() if name in before and client == before[name]}
    assert same == set(after) - {"devices/sn-0", "devices/sn-8"}
    counts = stack.outputs()["fleets"]["devices"]
    assert (counts["clients"], counts["superseded"], counts["forgotten"]) == (8, 1, 1)
    stack.preview("--expect-no-changes")
    # And without skipping, it stops before anything is touched.
    stack.set("fleets", [{"name": "devices", "csrFolder": str(folder)}])
    assert "sn-2.csr: this is not a certificate signing request" in stack.fails("preview", "--stack", stack.name)
