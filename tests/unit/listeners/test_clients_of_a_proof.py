"""Which clients a proof has: those that the key of the CA makes, and those of the settings."""

from pathlib import Path
from typing import Any

import pulumi
import pytest
from cryptography import x509

from alb_mtls.handshake.credentials import names_of
from alb_mtls.handshake.probe_clients import ProbeClients
from alb_mtls.listener_resources import ListenerSwitchInputs
from alb_mtls.listeners.proof_run import ProofPlan, proof_plan
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.properties import from_props
from components.providers.listener_switch import ListenerSwitchProvider
from tests.helpers.authorities import DAY, ca_of_depth, issued
from tests.helpers.handshakes import TARGET, Request
from tests.helpers.probed_listener import accepting_clients_of
from tests.helpers.proof_settings import ALICE, CA, NOW, OTHER, REQUIRED, ROOT, WITH_KEY
from tests.helpers.provider_world import switch_inputs


def made(**changes: Any) -> ProofPlan:
    props = switch_inputs({"token": "t"}, **{**REQUIRED, **changes})
    found = proof_plan(from_props(ListenerSwitchInputs, props))
    assert found is not None
    return found


def clients(**changes: Any) -> ProbeClients:
    probes = made(**changes).clients
    assert probes is not None
    return probes


def test_the_key_of_the_ca_makes_every_client() -> None:
    probes = clients(**WITH_KEY)
    assert None not in (probes.valid, probes.other_ca_same_name, probes.expired, probes.not_yet_valid, probes.wrong_eku)
    assert probes.given is None


def test_without_the_key_the_client_of_the_settings_connects(files: dict[str, str]) -> None:
    probes = clients(**CA, **files)
    assert probes.valid is not None
    assert list(probes.valid.chain) == [ALICE.certificate]
    assert probes.expired is None


def test_with_the_key_the_client_of_the_settings_connects_beside_the_one_that_is_made(
    files: dict[str, str], tmp_path: Path
) -> None:
    key_file = tmp_path / "ca.key"
    key_file.touch(mode=0o600)
    key_file.write_text(private_key_pem(ROOT.key))
    for with_key in (WITH_KEY, {**REQUIRED, **CA, "caKeyFile": str(key_file)}):
        probes = clients(**with_key, **files)
        assert probes.valid is not None
        assert probes.given is not None
        assert list(probes.given.chain) == [ALICE.certificate]
        assert probes.valid.chain[0].subject != ALICE.certificate.subject


def test_of_a_purchased_ca_the_issuer_of_its_client_is_copied_and_not_the_client(files: dict[str, str]) -> None:
    probes = clients(**files)
    assert probes.other_ca_same_name is not None
    assert probes.other_ca_same_name.chain[0].issuer == ROOT.certificate.subject


def test_of_a_purchased_ca_without_a_client_a_client_of_another_ca_connects_all_the_same() -> None:
    probes = clients()
    assert (probes.valid, probes.other_ca_same_name) == (None, None)


def test_a_client_of_the_settings_that_our_ca_has_not_issued_stops_the_switch_before_anything_is_written(
    files: dict[str, str],
) -> None:
    others = {"caCertificatePem": certificate_pem(OTHER.certificate), "caPrivateKeyPem": private_key_pem(OTHER.key)}
    for changes in (others, {**others, "caPrivateKeyPem": None}):
        with pytest.raises(PkiError, match=r"proof\.client\.certificateFile: \S*alice\.pem: it was not"):
            made(**changes, **files)
    assert made(**WITH_KEY, **files).clients is not None


def test_the_provider_refuses_such_a_client_in_a_preview_too_where_the_ca_is_known(files: dict[str, str]) -> None:
    def refused(**changes: Any) -> list[str]:
        props = switch_inputs({"token": "t"}, **{**REQUIRED, **files, **changes})
        return [failure.reason for failure in ListenerSwitchProvider().check({}, props).failures]

    others = {"caCertificatePem": certificate_pem(OTHER.certificate)}
    [reason] = refused(**others)
    assert reason.startswith(f"proof.client.certificateFile: {files['clientCertificateFile']}: it was not issued by")
    unknown = pulumi.output.Unknown()  # type: ignore[no-untyped-call] # the SDK has no types here
    for fine in (CA, {}, {"caCertificatePem": unknown}, {**others, "enabled": False}, {**others, "mode": "api"}):
        assert refused(**fine) == []
    assert refused(**{**others, "clientCertificateFile": None}) == []


OF_OURS = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "ours")])


def test_a_probe_client_has_the_names_of_a_client_that_its_ca_permits_and_others_stop_the_switch() -> None:
    constraints = x509.NameConstraints([x509.DirectoryName(OF_OURS)], None)
    root = issued(None, "root", *ca_of_depth(), (constraints, True), begin=NOW - DAY, end=NOW + DAY)
    ca = {"caCertificatePem": certificate_pem(root.certificate), "caPrivateKeyPem": private_key_pem(root.key)}
    permitted = {"subject": {"organization": "ours", "commonName": "alice"}, "sans": ["dns:alice.example"]}
    probes = clients(**ca, probeNames=permitted)
    assert probes.valid is not None
    names = names_of(probes.valid.chain[0])
    assert names.subject.rfc4514_string() == "CN=alice,O=ours"
    assert names.sans == x509.SubjectAlternativeName([x509.DNSName("alice.example")])
    with pytest.raises(PkiError, match=r"would be rejected: .*nameConstraints.*; add a client .* whose names the CA"):
        clients(**ca, probeNames={"subject": {"organization": "theirs", "commonName": "alice"}})


def test_a_certificate_with_the_key_missing_is_named(files: dict[str, str]) -> None:
    missing = {**files, "clientKeyFile": "/nowhere/alice.key"}
    with pytest.raises(PkiError, match=r"cannot read proof\.client\.keyFile /nowhere/alice\.key"):
        made(**missing)


def test_whoever_switches_off_needs_no_file(files: dict[str, str]) -> None:
    assert made(enabled=False, **{**files, "clientKeyFile": "/nowhere/alice.key"}).clients is None


def test_the_listener_of_these_tests_distinguishes_clients_of_two_cas() -> None:
    rule = accepting_clients_of(ROOT)
    probes = clients(**WITH_KEY)
    met = {
        kind: rule(
            Request(target=TARGET, credential=getattr(probes, kind), tls="1.3", http="1.1", session=None)
        ).accepted
        for kind in ("valid", "other_ca", "other_ca_same_name", "expired")
    }
    assert met == {"valid": True, "other_ca": False, "other_ca_same_name": False, "expired": False}
