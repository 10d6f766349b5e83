"""The clients that a listener is probed with, from what is at hand."""

from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from alb_mtls.certificate_resources import IssuedCertificatesOutputs
from alb_mtls.listener_resources import ProofSettings
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.pki.passphrases import Passphrase
from ops.probe_clients import OpsProbeClients, probe_clients_for
from ops.state import parse_state
from ops.state_records import DeployedListener
from tests.helpers import stack_state
from tests.helpers.authorities import DAY, ca_of_depth, issued
from tests.helpers.ca_chains import ca_below
from tests.helpers.certificates import NOW, make_client, make_root
from tests.helpers.current import current, deployed

ROOT = make_root()
ALICE = make_client(ROOT)
PROOF = ProofSettings(mode="required", host=None, path="/", deadline_seconds=10, server_ca="system")
OF_OURS = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "ours")])


def _imported(**changes: Any) -> DeployedListener:
    return deployed(ROOT, ca_private_key_pem=None, **changes)


def _chosen(
    listener: DeployedListener,
    *clients: IssuedCertificatesOutputs,
    certificate_file: Path | None = None,
    key_file: Path | None = None,
) -> OpsProbeClients:
    proof = ProofSettings(
        mode="required",
        host=None,
        path="/",
        deadline_seconds=10,
        server_ca="system",
        client_certificate_file=None if certificate_file is None else str(certificate_file),
        client_key_file=None if key_file is None else str(key_file),
    )
    state = parse_state(stack_state.exported(stack_state.clients(*clients)), "stack test")
    return probe_clients_for(current(ROOT, listener=listener), state.clients, proof, NOW)


def test_a_root_key_in_the_state_makes_every_kind_of_client() -> None:
    chosen = _chosen(deployed(ROOT))
    assert chosen.probes.valid is not None
    assert chosen.probes.expired is not None
    assert chosen.origin == "made with the CA's key from the state"


def test_a_key_of_another_ca_makes_none() -> None:
    assert _chosen(deployed(ROOT, ca_private_key_pem=private_key_pem(make_root().key))).origin.startswith("none")


def test_the_key_file_of_an_imported_root_does_the_same_while_it_is_there(tmp_path: Path) -> None:
    key_file = tmp_path / "root.key"
    listener = _imported(ca_key_file=str(key_file))
    assert _chosen(listener).origin.startswith("none")
    key_file.write_text(private_key_pem(ROOT.key))
    assert _chosen(listener).origin == f"made with the CA's key from {key_file}"


