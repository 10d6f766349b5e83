"""Whom a listener is asked as, from what is at hand."""

from pathlib import Path
from typing import Any

import pytest

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from ops.configuration import ProofConfiguration
from ops.errors import OpsError
from ops.probe_clients import OpsProbeClients, askers_of
from ops.state import parse_state
from tests.helpers import stack_state
from tests.helpers.certificates import NOW, make_client, make_root

ROOT = make_root()
ALICE = make_client(ROOT)


def _askers(
    *resources: dict[str, Any], certificate_file: Path | None = None, key_file: Path | None = None
) -> OpsProbeClients:
    proof = ProofConfiguration(
        host=None,
        path="/",
        client_certificate_file=None if certificate_file is None else str(certificate_file),
        client_key_file=None if key_file is None else str(key_file),
        server_ca="system",
    )
    component = stack_state.component("RootCa", "root-ca-1")
    state = parse_state(stack_state.exported(component, *resources), "stack test")
    return askers_of(state, ROOT.certificate, proof, NOW)


def test_a_root_key_in_the_state_makes_every_kind_of_client() -> None:
    askers = _askers(stack_state.root_ca(make_root(), generation=1), stack_state.root_ca(ROOT, generation=2))
    assert askers.probes is not None
    assert askers.probes.valid is not None
    assert askers.probes.expired is not None
    assert askers.origin == "made with the CA's key from the state"


def test_the_key_file_of_an_imported_root_does_the_same(tmp_path: Path) -> None:
    key_file = tmp_path / "root.key"
    key_file.write_text(private_key_pem(ROOT.key))
    imported = stack_state.root_ca(ROOT, source="imported")
    client = stack_state.client(ALICE, keeps_its_key=True, issuerKeyFile=str(key_file))
    assert _askers(imported, client).origin == f"made with the CA's key from {key_file}"


def test_without_the_ca_key_the_client_of_the_configuration_asks(tmp_path: Path) -> None:
    certificate_file, key_file = tmp_path / "c.pem", tmp_path / "c.key"
    certificate_file.write_text(certificate_pem(ALICE.certificate))
    key_file.write_text(private_key_pem(ALICE.key))
    askers = _askers(stack_state.root_ca(ROOT, source="imported"), certificate_file=certificate_file, key_file=key_file)
    assert askers.probes is not None
    assert askers.probes.valid is not None
    assert list(askers.probes.valid.chain) == [ALICE.certificate]
    assert askers.probes.expired is None


def test_without_that_a_client_of_the_stack_asks_but_never_one_of_another_ca() -> None:
    stranger = stack_state.client(make_client(make_root()), name="stranger")
    root = stack_state.root_ca(ROOT, source="imported")
    assert _askers(root, stranger, stack_state.client(ALICE)).origin == "client alice"
    assert _askers(root, stranger).origin.startswith("nobody")


def test_without_any_key_only_strangers_can_be_made() -> None:
    askers = _askers(stack_state.root_ca(ROOT, source="imported"), stack_state.client(ALICE, keeps_its_key=True))
    assert askers.probes is not None
    assert askers.probes.valid is None
    assert askers.probes.other_ca_same_name is not None
    assert askers.probes.other_ca_same_name.chain[0].issuer == ROOT.certificate.subject


def test_a_named_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    root = stack_state.root_ca(ROOT, source="imported")
    with pytest.raises(OpsError, match=r"cannot read proof\.client\.certificateFile"):
        _askers(root, certificate_file=tmp_path / "none.pem", key_file=tmp_path / "none.key")


def test_a_named_file_with_something_else_in_it_is_named_and_not_quoted(tmp_path: Path) -> None:
    key_file = tmp_path / "c.key"
    key_file.write_text(private_key_pem(ALICE.key))
    with pytest.raises(OpsError, match=r"proof\.client\.certificateFile") as rejected:
        _askers(stack_state.root_ca(ROOT, source="imported"), certificate_file=key_file, key_file=key_file)
    assert private_key_pem(ALICE.key)[40:80] not in str(rejected.value)
