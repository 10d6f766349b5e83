"""Keys of the control plane: a CA for its two TLS servers, and kube-apiserver's service account key.

TinyCA in the manner of envtest (docs/facts/kubernetes.md, Control planes in tests): ECDSA P-256, one week, loopback
only.
"""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.files import write_private
from lab.ports import LOOPBACK

if TYPE_CHECKING:
    from pathlib import Path

_LIFE = dt.timedelta(days=7)
_CLOCK_SKEW = dt.timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class ControlPlaneCertificates:
    """Files of the control plane's keys and certificates, PEM.

    Attributes:
        ca: CA certificate; clients trust kube-apiserver and the proxy by it.
        certificate: server certificate of both, for 127.0.0.1 and localhost.
        key: its key.
        service_account_key: signs service account tokens.
    """

    ca: "Path"
    certificate: "Path"
    key: "Path"
    service_account_key: "Path"


def make_certificates(folder: "Path") -> ControlPlaneCertificates:
    """Make new keys and certificates in a folder; the CA's own key is kept nowhere."""
    ca_key, key, service_account_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alb-mtls lab control plane")])
    ca = (
        _builder(ca_name, ca_name, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    server = (
        _builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), ca_name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK)), x509.DNSName("localhost")]),
            critical=False,
        )
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    files = ControlPlaneCertificates(
        ca=folder / "ca.pem",
        certificate=folder / "server.pem",
        key=folder / "server-key.pem",
        service_account_key=folder / "service-account-key.pem",
    )
    write_private(files.ca, ca.public_bytes(Encoding.PEM))
    write_private(files.certificate, server.public_bytes(Encoding.PEM))
    write_private(files.key, _pem(key, PrivateFormat.PKCS8))
    # kube-apiserver reads the public half of this file too, which it finds in SEC1 only.
    write_private(files.service_account_key, _pem(service_account_key, PrivateFormat.TraditionalOpenSSL))
    return files


def _builder(subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + _LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _usage(*, key_cert_sign: bool = False, digital_signature: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=key_cert_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey, form: PrivateFormat) -> bytes:
    return key.private_bytes(Encoding.PEM, form, NoEncryption())
