"""Certificate signing requests from clients that keep their key."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from alb_mtls.pki.der import element
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import UNSUPPORTED, key_form_problem, public_key_problem


def load_csr(pem: str) -> x509.CertificateSigningRequest:
    """Read a request.

    Raises:
        PkiError: it is no PEM request, has a private key beside it, or its key is of a kind that cannot be used.
    """
    if "PRIVATE KEY-----" in pem:
        message = "this holds a private key beside the request; give the request alone, the key stays with its client"
        raise PkiError(message)
    try:
        csr = x509.load_pem_x509_csr(pem.encode())
        csr.public_key()
    except UnsupportedAlgorithm:
        message = f"the request's key {UNSUPPORTED}"
        raise PkiError(message) from None
    except (ValueError, x509.InvalidVersion):
        message = "this is not a certificate signing request in PEM form (openssl req -new ...)"
        raise PkiError(message) from None
    return csr


def csr_problems(csr: x509.CertificateSigningRequest) -> list[str]:
    """Return why a request cannot be used: its own signature does not verify, or its key is too weak.

    Nothing else of it counts: subject, names and life of the certificate come from the configuration.
    """
    problems = []
    try:
        valid = csr.is_signature_valid
    except (ValueError, UnsupportedAlgorithm):
        valid = False
    if not valid:
        problems.append("the request's signature does not verify, so it does not prove that its sender has the key")
    problem = key_form_problem(element(csr.tbs_certrequest_bytes).children()[2])
    problem = problem or public_key_problem(csr.public_key())
    if problem is not None:
        problems.append(problem)
    return problems
