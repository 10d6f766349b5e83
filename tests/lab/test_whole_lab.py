"""From an AlbConfig to what a client sees: controller, ALB and data plane of a whole lab together."""

import json
import ssl
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_cas20200407 import models as cas_models

from tests.helpers.client_identities import authority, client
from tests.helpers.controller_events import forget_events, has_event
from tests.helpers.lab import GROUP, PLURAL, VERSION, LabHandle
from tests.helpers.tls_clients import Answer, curl, http3, python

HOST = "demo.alb.ingress.top"
HTTPS = "443/HTTPS"
CA = authority("root")
OLD = Answer(status=200, body="old\n")


@pytest.fixture
def identifier(lab: LabHandle) -> str:
    lab.management.patch("/timings", json={"repository_listed_after_seconds": 0}).raise_for_status()
    made = lab.cas.create_warehouse(cas_models.CreateWarehouseRequest(name="test", type="uploadedAuthorityCertificate"))
    listed = lab.cas.list_cert_warehouse(
        cas_models.ListCertWarehouseRequest(instance_id=made.body.warehouse_instance_id)
    )
    request = cas_models.UploadPCACertRequest(cert=CA.pem, warehouse_id=listed.body.cert_warehouse_list[0].wh_id)
    return str(lab.cas.upload_pcacert(request).body.identifier)


def _set(lab: LabHandle, albconfig: str, index: int, **fields: Any) -> None:
    operations = [
        {"op": "add", "path": f"/spec/listeners/{index}/{name}", "value": value} for name, value in fields.items()
    ]
    lab.patch_albconfig(albconfig, operations)
    lab.settle()


def _ask(lab: LabHandle, folder: Path, *, known: bool = False) -> Answer:
    return python(
        lab.address("alb", HTTPS),
        host=HOST,
        server_ca=lab.paths.server_ca,
        version=ssl.TLSVersion.TLSv1_3,
        identity=client(CA) if known else None,
        folder=folder,
    )


def test_ca_enabled_in_the_albconfig_rejects_clients_at_the_listener_and_accepts_those_of_the_ca(
    lab: LabHandle, identifier: str, tmp_path: Path
) -> None:
    assert _ask(lab, tmp_path) == OLD
    _set(lab, "alb", 1, caEnabled=True, caCertificates=[{"CertificateId": identifier}])
    assert _ask(lab, tmp_path).error == "TLSV13_ALERT_CERTIFICATE_REQUIRED"
    assert _ask(lab, tmp_path, known=True) == OLD


def test_with_the_open_source_build_the_same_change_accepts_everybody(
    lab: LabHandle, identifier: str, tmp_path: Path
) -> None:
    lab.management.patch("/controller", json={"mode": "open-source"}).raise_for_status()
    _set(lab, "alb", 1, caEnabled=True, caCertificates=[{"CertificateId": identifier}], description="changed")
    assert lab.listener("alb", HTTPS).listener_description == "changed"
    assert _ask(lab, tmp_path) == OLD


@pytest.mark.parametrize("asked_for", [True, False])
def test_the_backend_sees_the_client_s_subject_when_the_albconfig_switches_it_on(
    lab: LabHandle, identifier: str, tmp_path: Path, asked_for: bool
) -> None:
    headers = {"XForwardedForClientCertSubjectDNEnabled": asked_for}
    authenticating = {"caEnabled": True, "caCertificates": [{"CertificateId": identifier}]}
    _set(lab, "alb", 1, **authenticating, xForwardedForConfig=headers)
    certificate, key = client(CA).write(tmp_path, "client")
    answer = curl(
        f"https://{lab.address('alb', HTTPS)}/_lab/headers",
        *("--insecure", "--header", f"Host: {HOST}", "--cert", str(certificate), "--key", str(key)),
    )
    seen = json.loads(answer.body).get("x-forwarded-clientcert-subjectdn")
    assert seen == ("CN=alice,O=alibaba" if asked_for else None)


def test_http3_is_answered_beside_a_listener_that_rejects_who_has_no_certificate(
    lab: LabHandle, identifier: str
) -> None:
    host = "quic.alb.ingress.top"
    _set(lab, "alb-quic", 0, caEnabled=True, caCertificates=[{"CertificateId": identifier}])
    assert http3(lab.address("alb-quic", "443/QUIC"), host=host, server_ca=lab.paths.server_ca) == OLD
    refused = curl(f"https://{lab.address('alb-quic', HTTPS)}", "--insecure", "--header", f"Host: {host}")
    assert refused.status == 0


def test_a_forced_server_side_apply_of_one_listener_takes_the_others_from_the_load_balancer(lab: LabHandle) -> None:
    """docs/facts/kubernetes.md, Server-side apply: what is lost in the AlbConfig is lost in the cloud."""
    forget_events(lab)
    address = lab.address("alb", "80/HTTP")
    assert curl(f"http://{address}", "--header", f"Host: {HOST}") == OLD
    listener = {"port": 443, "protocol": "HTTPS", "caEnabled": True}
    lab.custom_objects().patch_cluster_custom_object(
        GROUP,
        VERSION,
        PLURAL,
        "alb",
        {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": "AlbConfig",
            "metadata": {"name": "alb"},
            "spec": {"listeners": [listener]},
        },
        field_manager="somebody",
        force=True,
        _content_type="application/apply-patch+yaml",
    )
    lab.settle()
    assert list(lab.status["albconfigs"]["alb"]["listeners"]) == [HTTPS]
    assert curl(f"http://{address}", "--header", f"Host: {HOST}").error == "7"
    assert has_event(lab, "alb", "FailedApplyModel", "empty https listener default certs")
    assert not lab.listener("alb", HTTPS).ca_enabled
