"""What a CA would issue, checked before it does, in a preview too: its key need not be at hand for that.

A twin of the CA signs, which has all of it but the key: names, extensions, life. What a verifier has against a
certificate of the twin, it has against the same one of the CA.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from alb_mtls.pki.ca_chain import CaChain, between, end_of
from alb_mtls.pki.chain_verification import rejections_under
from alb_mtls.pki.client import ClientIssuer
from alb_mtls.pki.cross import Authority, issue_cross
from alb_mtls.pki.der import BIT_STRING, SEQUENCE, TbsCertificate, element, encoded
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.extensions import extension_of
from alb_mtls.pki.root import issue_root
from alb_mtls.pki.san import parse_san
from alb_mtls.pki.subject import Subject

# AlgorithmIdentifier of ecdsa-with-SHA256 (RFC 5758, 3.2).
_ECDSA_WITH_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")


class Rehearsal:
    """A twin of a CA that issues to see what would come of it."""

    def __init__(self, chain: CaChain) -> None:
        """Make the twin of a CA, and one of each that stands above it."""
        self._twins, key = _twins(chain)
        self._issuer = ClientIssuer(issuer_certificate=self._twins[0], issuer_key=key, issuer_end=end_of(self._twins))
        self._client_key = ec.generate_private_key(ec.SECP256R1()).public_key()

    def problems_of_client(
        self, *, subject: Subject, sans: Sequence[str], validity: timedelta, now: datetime
    ) -> list[str]:
        """Return why a TLS server would reject a client that the CA issues, one sentence each.

        What keeps the CA from issuing at all, as names out of bounds and its own end do, is reported elsewhere.
        """
        try:
            client = self._issuer.issue(
                public_key=self._client_key,
                subject=subject,
                sans=[parse_san(san) for san in sans],
                validity=validity,
                now=now,
            )
        except PkiError:
            return []
        at = max(now, client.not_valid_before_utc)
        return rejections_under(client, between(self._twins), self._twins, at)


class CrossRehearsal:
    """Twins of two CAs, of which the older one certifies the newer, and that one issues."""

    def __init__(self, older: CaChain, newer: CaChain) -> None:
        """Make the twins, also of what stands above the two."""
        self._older_twins, key = _twins(older)
        self._newer_twins, newer_key = _twins(newer)
        self._issuer = ClientIssuer(issuer_certificate=self._newer_twins[0], issuer_key=newer_key)
        self._client_key = ec.generate_private_key(ec.SECP256R1()).public_key()
        self._older = Authority(certificate=self._older_twins[0], key=key)
        self.constrains_names = any(extension_of(one, x509.NameConstraints) for one in (*older, *newer))

    def problems_of_client(
        self, *, subject: Subject, sans: Sequence[str], validity: timedelta, outlives: timedelta, now: datetime
    ) -> list[str]:
        """Return why a TLS server that trusts the older CA would reject a client of the newer, one sentence each.

        What keeps the newer CA from issuing at all is reported elsewhere.

        Raises:
            PkiError: the older CA cannot certify the newer.
        """
        older, newer = self._older_twins, self._newer_twins
        cross = issue_cross(
            older=self._older, newer=newer[-1], outlives=outlives, intermediates=len(newer) - 1, now=now
        )
        try:
            client = self._issuer.issue(
                public_key=self._client_key,
                subject=subject,
                sans=[parse_san(san) for san in sans],
                validity=validity,
                now=now,
            )
        except PkiError:
            return []
        sent = (*between(newer), cross, *between(older))
        return rejections_under(client, sent, older, max(now, client.not_valid_before_utc))


def root_rehearsed(subject: Subject, validity: timedelta, now: datetime) -> x509.Certificate:
    """Return a root CA as it will be generated, but for its key.

    Raises:
        PkiError: it cannot be made as requested.
    """
    return issue_root(key=ec.generate_private_key(ec.SECP256R1()), subject=subject, validity=validity, now=now)


def _twins(chain: CaChain) -> tuple[list[x509.Certificate], ec.EllipticCurvePrivateKey]:
    """Return twins of a CA and of what stands above it, and the key of the first."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in chain]
    signers = [*keys[1:], keys[-1]]
    return [_twin(*one) for one in zip(chain, keys, signers, strict=True)], keys[0]


def _twin(
    ca: x509.Certificate, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    """Return a certificate that differs from that of a CA in its key and signature only."""
    fields = element(ca.tbs_certificate_bytes).children()
    own = TbsCertificate.of(ca.tbs_certificate_bytes)
    key_info = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    replaced = {own.signature.whole: _ECDSA_WITH_SHA256, own.public_key.whole: key_info}
    signed = encoded(SEQUENCE, b"".join(replaced.get(field.whole, field.whole) for field in fields))
    signature = encoded(BIT_STRING, b"\0" + signer.sign(signed, ec.ECDSA(hashes.SHA256())))
    return x509.load_der_x509_certificate(encoded(SEQUENCE, signed + _ECDSA_WITH_SHA256 + signature))
