"""ReadContext an imported root CA, as it stands in its files."""

from collections.abc import Sequence

from cryptography import x509

from alb_mtls.configuration.context import ReadContext
from alb_mtls.configuration.files import judge_key_file, read_certificate_file
from alb_mtls.configuration.model import ClientSettings, RootCaSettings
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.pki.client import SHORTEST_LIFE
from alb_mtls.pki.encoding import load_certificate
from alb_mtls.pki.imported import end_problem, imported_ca_findings


def read_imported(reader: ObjectReader, key_file: str | None, judging: ReadContext) -> str | None:
    """Return the certificate, and record what is wrong with it and with its key, if there is a `key_file`."""
    path = reader.text("certificateFile", required="an imported root CA needs the file of its certificate")
    read = read_certificate_file(reader, "certificateFile", path, judging.read_file) if path else None
    pem, certificate = read or (None, None)
    if certificate is not None:
        _judge_certificate(reader, f"{path}", certificate, judging)
    if key_file is not None:
        judge_key_file(reader, key_file, judging, certificate=certificate, of="rootCa.certificateFile")
    return pem


def _judge_certificate(reader: ObjectReader, path: str, certificate: x509.Certificate, judging: ReadContext) -> None:
    findings = imported_ca_findings(certificate, now=judging.now)
    for error in findings.errors:
        reader.problem("certificateFile", f"{path}: {error}")
    for warning in findings.warnings:
        judging.warn(reader, "certificateFile", f"{path}: {warning}")
    ended = end_problem(certificate, now=judging.now)
    if ended is not None:
        judging.ended(reader, "certificateFile", f"{path}: {ended}; no client of it is let in")


def refuse_short_life(
    reader: ObjectReader, root_ca: RootCaSettings, clients: Sequence[ClientSettings], judging: ReadContext
) -> None:
    """Record an imported root that has less left than a certificate of a client must have, when there are such."""
    if root_ca.certificate_pem is None or all(client.certificate_pem is not None for client in clients):
        return
    end = load_certificate(root_ca.certificate_pem).not_valid_after_utc
    # One that has ended has been told already.
    if judging.now < end < judging.now + SHORTEST_LIFE:
        judging.ended(
            reader,
            "certificateFile",
            f"it ends on {end:%Y-%m-%d %H:%M} UTC, so a client certificate would live less than a day; make a new "
            "root CA first",
        )
