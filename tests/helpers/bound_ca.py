"""Binding a CA to a listener of a lab as anybody would: official SDK, JSON patch, and a wait for the ALB."""

import secrets
from collections.abc import Sequence
from typing import Any

from alibabacloud_cas20200407 import models as cas_models
from cryptography import x509

from alb_mtls.pki.encoding import certificate_pem
from tests.helpers.lab import LabHandle, wait_until

REPOSITORY = "by-hand"


def upload_ca(lab: LabHandle, certificate: x509.Certificate) -> str:
    """Upload a CA into a repository that is made when it is not there, and return its identifier."""
    # How slow and strict the certificate service is, is not what such a test is about; the lab's reset takes it back.
    hurry = {"repository_listed_after_seconds": 0, "requests_per_second": 100_000}
    lab.management.patch("/timings", json=hurry).raise_for_status()

    def number() -> int | None:
        found = lab.cas.list_cert_warehouse(cas_models.ListCertWarehouseRequest(name=REPOSITORY)).body
        return next((each.wh_id for each in found.cert_warehouse_list or []), None)

    if number() is None:
        type_ = "uploadedAuthorityCertificate"
        lab.cas.create_warehouse(cas_models.CreateWarehouseRequest(name=REPOSITORY, type=type_))
    wait_until(lambda: number() is not None, "the new repository is listed")
    # Names are given once.
    name = f"root-{secrets.token_hex(4)}"
    request = cas_models.UploadPCACertRequest(cert=certificate_pem(certificate), warehouse_id=number(), name=name)
    return str(lab.cas.upload_pcacert(request).body.identifier)


def patch_listener(lab: LabHandle, albconfig: str, listener: str, **fields: Any) -> None:
    """Set fields of one listener (`443/HTTPS`) in its AlbConfig."""
    listeners = lab.albconfig(albconfig)["spec"]["listeners"]
    labels = [f"{each['port']}/{each['protocol']}" for each in listeners]
    path = f"/spec/listeners/{labels.index(listener)}"
    guard = {"op": "test", "path": path, "value": listeners[labels.index(listener)]}
    changes = [{"op": "add", "path": f"{path}/{name}", "value": value} for name, value in fields.items()]
    lab.patch_albconfig(albconfig, [guard, *changes])


def annotate(lab: LabHandle, albconfig: str, name: str, value: str | None) -> None:
    """Set an annotation of an AlbConfig, or remove it."""
    annotations = {**(lab.albconfig(albconfig)["metadata"].get("annotations") or {}), name: value}
    left = {key: each for key, each in annotations.items() if each is not None}
    lab.patch_albconfig(albconfig, [{"op": "add", "path": "/metadata/annotations", "value": left}])


def bind(lab: LabHandle, albconfig: str, listener: str, identifiers: Sequence[str]) -> None:
    """Request certificates of a CA, and wait until the ALB says so."""
    certificates = [{"CertificateId": identifier} for identifier in identifiers]
    patch_listener(lab, albconfig, listener, caEnabled=True, caCertificates=certificates)
    _wait(lab, albconfig, listener, ca_enabled=True)


def unbind(lab: LabHandle, albconfig: str, listener: str) -> None:
    """Request no certificates any more, and wait until the ALB says so."""
    patch_listener(lab, albconfig, listener, caEnabled=False)
    _wait(lab, albconfig, listener, ca_enabled=False)


def _wait(lab: LabHandle, albconfig: str, listener: str, *, ca_enabled: bool) -> None:
    def follows() -> bool:
        on_alb = lab.listener(albconfig, listener)
        return bool(on_alb.ca_enabled) is ca_enabled and on_alb.listener_status == "Running"

    wait_until(follows, f"the ALB says caEnabled {ca_enabled} for {listener}")
