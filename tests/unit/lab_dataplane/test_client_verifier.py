"""Verdicts on client certificates, beside the ones that tests/lab shows on the wire."""

import base64

import pytest

from lab.dataplane.client_verifier import Verdict, verify
from tests.helpers.client_identities import authority, client, cross_certificate

CA, NEWER = authority("root"), authority("root G2")


@pytest.mark.parametrize(
    ("encoded", "verdict"),
    [
        pytest.param(
            "{http.request.tls.client.certificate_der_base64}",
            Verdict.NO_CERTIFICATE,
            id="a placeholder that Caddy left as it is",
        ),
        pytest.param(base64.b64encode(b"x").decode(), Verdict.BAD_CERTIFICATE, id="no certificate at all"),
        pytest.param(
            base64.b64encode(client(NEWER, chain=(cross_certificate(NEWER, CA),)).der).decode(),
            Verdict.BAD_CERTIFICATE,
            id="one that only a cross certificate leads to",
        ),
    ],
)
def test_what_proves_no_client_is_rejected(encoded: str, verdict: Verdict) -> None:
    assert verify(encoded, authority=CA.der) is verdict
