"""Making certificates from the properties of resources; apart, since a preview makes none and cryptography costs."""

from datetime import UTC, datetime
from typing import Any

from pulumi.output import Unknown

from alb_mtls.errors import OperationFailed
from alb_mtls.pki.client import issue_client
from alb_mtls.pki.csr import load_csr
from alb_mtls.pki.encoding import certificate_pem, fingerprint, load_certificate, serial_hex
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.imported import key_matches
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.keys import PrivateKey, generate_private_key, load_private_key, private_key_pem
from alb_mtls.pki.pem_files import private_key_in_file
from alb_mtls.pki.root import issue_root
from alb_mtls.pki.san import parse_san
from alb_mtls.pki.subject import Subject
from components.providers.base import Properties, without_internal


def made_root(props: Properties) -> Properties:
    """Return certificate and key of a new root CA as outputs.

    Raises:
        PkiError: it cannot be made as asked.
    """
    key = generate_private_key(_key_spec(props["key"]))
    certificate = issue_root(
        key=key,
        subject=Subject(**props["subject"]),
        validity_days=int(props["validityDays"]),
        now=datetime.now(UTC),
    )
    return {"certificatePem": certificate_pem(certificate), "privateKeyPem": private_key_pem(key)}


def described(pem: str) -> Properties:
    """Return the outputs that say what a certificate is: its SHA-256 fingerprint, and from when to when it counts."""
    certificate = load_certificate(pem)
    return {
        "fingerprint": fingerprint(certificate),
        "notBefore": certificate.not_valid_before_utc.isoformat(),
        "notAfter": certificate.not_valid_after_utc.isoformat(),
    }


def issued(props: Properties) -> Properties:
    """Return the outputs of a client's certificate that is signed now; the key is made here unless there is a CSR.

    Args:
        props: inputs of the client's resource.

    Raises:
        OperationFailed: the key file of an imported root cannot be used.
        PkiError: nothing can be signed.
    """
    issuer_certificate = load_certificate(props["issuerCertificatePem"])
    key: PrivateKey | None = None
    if props.get("csrPem"):
        public_key: Any = load_csr(props["csrPem"]).public_key()
    else:
        key = generate_private_key(_key_spec(props["key"]))
        public_key = key.public_key()
    certificate = issue_client(
        issuer_certificate=issuer_certificate,
        issuer_key=issuer_key(props),
        public_key=public_key,
        subject=Subject(**props["subject"]),
        sans=[parse_san(san) for san in props.get("sans") or ()],
        validity_days=int(props["validityDays"]),
        now=datetime.now(UTC),
    )
    pem = certificate_pem(certificate)
    # The issuer's key is an input only: a second copy in the outputs of every client serves nobody.
    outputs = {name: value for name, value in without_internal(props).items() if name != "issuerPrivateKeyPem"}
    outputs |= {
        "certificatePem": pem,
        "privateKeyPem": None if key is None else private_key_pem(key),
        "serialNumber": serial_hex(certificate),
    }
    return outputs | described(pem)


def _key_spec(props: Properties) -> KeySpec:
    size = props.get("size")
    return KeySpec(algorithm=props["algorithm"], size=None if size is None else int(size), curve=props.get("curve"))


def issuer_key(props: Properties) -> PrivateKey:
    """Return the key of the root CA: out of the state, or out of the file of an imported one.

    Raises:
        OperationFailed: names the file and what is wrong with it.
        PkiError: the key in the state cannot be used.
    """
    path = props.get("issuerKeyFile")
    if not path:
        return load_private_key(props["issuerPrivateKeyPem"])
    name = props["name"]
    try:
        key = private_key_in_file(path, "rootCa.keyFile")
    except PkiError as error:
        sentence = f"client {name}: {error}; signing needs it"
        raise OperationFailed(sentence) from None
    issuer = props.get("issuerCertificatePem")
    if not isinstance(issuer, Unknown) and not key_matches(load_certificate(str(issuer)), key):
        sentence = f"client {name}: rootCa.keyFile {path} is not the key of rootCa.certificateFile"
        raise OperationFailed(sentence)
    return key
