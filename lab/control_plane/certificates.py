"""Keys of the control plane: its server certificate, and kube-apiserver's service account key."""

import ipaddress
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lab.certificates import ServerCertificate, make_server_certificate
from lab.files import write_private
from lab.ports import LOOPBACK

if TYPE_CHECKING:
    from pathlib import Path


def make_certificates(folder: "Path") -> ServerCertificate:
    """Make the certificate that both kube-apiserver and the proxy show, for 127.0.0.1 and localhost."""
    files = ServerCertificate(ca=folder / "ca.pem", certificate=folder / "server.pem", key=folder / "server-key.pem")
    make_server_certificate(
        files,
        ca_name="alb-mtls lab control plane",
        name="localhost",
        sans=(x509.IPAddress(ipaddress.ip_address(LOOPBACK)), x509.DNSName("localhost")),
    )
    return files


def make_service_account_key(folder: "Path") -> "Path":
    """Make the key that signs service account tokens."""
    file = folder / "service-account-key.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    # kube-apiserver reads the public half of this file too, which it finds in SEC1 only.
    write_private(file, key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    return file
