"""The inputs of a switch that say how it is proven, and a CA and a client for them."""

from datetime import UTC, datetime
from typing import Any

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from tests.helpers.certificates import make_client, make_root

NOW = datetime.now(UTC)
ROOT, OTHER = make_root(now=NOW), make_root(now=NOW)
ALICE = make_client(ROOT, now=NOW)
REQUIRED: dict[str, Any] = {"mode": "required", "deadlineSeconds": 0.6, "connections": 50}
CA = {"caCertificatePem": certificate_pem(ROOT.certificate)}
WITH_KEY = {**REQUIRED, **CA, "caPrivateKeyPem": private_key_pem(ROOT.key)}
