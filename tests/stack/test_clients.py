"""Clients come, renew and go without touching the listener; a client with a CSR keeps its key to itself."""

import json
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from alb_mtls.pki.encoding import certificate_pem, load_certificate, load_chain
from alb_mtls.pki.keys import generate_private_key, private_key_pem
from tests.helpers.ca_chains import ca_below
from tests.helpers.certificates import P256 as P256_KEY
from tests.helpers.certificates import make_client, make_root, signing_request
from tests.helpers.lab import LabHandle
from tests.helpers.ops_command import ops
from tests.helpers.stack import Stack
from tests.helpers.stack_config import P256, ask
from tests.stack.conftest import MakeStack


def _patches(lab: LabHandle) -> int:
    return sum(call["api"] == "patch albconfigs" for call in lab.management.get("/journal").json())


def test_a_second_client_and_a_csr_client_are_accepted_without_a_patch(
    lab: LabHandle, quick_stack: Stack, tmp_path: Path
) -> None:
    stack = quick_stack
    stack.up()
    lab.management.delete("/journal")
    key = generate_private_key(P256_KEY)
    request = tmp_path / "device.csr"
    request.write_bytes(signing_request(key, "device").public_bytes(Encoding.PEM))
    clients = [
        {"name": "alice", "key": P256},
        {"name": "bob", "key": P256, "sans": ["uri:spiffe://example.com/bob"]},
        {"name": "device", "csrFile": str(request)},
    ]
    stack.set("clients", clients)
    stack.up()
    given = stack.clients()
    assert ask(lab, client=given["bob"], folder=tmp_path) == "old"
    assert given["device"].private_key_pem is None
    assert ask(lab, client=replace(given["device"], private_key_pem=private_key_pem(key)), folder=tmp_path) == "old"
    assert _patches(lab) == 0
    # What the SDK notes of a resource would be four fifths of a client, written again and again with the whole state.
    traced = {one["type"] for one in stack.resources() if one.get("stackTrace")}
    assert "alb-mtls:index:RootCa" in traced
    assert "alb-mtls:index:ClientCertificate" not in traced


@pytest.mark.long
def test_a_certificate_in_its_window_is_renewed_and_one_before_it_is_not(quick_stack: Stack, tmp_path: Path) -> None:
    stack = quick_stack
    stack.set("clients", [{"name": name, "key": P256, "validity": "300d"} for name in ("alice", "bob")])
    stack.up()
    first = _fingerprints(stack)
    _grow_old(stack, "alice", tmp_path / "state.json")
    assert "client alice: its certificate is renewed, because it ends on" in stack.preview()
    stack.up()
    second = _fingerprints(stack)
    assert second["alice"] != first["alice"]
    assert second["bob"] == first["bob"]
    stack.preview("--expect-no-changes")
    found = ops(stack, "status", "--json")
    assert found.codes == ["HTTP_FORWARDS"]
    assert [(one["code"], one["subject"]) for one in found.document["notes"]] == [("SUPERSEDED_CLIENT", "client alice")]
    # And when she leaves, both are accepted until they end.
    stack.set("clients", [{"name": "bob", "key": P256, "validity": "300d"}])
    assert "client alice leaves the configuration; its certificate is accepted until" in stack.preview()
    stack.up()
    assert ops(stack, "status", "--json").codes == ["FORGOTTEN_CLIENT", "HTTP_FORWARDS"]
    denied = ops(stack, "inventory", "--deny-list", "--json").document
    assert denied["fingerprints"] == sorted([first["alice"], second["alice"]])


def _fingerprints(stack: Stack) -> dict[str, str]:
    return {each["name"]: each["fingerprint"] for each in stack.outputs()["certificates"]}


def _grow_old(stack: Stack, name: str, file: Path) -> None:
    """Move the certificate of a client in the state so that today lies in the last third of its life."""
    state = json.loads(stack.exported())
    resources = state["deployment"]["resources"]
    [issued] = [each for each in resources if each["type"].endswith("pki:IssuedCertificates")]
    start, end = datetime.now(UTC) - timedelta(days=290), datetime.now(UTC) + timedelta(days=10)
    for certificate in issued["outputs"]["certificates"]:
        if certificate["client"] == name:
            certificate |= {"notBefore": start.isoformat(), "notAfter": end.isoformat()}
    file.write_text(json.dumps(state))
    stack.succeeds("stack", "import", "--file", str(file), "--stack", stack.name)


