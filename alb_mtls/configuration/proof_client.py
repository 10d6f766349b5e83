"""Checking the certificate of the proof's client."""

from cryptography import x509

from alb_mtls.configuration.context import ReadContext, read_text_file
from alb_mtls.configuration.model import RootCaSettings
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.pki.encoding import load_certificate, load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.imported import end_problem, imported_client_errors


def read_proof_certificate(
    reader: ObjectReader, path: str, root_ca: RootCaSettings, context: ReadContext
) -> x509.Certificate | None:
    """Return the certificate of the proof's client, and record what keeps it from being accepted."""
    text = read_text_file(reader, "certificateFile", path, context.read_file)
    if text is None:
        return None
    try:
        chain = load_chain(text)
    except PkiError as error:
        reader.problem("certificateFile", f"{path}: {error}")
        return None
    # With a chain, somebody between the root and the client has signed.
    known = None if len(chain) > 1 or root_ca.certificate_pem is None else root_ca.certificate_pem
    issuer = None if known is None else load_certificate(known)
    for problem in imported_client_errors(chain[0], issuer=issuer):
        reader.problem("certificateFile", f"{path}: {problem}")
    ended = end_problem(chain[0], now=context.now)
    if ended is not None:
        context.ended(reader, "certificateFile", f"{path}: {ended}; bring a current one")
    return chain[0]
