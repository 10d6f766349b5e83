"""What a certificate may be used for: rules of key usage and extended key usage that OpenSSL's store does not apply."""

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from alb_mtls.pki.der import BIT_STRING, DerError, element
from alb_mtls.pki.extensions import extension_of

# Netscape's nsCertType, which OpenSSL still obeys; its first bit stands for TLS clients.
_NS_CERT_TYPE = x509.ObjectIdentifier("2.16.840.1.113730.1.1")
_NS_CLIENT = 0x80


def client_purpose_problems(certificate: x509.Certificate) -> list[str]:
    """Return what keeps a certificate from authenticating a TLS client; an absent extension restricts nothing."""
    problems = []
    usage = extension_of(certificate, x509.KeyUsage)
    if usage is not None and not usage.digital_signature:
        problems.append("its keyUsage lacks digitalSignature, without which it cannot sign a TLS handshake")
    if _lacks_client_auth(certificate):
        problems.append(f"its extendedKeyUsage lacks clientAuth{_but_any(certificate)}, so servers reject it")
    if not _ns_client(certificate):
        problems.append("its nsCertType lacks client, so OpenSSL rejects it as a client's")
    return problems


def ca_purpose_problem(ca: x509.Certificate) -> str | None:
    """Return why no certificate of a CA authenticates a TLS client, or None: its own purposes bind what it issues."""
    if not _lacks_client_auth(ca):
        return None
    return (
        f"its extendedKeyUsage lacks clientAuth{_but_any(ca)}, so servers reject every client that it issues; take a "
        "CA without extendedKeyUsage, or with clientAuth"
    )


def _lacks_client_auth(certificate: x509.Certificate) -> bool:
    purposes = extension_of(certificate, x509.ExtendedKeyUsage)
    return purposes is not None and ExtendedKeyUsageOID.CLIENT_AUTH not in purposes


def _but_any(certificate: x509.Certificate) -> str:
    """Return the words for the purpose that RFC 5280 and Go take for all of them, and OpenSSL does not."""
    purposes = extension_of(certificate, x509.ExtendedKeyUsage) or ()
    any_purpose = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in purposes
    return " (OpenSSL does not count anyExtendedKeyUsage)" if any_purpose else ""


def _ns_client(certificate: x509.Certificate) -> bool:
    try:
        value = certificate.extensions.get_extension_for_oid(_NS_CERT_TYPE).value
        bits = element(value.public_bytes())
    except (x509.ExtensionNotFound, DerError):
        return True
    return bits.tag != BIT_STRING or any(octet & _NS_CLIENT for octet in bits.content[1:2])
