"""Whether a server's certificate is for the host that was meant, as far as what is in it can be read."""

from cryptography import x509
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import verify_certificate_hostname, verify_certificate_ip_address

from alb_mtls.addresses import is_ip_address

# OpenSSL passes over what it does not need, and cryptography reads the whole.
_UNREADABLE = (ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


def name_problem(certificate: x509.Certificate, host: str) -> str | None:
    """Return why a server's certificate is not taken for a host, after the words "the server's certificate", or None.

    Args:
        certificate: of the server.
        host: name or IP address.
    """
    verify = verify_certificate_ip_address if is_ip_address(host) else verify_certificate_hostname
    try:
        verify(certificate, host)
    except VerificationError:
        return f"is not for {host}"
    except CertificateError:
        return (
            f"has no subjectAltName, or a name in it that is none, so it is not for {host}; a commonName does not count"
        )
    except _UNREADABLE:
        return "has an extension that cannot be read (openssl x509 -in FILE -noout -text shows them); issue it again"
    return None
