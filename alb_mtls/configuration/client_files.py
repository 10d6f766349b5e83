"""Checking what a client brings: a CSR of its own, or a certificate ready made."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509

from alb_mtls.configuration.brought_clients import signed_by_former
from alb_mtls.configuration.context import ReadContext, read_text_file
from alb_mtls.configuration.files import read_certificate_file
from alb_mtls.configuration.model import ClientSettings, Generations, RootCaSettings
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.pki.ca_chain import between, order_problems, path_length_problems, signing_certificate
from alb_mtls.pki.chain_verification import broken_path, rejections_under
from alb_mtls.pki.csr import SigningRequest, csr_problems, load_csr
from alb_mtls.pki.duration import length_of
from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.imported import imported_ca_findings
from alb_mtls.pki.keys import certified_key_problem, spki_sha256
from alb_mtls.pki.rehearsal import Rehearsal
from alb_mtls.pki.same_name import ComparableName, comparable_name
from alb_mtls.pki.verification import ca_problems, problems_of


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What a client brings, as it goes on; of a request `subject` is None, since the configuration gives it one.

    Attributes:
        pem: written out again, so that line ends or text around the block do not make a new certificate.
        public_key: SHA-256, the same for the same key; None when it is of a kind that cannot be used.
    """

    pem: str
    public_key: str | None
    subject: ComparableName | None = None


def read_csr(reader: ObjectReader, path: str, root_ca: RootCaSettings, context: ReadContext) -> Brought | None:
    """Return a CSR, or record why it cannot be used."""
    text = read_text_file(reader, "csrFile", path, context.read_file)
    if text is None:
        return None
    try:
        csr = load_csr(text)
    except PkiError as error:
        reader.problem("csrFile", f"{path}: {error}")
        return None
    for problem in csr_problems(csr):
        reader.problem("csrFile", f"{path}: {problem}")
    issuer_pem = root_ca.certificate_pem
    if issuer_pem is not None and _is_key_of(signing_certificate(issuer_pem), csr):
        reader.problem("csrFile", f"{path}: it carries the root CA's own key; make the client a key of its own")
    return Brought(pem=csr.pem, public_key=spki_sha256(csr.public_key))


def read_own_certificate(
    reader: ObjectReader, path: str, generations: Generations, context: ReadContext
) -> Brought | None:
    """Return a certificate, and record why the client would be rejected."""
    read = read_certificate_file(reader, "certificateFile", path, context.read_file)
    if read is None:
        return None
    pem, certificate = read
    trusted = generations.trusted_ca
    former = _signed_by_former(certificate, generations, context.now)
    problems = [former] if former else _rejections_of(certificate, trusted.certificate_pem, context.now)
    for problem in problems:
        context.while_enabled(reader, "certificateFile", f"{path}: {problem}")
    usable = certified_key_problem(certificate) is None
    return Brought(
        pem=pem,
        public_key=spki_sha256(certificate.public_key()) if usable else None,
        subject=comparable_name(certificate.subject),
    )


def check_issued(reader: ObjectReader, client: ClientSettings, ca_pem: str, context: ReadContext) -> None:
    """Record why servers would reject what an imported root CA issues to a client."""
    for problem in rejections(client, ca_pem, context.now):
        context.while_enabled(reader, "sans" if client.sans else "subject", problem)


def rejections(client: ClientSettings, ca_pem: str, now: datetime) -> list[str]:
    """Return why servers would reject what an imported root CA issues to a client, one sentence each."""
    rehearsal = _rehearsal(ca_pem, now)
    if rehearsal is None:
        return []
    found = rehearsal.problems_of_client(
        subject=client.subject, sans=client.sans, validity=length_of(client.validity), now=now
    )
    return [f"a certificate with these names would be rejected: {problem}" for problem in found]


@lru_cache(maxsize=1)
def _rehearsal(ca_pem: str, now: datetime) -> Rehearsal | None:
    """Return what clients of a CA are tried with; None when its own problems, reported already, would be theirs too."""
    chain = load_chain(ca_pem)
    broken = [*order_problems(chain), *path_length_problems(chain), *broken_path(chain, now)]
    if broken or any(imported_ca_findings(one).errors or ca_problems(one, now) for one in chain):
        return None
    return Rehearsal(chain)


def _rejections_of(certificate: x509.Certificate, issuer_pem: str | None, now: datetime) -> list[str]:
    """Return why a client would be rejected that sends what its CA needs beside its certificate."""
    if issuer_pem is None:
        return problems_of(certificate, (), None, now)
    chain = load_chain(issuer_pem)
    return rejections_under(certificate, between(chain), chain, now)


def _signed_by_former(certificate: x509.Certificate, generations: Generations, now: datetime) -> str | None:
    """Return what to do where an older generation signed it than the listeners are to trust.

    Found here, since of a generated root that is not made yet an `up` finds it only after it has made that.
    """
    trusted = generations.trusted
    for older in generations.root_cas:
        pem = older.certificate_pem
        if older.generation < trusted and pem is not None and not _rejections_of(certificate, pem, now):
            return signed_by_former(older.generation, trusted)
    return None


def _is_key_of(issuer: x509.Certificate, csr: SigningRequest) -> bool:
    return certified_key_problem(issuer) is None and spki_sha256(issuer.public_key()) == spki_sha256(csr.public_key)
