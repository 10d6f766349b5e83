"""Making keys and certificates as the configuration describes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from cryptography import x509

from alb_mtls.all_cores import AT_ONCE, on_all_cores
from alb_mtls.pki.ca_chain import end_of
from alb_mtls.pki.client import ClientIssuer
from alb_mtls.pki.csr import load_csr
from alb_mtls.pki.duration import length_of
from alb_mtls.pki.encoding import certificate_pem, fingerprint, load_chain, serial_hex
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.inventory import BroughtCertificate, CertificateRequest, IssuedCertificate, Issuer
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.keys import (
    PrivateKey,
    generate_private_key,
    is_of_kind,
    key_matches,
    load_private_key,
    private_key_pem,
)
from alb_mtls.pki.passphrases import PassphraseOf, no_passphrase
from alb_mtls.pki.pem_files import ca_key_in_file, key_file_setting
from alb_mtls.pki.root import issue_root
from alb_mtls.pki.san import parse_san
from alb_mtls.pki.subject import Subject


@dataclass(frozen=True, kw_only=True)
class Description:
    """What a certificate says of itself.

    Attributes:
        fingerprint: SHA-256 of the DER, lower-case hex.
        not_before: ISO 8601, as is `not_after`.
    """

    fingerprint: str
    not_before: str
    not_after: str


@dataclass(frozen=True, kw_only=True)
class Signer:
    """A root CA with its key.

    Attributes:
        end: of its certificate and of those above it: no client lasts longer.
    """

    generation: int
    certificate: x509.Certificate
    end: datetime
    key: PrivateKey = field(repr=False)


def make_root(*, subject: Subject, key: KeySpec, validity: str) -> tuple[str, str]:
    """Return certificate and key of a new root CA, both as PEM.

    Raises:
        PkiError: it cannot be made as requested.
    """
    private_key = generate_private_key(key)
    certificate = issue_root(key=private_key, subject=subject, validity=length_of(validity), now=datetime.now(UTC))
    return certificate_pem(certificate), private_key_pem(private_key)


def describe(pem: str) -> Description:
    """Return what a certificate says of itself; of a CA with those above it, until when its clients are accepted."""
    chain = load_chain(pem)
    return Description(
        fingerprint=fingerprint(chain[0]),
        not_before=chain[0].not_valid_before_utc.isoformat(),
        not_after=end_of(chain).isoformat(),
    )


def brought_certificate(client: str, pem: str) -> BroughtCertificate:
    """Return the certificate that a client brings, with what the inventory holds of one."""
    return BroughtCertificate(
        client=client, certificate_pem=pem, serial_number=serial_hex(load_chain(pem)[0]), **vars(describe(pem))
    )


def signer_of(issuer: Issuer, private_key: str | None, passphrase_of: PassphraseOf = no_passphrase) -> Signer:
    """Return a root CA with its key: out of the state, or out of the file of an imported one.

    Args:
        issuer: the root CA.
        private_key: PEM, of a generated one.
        passphrase_of: asked for the file of an imported one.

    Raises:
        PkiError: names the file and what is wrong with it, or the key in the state cannot be used.
    """
    chain = load_chain(issuer.certificate_pem)
    signer = partial(Signer, generation=issuer.generation, certificate=chain[0], end=end_of(chain))
    if issuer.key_file is None:
        return signer(key=load_private_key(private_key or ""))
    try:
        key = ca_key_in_file(issuer.key_file, passphrase_of)
    except PkiError as error:
        sentence = f"{error}; it signs the certificates of clients"
        raise PkiError(sentence) from None
    if not key_matches(chain[0], key):
        setting = key_file_setting(issuer.key_file, passphrase_of)
        sentence = f"{setting} {issuer.key_file} is not the key of {setting.removesuffix('keyFile')}certificateFile"
        raise PkiError(sentence)
    return signer(key=key)


def issue_all(
    signer: Signer, requests: Sequence[CertificateRequest], *, held_keys: Mapping[str, str]
) -> list[tuple[IssuedCertificate, str | None]]:
    """Return a certificate for each request, and the key as PEM unless the request brings a CSR.

    Keys are made on all cores, each by itself: some take ten times longer than others.

    Args:
        signer: of all of them.
        requests: one for each client.
        held_keys: PEM by client of the keys that were made here; a request with `rotate_key` false keeps its own as
            long as it is of the kind that is asked for.

    Raises:
        PkiError: names the client, and why nothing can be signed for it; or the signer's key is not its own.
    """
    issuer = ClientIssuer(issuer_certificate=signer.certificate, issuer_key=signer.key, issuer_end=signer.end)
    only_signs = all(request.csr_pem for request in requests)

    def issued(request: CertificateRequest) -> tuple[IssuedCertificate, str | None]:
        return _issue(issuer, signer.generation, request, held_keys.get(request.name))

    return on_all_cores(issued, requests, at_once=AT_ONCE if only_signs else 1)


def _issue(
    issuer: ClientIssuer, generation: int, request: CertificateRequest, held_key: str | None
) -> tuple[IssuedCertificate, str | None]:
    key: PrivateKey | None = None
    if request.csr_pem is not None:
        public_key: Any = load_csr(request.csr_pem).public_key
    else:
        key = _client_key(request, held_key)
        public_key = key.public_key()
    try:
        certificate = issuer.issue(
            public_key=public_key,
            subject=request.subject,
            sans=[parse_san(san) for san in request.sans],
            validity=length_of(request.validity),
            now=datetime.now(UTC),
        )
    except PkiError as error:
        sentence = f"client {request.name}: {error}"
        raise PkiError(sentence) from None
    pem = certificate_pem(certificate)
    issued = IssuedCertificate(
        client=request.name,
        generation=generation,
        status="issued",
        certificate_pem=pem,
        chain_pem=pem,
        serial_number=serial_hex(certificate),
        fingerprint=fingerprint(certificate),
        not_before=certificate.not_valid_before_utc.isoformat(),
        not_after=certificate.not_valid_after_utc.isoformat(),
    )
    return issued, None if key is None else private_key_pem(key)


def _client_key(request: CertificateRequest, held: str | None) -> PrivateKey:
    kind = request.key or KeySpec()
    if held is not None and not request.rotate_key:
        key = load_private_key(held)
        if is_of_kind(key, kind):
            return key
    return generate_private_key(kind)
