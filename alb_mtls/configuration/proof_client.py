"""Checking the certificate of the proof's client."""

from cryptography import x509

from alb_mtls.configuration.context import ReadContext, read_text_file
from alb_mtls.configuration.model import RootCaSettings
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.handshake.probe_clients import life_of_clients
from alb_mtls.pki.duration import format_duration
from alb_mtls.pki.encoding import load_certificate, load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.extensions import extension_of
from alb_mtls.pki.verification import gaps_in, problems_of


def permits_certain_names(certificate_pem: str) -> bool:
    """Say whether a CA permits or excludes certain names of its clients (RFC 5280, 4.2.1.10)."""
    return extension_of(load_certificate(certificate_pem), x509.NameConstraints) is not None


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
    issuer = None if root_ca.certificate_pem is None else load_certificate(root_ca.certificate_pem)
    problems = problems_of(chain[0], chain[1:], issuer, context.now)
    if issuer is None:
        # Of a generated CA the state knows the certificate, of a purchased one CAS: both are read later.
        problems = problems or gaps_in(chain)
    life = life_of_clients(seconds)
    if not problems and problems_of(chain[0], chain[1:], issuer, context.now + life):
        sentence = (
            f"it, or one that it is sent with, ends in less than {format_duration(life)}, and a proof may take as "
            "long; bring one that lasts longer"
        )
        problems = [sentence]
    for problem in problems:
        context.while_enabled(reader, "certificateFile", f"{path}: {problem}")
    return chain[0]
