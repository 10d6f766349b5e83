"""Checking an imported root CA, as it stands in its files."""

from datetime import timedelta

from cryptography import x509

from alb_mtls.configuration.context import ReadContext
from alb_mtls.configuration.files import read_chain_file
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.configuration.root_ca_key import check_ca_key
from alb_mtls.pki.ca_chain import CaChain, end_of, order_problems, path_length_problems
from alb_mtls.pki.chain_verification import broken_path
from alb_mtls.pki.duration import format_duration
from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.extensions import extension_of
from alb_mtls.pki.imported import imported_ca_findings
from alb_mtls.pki.name_constraints import name_text
from alb_mtls.pki.verification import ca_problems


def read_imported(reader: ObjectReader, key_file: str | None, generation: int, context: ReadContext) -> str | None:
    """Return the certificate, and record what is wrong with it and with its key, if there is a `key_file`."""
    path = reader.path("certificateFile", required="an imported root CA needs the file of its certificate")
    read = read_chain_file(reader, "certificateFile", path, context.read_file) if path else None
    pem, chain = read or (None, None)
    if chain is not None:
        _check_chain(reader, f"{path}", chain, context)
    check_ca_key(reader, key_file, generation, context, certificate=None if chain is None else chain[0])
    return pem


def _check_chain(reader: ObjectReader, path: str, chain: CaChain, context: ReadContext) -> None:
    out_of_order = order_problems(chain)
    for problem in out_of_order:
        reader.problem("certificateFile", f"{path}: {problem}")
    # Which one signs clients is known of a file in order only.
    certificates = chain[:1] if out_of_order else chain
    for one in certificates:
        _check_certificate(reader, path, one, context, is_first=one is chain[0], has_issuer=len(chain) > 1)
    if out_of_order or len(chain) == 1:
        return
    for problem in (*path_length_problems(chain), *broken_path(chain, context.now)):
        context.while_enabled(reader, "certificateFile", f"{path}: {problem}")
    context.warn(
        reader,
        "certificateFile",
        f"{path}: clients are signed by {name_text(chain[0].subject)}, which is below the root "
        f"{name_text(chain[-1].subject)}. Which of the two the ALB trusts is not documented; where it is the root, "
        "clients of every other CA below that root are accepted too",
    )


def _check_certificate(
    reader: ObjectReader,
    path: str,
    certificate: x509.Certificate,
    context: ReadContext,
    *,
    is_first: bool,
    has_issuer: bool,
) -> None:
    which = f"{path}: " if is_first else f"{path}: its issuer {name_text(certificate.subject)}: "
    findings = imported_ca_findings(certificate, has_issuer=has_issuer, signs_clients=is_first)
    for error in findings.errors:
        reader.problem("certificateFile", f"{which}{error}")
    for warning in findings.warnings:
        context.warn(reader, "certificateFile", f"{which}{warning}")
    for problem in ca_problems(certificate, context.now):
        context.while_enabled(reader, "certificateFile", f"{which}{problem}")


def refuse_early_end(reader: ObjectReader, certificate_pem: str, needed: timedelta, context: ReadContext) -> None:
    """Record an imported root that ends within `needed`, the life that a certificate of its clients must have."""
    end = end_of(load_chain(certificate_pem))
    # One that has ended has been recorded already.
    if context.now < end < context.now + needed:
        context.while_enabled(
            reader,
            "certificateFile",
            f"it ends on {end:%Y-%m-%d %H:%M} UTC, so a client certificate would be valid for less than "
            f"{format_duration(needed)}; make a new root CA first",
        )


def permits_no_ca(certificate_pem: str) -> bool:
    """Say whether the pathLen of an imported root, or of what is above it, permits no CA below it."""
    for below, one in enumerate(load_chain(certificate_pem)):
        constraints = extension_of(one, x509.BasicConstraints)
        if constraints is not None and constraints.path_length is not None and constraints.path_length <= below:
            return True
    return False
