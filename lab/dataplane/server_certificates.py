"""The one server certificate that all listeners show."""

import ipaddress
from pathlib import Path

from cryptography import x509

from lab.certificates import ServerCertificate, make_server_certificate

# An identifier of the shape that AlbConfig.certificates has (docs/facts/alibaba-cloud.md, Identifiers).
SERVER_CERTIFICATE_ID = "10273654-cn-hangzhou"
SERVER_NAME = "demo.alb.ingress.top"

_NAMES: tuple[x509.GeneralName, ...] = (
    x509.DNSName(SERVER_NAME),
    x509.DNSName("*.alb.ingress.top"),
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    x509.IPAddress(ipaddress.ip_address("::1")),
)


def make_listener_certificate(folder: Path, *, ca: Path) -> ServerCertificate:
    """Make a certificate for the lab's hosts and loopback addresses, new for each lab."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = ServerCertificate(ca=ca, certificate=folder / "server.crt", key=folder / "server.key")
    make_server_certificate(files, ca_name="alb-mtls lab server CA", name=SERVER_NAME, sans=_NAMES)
    return files
