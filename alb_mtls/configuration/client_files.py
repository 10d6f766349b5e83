"""Checking what a client brings: a CSR of its own, or a certificate ready made."""

from cryptography import x509

from alb_mtls.configuration.context import ReadContext, read_text_file
from alb_mtls.configuration.files import read_certificate_file
from alb_mtls.configuration.model import RootCaSettings
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.pki.csr import SigningRequest, csr_problems, load_csr
from alb_mtls.pki.encoding import load_certificate
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import certified_key_problem, spki_sha256
from alb_mtls.pki.verification import problems_of


def read_csr(
    reader: ObjectReader, path: str, root_ca: RootCaSettings, context: ReadContext
) -> tuple[str | None, str | None]:
    """Return a CSR written out again and the SHA-256 of its public key, or record why it cannot be used."""
    text = read_text_file(reader, "csrFile", path, context.read_file)
    if text is None:
        return None, None
    try:
        csr = load_csr(text)
    except PkiError as error:
        reader.problem("csrFile", f"{path}: {error}")
        return None, None
    for problem in csr_problems(csr):
        reader.problem("csrFile", f"{path}: {problem}")
    issuer_pem = root_ca.certificate_pem
    if issuer_pem is not None and _is_key_of(load_certificate(issuer_pem), csr):
        reader.problem("csrFile", f"{path}: it carries the root CA's own key; make the client a key of its own")
    # Written out again, so that line ends or text around the block do not make a new certificate.
    return csr.pem, spki_sha256(csr.public_key())


def read_own_certificate(
    reader: ObjectReader, path: str, root_ca: RootCaSettings, context: ReadContext
) -> tuple[str | None, str | None]:
    """Return a certificate and the SHA-256 of its public key, or record why the client would be rejected."""
    read = read_certificate_file(reader, "certificateFile", path, context.read_file)
    if read is None:
        return None, None
    pem, certificate = read
    issuer_pem = root_ca.certificate_pem
    issuer = None if issuer_pem is None else load_certificate(issuer_pem)
    for problem in problems_of(certificate, (), issuer, context.now):
        context.while_enabled(reader, "certificateFile", f"{path}: {problem}")
    usable = certified_key_problem(certificate) is None
    return pem, spki_sha256(certificate.public_key()) if usable else None


def _is_key_of(issuer: x509.Certificate, csr: SigningRequest) -> bool:
    return certified_key_problem(issuer) is None and spki_sha256(issuer.public_key()) == spki_sha256(csr.public_key())