def test_an_encrypted_key_file_serves_where_its_passphrase_is_known_and_is_left_alone_elsewhere(tmp_path: Path) -> None:
    key_file = tmp_path / "root.key"
    encryption = BestAvailableEncryption(b"correct horse")
    key_file.write_bytes(ROOT.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    listener = current(ROOT, listener=_imported(ca_key_file=str(key_file)))

    def chosen(words: str | None) -> OpsProbeClients:
        known = None if words is None else Passphrase(text=words, origin="rootCa.keyPassphrase")
        return probe_clients_for(listener, (), PROOF, NOW, lambda _: known)

    assert chosen("correct horse").origin == f"made with the CA's key from {key_file}"
    assert chosen(None).origin.startswith("none")
    with pytest.raises(PkiError, match=r"the passphrase in rootCa\.keyPassphrase does not open it"):
        chosen("battery staple")


def test_a_client_of_an_intermediate_is_made_with_what_leads_to_the_root(tmp_path: Path) -> None:
    issuing = ca_below(ROOT)
    _, key_file = issuing.write(tmp_path, "issuing")
    own = deployed(issuing, ca_private_key_pem=None, ca_certificate_pem=issuing.pem, ca_key_file=str(key_file))
    probes = probe_clients_for(current(issuing, listener=own), (), PROOF, NOW).probes
    assert probes.valid is not None
    assert list(probes.valid.chain[1:]) == [issuing.certificate]
    assert any("a client of another CA below the root" in sentence for sentence in probes.not_made)


def test_without_the_ca_key_the_client_of_the_configuration_is_taken(tmp_path: Path) -> None:
    certificate_file, key_file = tmp_path / "c.pem", tmp_path / "c.key"
    certificate_file.write_text(certificate_pem(ALICE.certificate))
    key_file.write_text(private_key_pem(ALICE.key))
    chosen = _chosen(_imported(), certificate_file=certificate_file, key_file=key_file)
    assert chosen.probes.valid is not None
    assert list(chosen.probes.valid.chain) == [ALICE.certificate]
    assert chosen.probes.expired is None


def test_a_client_of_the_configuration_that_is_of_another_ca_is_refused_by_name(tmp_path: Path) -> None:
    certificate_file, key_file = make_client(make_root()).write(tmp_path, "other")
    for listener in (_imported(), deployed(ROOT)):
        with pytest.raises(PkiError, match=r"^proof\.client\.certificateFile: .*other"):
            _chosen(listener, certificate_file=certificate_file, key_file=key_file)


def test_beside_a_client_of_the_ca_s_key_the_one_of_the_configuration_connects_where_its_files_are(
    tmp_path: Path,
) -> None:
    certificate_file, key_file = ALICE.write(tmp_path, "alice")
    chosen = _chosen(deployed(ROOT), certificate_file=certificate_file, key_file=key_file)
    assert chosen.probes.given is not None
    assert list(chosen.probes.given.chain) == [ALICE.certificate]
    assert chosen.origin == "made with the CA's key from the state, and the client of proof.client"
    elsewhere = _chosen(deployed(ROOT), certificate_file=tmp_path / "none.pem", key_file=key_file)
    assert (elsewhere.probes.given, elsewhere.origin) == (None, "made with the CA's key from the state")


def test_under_a_ca_that_permits_certain_names_only_the_probe_client_has_those_of_a_client_of_the_stack() -> None:
    permitted = x509.NameConstraints([x509.DirectoryName(OF_OURS)], None)
    root = issued(None, "root", *ca_of_depth(), (permitted, True), begin=NOW - DAY, end=NOW + DAY)
    alice = issued(root, x509.Name([*OF_OURS, x509.NameAttribute(x509.NameOID.COMMON_NAME, "alice")]))
    for ca, client, named_alike in ((root, alice, True), (ROOT, ALICE, False)):
        state = parse_state(stack_state.exported(stack_state.clients(stack_state.issued(client))), "stack test")
        proof = ProofSettings(mode="required", host=None, path="/", deadline_seconds=10, server_ca="system")
        valid = probe_clients_for(current(ca, listener=deployed(ca)), state.clients, proof, NOW).probes.valid
        assert valid is not None
        assert (valid.chain[0].subject == client.certificate.subject) is named_alike


def test_without_that_a_client_of_the_stack_is_taken_but_never_one_of_another_ca() -> None:
    other = stack_state.issued(make_client(make_root()), name="other")
    assert _chosen(_imported(), other, stack_state.issued(ALICE)).origin == "client alice"
    assert _chosen(_imported(), other).origin.startswith("none")


def test_without_any_key_only_clients_of_other_cas_can_be_made() -> None:
    chosen = _chosen(_imported(), stack_state.issued(ALICE, keeps_its_key=True))
    assert chosen.probes.valid is None
    assert chosen.probes.other_ca_same_name is not None
    assert chosen.probes.other_ca_same_name.chain[0].issuer == ROOT.certificate.subject


def test_a_named_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PkiError, match=r"cannot read proof\.client\.certificateFile"):
        _chosen(_imported(), certificate_file=tmp_path / "none.pem", key_file=tmp_path / "none.key")


def test_a_named_file_with_something_else_in_it_is_named_and_not_quoted(tmp_path: Path) -> None:
    key_file = tmp_path / "c.key"
    key_file.write_text(private_key_pem(ALICE.key))
    with pytest.raises(PkiError, match=r"proof\.client\.certificateFile") as rejected:
        _chosen(_imported(), certificate_file=key_file, key_file=key_file)
    assert private_key_pem(ALICE.key)[40:80] not in str(rejected.value)
