"""What a lab holds before a stack comes."""

from typing import Any

from alibabacloud_cas20200407 import models as cas_models

from alb_mtls.pki.encoding import certificate_pem
from tests.helpers.certificates import ClientCredential
from tests.helpers.lab import LabHandle, wait_until

_THEIRS = "theirs"
_LISTENER = "443/HTTPS"


def lay_open(lab: LabHandle) -> None:
    """Write both fields of an open listener as the controller does (docs/facts/kubernetes.md, What Go writes back)."""
    _patch(lab, enabled=False, identifiers=[])


def bind(lab: LabHandle, root: ClientCredential) -> None:
    """Upload the CA of somebody else into a repository of theirs, and let the listener request certificates of it."""
    uploaded = "uploadedAuthorityCertificate"
    made = lab.cas.create_warehouse(cas_models.CreateWarehouseRequest(name=_THEIRS, type=uploaded)).body
    listed = lab.cas.list_cert_warehouse(cas_models.ListCertWarehouseRequest(instance_id=made.warehouse_instance_id))
    request = cas_models.UploadPCACertRequest(
        cert=certificate_pem(root.certificate), warehouse_id=listed.body.cert_warehouse_list[0].wh_id
    )
    _patch(lab, enabled=True, identifiers=[lab.cas.upload_pcacert(request).body.identifier])
    wait_until(lambda: bool(lab.listener("alb", _LISTENER).ca_enabled), "the listener trusts another CA")


def _patch(lab: LabHandle, *, enabled: bool, identifiers: list[str]) -> None:
    listeners = lab.albconfig("alb")["spec"]["listeners"]
    index = next(i for i, each in enumerate(listeners) if (each["port"], each["protocol"]) == (443, "HTTPS"))
    certificates = [{"CertificateId": identifier} for identifier in identifiers]
    operations: list[dict[str, Any]] = [
        {"op": "add", "path": f"/spec/listeners/{index}/caEnabled", "value": enabled},
        {"op": "add", "path": f"/spec/listeners/{index}/caCertificates", "value": certificates},
    ]
    lab.patch_albconfig("alb", operations, api=lab.admin)
