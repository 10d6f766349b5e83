"""A small certificate for tests that need one to compare, not one to trust."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def self_signed(common_name: str, serial: int = 4711, *, authority: bool = True) -> str:
    """Return the PEM of a self-signed P-256 certificate of one day; each call makes a key of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    start = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial, start, start + timedelta(days=1))
    profiled = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    return profiled.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
