"""What counts as a secret in a text about a call, and what must stay readable."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lab.interception.redaction import digest, redact

KEY = ec.generate_private_key(ec.SECP256R1())
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
SEC1_PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
DER = base64.b64encode(KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()
SEC1_DER = base64.b64encode(KEY.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())).decode()


@pytest.mark.parametrize(
    "secret",
    [
        PEM,
        SEC1_PEM,
        PEM.replace("\n", "\\n"),
        PEM.replace("\n", "%0A").replace(" ", "%20"),
        PEM[: len(PEM) // 2],
        base64.b64encode(PEM.encode()).decode(),
        DER,
        SEC1_DER,
    ],
    ids=[
        "PEM",
        "PEM of SEC1",
        "PEM in JSON",
        "PEM in a query",
        "unfinished PEM",
        "base64 of PEM",
        "base64 of DER",
        "base64 of SEC1 DER",
    ],
)
def test_key_material_is_replaced_in_every_dress(secret: str) -> None:
    clean = redact(f"effect: {secret}")
    assert clean.startswith("effect: sha256:")
    # Base64 runs of the key itself: any of them in the text would be a leak.
    assert all(DER[start : start + 16] not in clean for start in range(len(DER) - 16))
    assert len(clean) < 40


def test_a_bearer_token_and_given_secrets_are_replaced() -> None:
    clean = redact("Authorization: Bearer abc.def and s3cret", ["s3cret", ""])
    assert clean == f"Authorization: Bearer {digest('abc.def')} and {digest('s3cret')}"


@pytest.mark.parametrize(
    "text",
    [
        "albconfigs/alb",
        "1ef1da5f-38ed-69b3-a000-a6fd3c5b5d63",
        "alb-mtls-dev-0123abcd",
        "replace /spec/listeners/1/caEnabled = true",
        "MIDDLE",
    ],
)
def test_names_and_identifiers_stay_readable(text: str) -> None:
    assert redact(text, ["s3cret"]) == text


def test_the_same_secret_has_the_same_digest_and_another_one_another() -> None:
    assert redact(PEM) == redact(PEM)
    assert redact(PEM) != redact(SEC1_PEM)
