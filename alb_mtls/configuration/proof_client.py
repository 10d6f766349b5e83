"""Checking the certificate of the proof's client."""

from datetime import datetime

from cryptography import x509

from alb_mtls.configuration.context import ReadContext, read_text_file
from alb_mtls.configuration.model import RootCaSettings
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.handshake.probe_clients import life_of_clients
from alb_mtls.pki.chain_verification import rejections_under
from alb_mtls.pki.duration import format_duration
from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.extensions import extension_of
from alb_mtls.pki.verification import gaps_in, problems_of


def permits_certain_names(certificate_pem: str) -> bool:
    """Say whether a CA, or one above it, permits or excludes certain names of its clients (RFC 5280, 4.2.1.10)."""
    chain = load_chain(certificate_pem)
    return any(extension_of(one, x509.NameConstraints) is not None for one in chain)


def read_proof_certificate(
    reader: ObjectReader, path: str, root_ca: RootCaSettings, context: ReadContext, *, seconds: float
) -> x509.Certificate | None:
    """Return the certificate of the proof's client, and record what keeps it from being accepted.

    Args:
        reader: of `proof.client`.
        path: of the file.
        root_ca: that must have issued it.
        context: what it is checked with.
        seconds: proof.deadlineSeconds; it must be accepted to the end of a proof, or that fails for this alone.
    """
    text = read_text_file(reader, "certificateFile", path, context.read_file)
    if text is None:
        return None
    try:
        chain = load_chain(text)
    except PkiError as error:
        reader.problem("certificateFile", f"{path}: {error}")
        return None
    ca = None if root_ca.certificate_pem is None else load_chain(root_ca.certificate_pem)

    def found(at: datetime) -> list[str]:
        if ca is None:
            return problems_of(chain[0], chain[1:], None, at)
        return rejections_under(chain[0], chain[1:], ca, at)

    problems = found(context.now)
    if ca is None:
        # Of a generated CA the state knows the certificate, of a purchased one CAS: both are read later.
        problems = problems or gaps_in(chain)
    life = life_of_clients(seconds)
    if not problems and found(context.now + life):
        sentence = (
            f"it, or one that it is sent with, ends in less than {format_duration(life)}, and a proof may take as "
            "long; bring one that lasts longer"
        )
        problems = [sentence]
    for problem in problems:
        context.while_enabled(reader, "certificateFile", f"{path}: {problem}")
    return chain[0]
