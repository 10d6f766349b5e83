"""Checking an imported root CA, as it stands in its files."""

from datetime import timedelta

from cryptography import x509

from alb_mtls.configuration.context import ReadContext
from alb_mtls.configuration.files import read_certificate_file
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.configuration.root_ca_key import check_ca_key
from alb_mtls.pki.duration import format_duration
from alb_mtls.pki.encoding import load_certificate
from alb_mtls.pki.imported import imported_ca_findings
from alb_mtls.pki.verification import ca_problems


def read_imported(reader: ObjectReader, key_file: str | None, generation: int, context: ReadContext) -> str | None:
    """Return the certificate, and record what is wrong with it and with its key, if there is a `key_file`."""
    path = reader.path("certificateFile", required="an imported root CA needs the file of its certificate")
    read = read_certificate_file(reader, "certificateFile", path, context.read_file) if path else None
    pem, certificate = read or (None, None)
    if certificate is not None:
        _check_certificate(reader, f"{path}", certificate, context)
    check_ca_key(reader, key_file, generation, context, certificate=certificate)
    return pem


def _check_certificate(reader: ObjectReader, path: str, certificate: x509.Certificate, context: ReadContext) -> None:
    findings = imported_ca_findings(certificate)
    for error in findings.errors:
        reader.problem("certificateFile", f"{path}: {error}")
    for warning in findings.warnings:
        context.warn(reader, "certificateFile", f"{path}: {warning}")
    for problem in ca_problems(certificate, context.now):
        context.while_enabled(reader, "certificateFile", f"{path}: {problem}")


def refuse_early_end(reader: ObjectReader, certificate_pem: str, needed: timedelta, context: ReadContext) -> None:
    """Record an imported root that ends within `needed`, the life that a certificate of its clients must have."""
    end = load_certificate(certificate_pem).not_valid_after_utc
    # One that has ended has been recorded already.
    if context.now < end < context.now + needed:
        context.while_enabled(
            reader,
            "certificateFile",
            f"it ends on {end:%Y-%m-%d %H:%M} UTC, so a client certificate would be valid for less than "
            f"{format_duration(needed)}; make a new root CA first",
        )