def test_an_imported_intermediate_signs_with_an_encrypted_key_and_no_resource_holds_key_or_passphrase(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    root = make_root(now=now)
    issuing = ca_below(root, now=now)
    certificate, key = tmp_path / "ca.pem", tmp_path / "ca.key"
    certificate.write_text(issuing.pem)
    passphrase = secrets.token_urlsafe(16)
    encryption = BestAvailableEncryption(passphrase.encode())
    key.write_bytes(issuing.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    imported = {"source": "imported", "certificateFile": str(certificate), "keyFile": str(key)}
    stack = make_stack(rootCa=imported)
    # The look after the test finds the passphrase too, wherever it stands; in the clear only the engine hands it on.
    stack.secrets["the passphrase"] = passphrase
    stack.handed_on.add("PULUMI_CONFIG")
    words = ("config", "set", "--path", "--secret", "rootCa.keyPassphrase", "--stack", stack.name)
    assert stack.call("pulumi", *words, typed=passphrase).returncode == 0
    printed = stack.up()
    assert "clients are signed by 'CN=issuing CA', which is below the root" in printed
    alice = stack.clients()["alice"]
    assert load_chain(alice.chain_pem) == [load_certificate(alice.certificate_pem), issuing.certificate]
    assert ask(lab, client=alice, folder=tmp_path) == "old"
    # The lab trusts the root of a chain, so a client has to send what stands between.
    assert ask(lab, client=replace(alice, chain_pem=alice.certificate_pem), folder=tmp_path) == "refused"
    [shown] = stack.outputs()["listeners"].values()
    assert any("a client of another CA below the root" in sentence for sentence in shown["proof"]["notTried"])
    exported = stack.exported(secrets=True)
    assert private_key_pem(issuing.key).splitlines()[1] not in exported
    holding = [one["type"] for one in json.loads(exported)["deployment"]["resources"] if passphrase in json.dumps(one)]
    # The engine keeps the whole configuration with its provider, secrets encrypted; no resource of ours has any.
    assert holding == ["pulumi:providers:pulumi-python"]

    key.unlink()
    # A preview signs nothing, so nobody misses the key; an up does, before anything is touched.
    stack.preview("--expect-no-changes")
    stack.set("clients", [{"name": "alice", "key": P256}, {"name": "bob", "key": P256}])
    lab.management.delete("/journal")
    said = stack.fails("up", "--yes", "--skip-preview", "--stack", stack.name)
    assert f"rootCa.keyFile: cannot read {key}: No such file or directory" in said
    assert not [call for call in lab.management.get("/journal").json() if call["api"] == "patch albconfigs"]
    stack.destroy()
    assert ask(lab, folder=tmp_path) == "old"


def test_an_imported_ca_without_its_key_takes_clients_that_bring_certificates(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    root = make_root(now=datetime.now(UTC))
    client = make_client(root, now=datetime.now(UTC))
    certificate, own = tmp_path / "ca.pem", tmp_path / "carol.pem"
    certificate.write_text(certificate_pem(root.certificate))
    own.write_text(certificate_pem(client.certificate))
    stack = make_stack(
        rootCa={"source": "imported", "certificateFile": str(certificate)},
        clients=[{"name": "carol", "certificateFile": str(own)}],
    )
    stack.up()
    carol = replace(stack.clients()["carol"], private_key_pem=private_key_pem(client.key))
    assert ask(lab, client=carol, folder=tmp_path) == "old"
    assert ask(lab, folder=tmp_path) == "refused"


def test_a_generation_that_exists_never_changes_and_the_sentence_says_the_way_out(quick_stack: Stack) -> None:
    stack = quick_stack
    stack.up()
    root = stack.config()["alb-mtls:rootCa"]
    stack.set("rootCa", {**root, "subject": {**root["subject"], "organization": "other"}})
    said = stack.fails("preview", "--stack", stack.name)
    assert "root CA generation 1 exists and never changes, but its subject did" in said
    assert "Traceback" not in said
    stack.set("rootCa", root)
    stack.preview("--expect-no-changes")


def test_a_new_generation_swaps_the_ca_in_the_order_upload_switch_delete(
    lab: LabHandle, stack: Stack, tmp_path: Path
) -> None:
    stack.up()
    old = stack.clients()["alice"]
    lab.management.delete("/journal")
    stack.set("rootCa", {**stack.config()["alb-mtls:rootCa"], "generations": [2], "trusted": 2, "abandoned": [1]})
    stack.up()
    calls = [c["api"] for c in lab.management.get("/journal").json()]
    assert calls.index("UploadPCACert") < calls.index("patch albconfigs") < calls.index("DeletePCACert")
    assert ask(lab, client=old, folder=tmp_path) == "refused"
    assert ask(lab, client=stack.clients()["alice"], folder=tmp_path) == "old"
    subject = load_certificate(stack.clients()["alice"].certificate_pem).issuer
    assert subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value == "root G2"
