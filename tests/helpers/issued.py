"""The inputs and outputs of the resource that issues client certificates, as Pulumi hands them over."""

from typing import Any

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from tests.helpers.certificates import ClientCredential


def request(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "subject": {"commonName": name},
        "sans": [],
        "key": {"algorithm": "ecdsa", "curve": "P-256"},
        "validity": "365d",
        "renewBefore": "33%",
        **changes,
    }


def inputs(root: ClientCredential, *requests: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the inputs with a generated root CA."""
    return {
        "issuers": [{"generation": 1.0, "certificatePem": certificate_pem(root.certificate)}],
        "issuerPrivateKeys": {"1": private_key_pem(root.key)},
        "clients": list(requests),
        **changes,
    }


def certificate_of(outputs: dict[str, Any], client: str) -> dict[str, Any]:
    [found] = [one for one in outputs["certificates"] if (one["client"], one["status"]) == (client, "issued")]
    return dict(found)
