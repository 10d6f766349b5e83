"""`inventory`: every certificate that a stack knows of, of all generations, and those to be rejected by a backend.

Pure. It stands on the state alone: what the last `up` left. Whether a listener still is as it left it, `status` says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from alb_mtls.pki.ca_chain import signing_certificate
from alb_mtls.pki.encoding import fingerprint, load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.signatures import is_issued_by
from ops.acceptance import rejection_of
from ops.errors import OpsError
from ops.state import StackState

EntryStatus = Literal["current", "superseded", "forgotten"]
Digest = Literal["sha256", "sha1"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One certificate.

    Attributes:
        status: `current` is what its client holds, `superseded` what it held before, `forgotten` of a client that left
            the configuration.
        generation: of the root CA that signed it; None when no generation in the state did.
        brought: made elsewhere, and given as a file.
        sha256: of the DER, lower-case hex, as are `sha1` and `serial_number`.
        accepted_by: listeners whose CA accepts it, as far as dates and signatures decide.
        not_known: listeners of whose CA only CAS has the certificate.
        key_held_by: configured client that holds a certificate of the same key now: that a CSR was given for under
            another name before. None for no other one.
    """

    client: str
    status: EntryStatus
    generation: int | None
    brought: bool
    sha256: str
    sha1: str
    serial_number: str
    not_before: datetime
    not_after: datetime
    accepted_by: tuple[str, ...]
    not_known: tuple[str, ...]
    key_held_by: str | None = None

    @property
    def may_be_in_use(self) -> bool:
        """Whether a configured client may present it still, because it has not fetched its new files."""
        return self.status == "superseded" or (self.status == "forgotten" and self.key_held_by is not None)

    def has_ended(self, now: datetime) -> bool:
        """Say whether nobody accepts it any more."""
        return self.not_after <= now

    def digest(self, name: Digest) -> str:
        """Return its fingerprint by that digest."""
        return self.sha256 if name == "sha256" else self.sha1

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts."""
        return {
            "client": self.client,
            "status": self.status,
            "generation": self.generation,
            "brought": self.brought,
            "sha256": self.sha256,
            "sha1": self.sha1,
            "serialNumber": self.serial_number,
            "notBefore": self.not_before.isoformat(),
            "notAfter": self.not_after.isoformat(),
            "acceptedBy": list(self.accepted_by),
            "notKnown": list(self.not_known),
            "keyHeldBy": self.key_held_by,
        }


def inventory_of(state: StackState, now: datetime) -> list[Entry]:
    """Return every certificate that has not ended, and those that clients hold even so; by client, current ones first.

    Raises:
        OpsError: a certificate in the state cannot be read.
    """
    try:
        found = [entry for entry in _entries(state, now) if entry.status == "current" or not entry.has_ended(now)]
    except PkiError as error:
        message = f"a certificate in the state cannot be read: {error}"
        raise OpsError(message) from None
    order = {"current": 0, "superseded": 1, "forgotten": 1}
    return sorted(found, key=lambda one: (one.client, order[one.status], one.not_after, one.sha256))


def denied(entries: Sequence[Entry], state: StackState, now: datetime, *, superseded: bool = False) -> list[Entry]:
    """Return what a backend should reject: certificates of clients that left the configuration, until they end.

    Whether a listener accepts them today does not matter, for it may be switched back: as long as the generation that
    signed them is in the stack. One that is not may be accepted even so, by the cross certificate that was handed out.

    Args:
        entries: of an inventory.
        state: that it is of.
        now: aware.
        superseded: list also those that configured clients may present still; they are locked out by it.
    """
    listed = {None, *(ca.generation for ca in state.root_cas)}
    return [
        one
        for one in entries
        if one.status != "current"
        and (superseded or not one.may_be_in_use)
        and not one.has_ended(now)
        and (one.generation in listed or one.accepted_by)
    ]


def fingerprints(entries: Sequence[Entry], digests: Sequence[Digest]) -> list[str]:
    """Return the lines of a deny list, each once and sorted, so that lists can be compared."""
    return sorted({one.digest(name) for one in entries for name in digests})


def _entries(state: StackState, now: datetime) -> Iterator[Entry]:
    roots = {ca.generation: signing_certificate(ca.certificate_pem) for ca in state.root_cas}
    pems = {one.key.output_key: one.ca_certificate_pem for one in state.listeners}
    trusted = {label: load_chain(pem)[0] for label, pem in pems.items() if pem is not None}
    unknown = tuple(label for label, pem in pems.items() if pem is None)
    holders = {_key(load_chain(client.certificate_pem)[0]): client.name for client in state.clients}

    def entry(client: str, status: EntryStatus, chain_pem: str, generation: int | None, *, brought: bool) -> Entry:
        chain = load_chain(chain_pem)
        leaf = chain[0]
        return Entry(
            client=client,
            status=status,
            generation=generation if generation is not None else _generation(leaf, roots),
            brought=brought,
            sha256=fingerprint(leaf),
            sha1=leaf.fingerprint(hashes.SHA1()).hex(),  # noqa: S303 - names a certificate as a header may, protects nothing
            serial_number=f"{leaf.serial_number:x}",
            not_before=leaf.not_valid_before_utc,
            not_after=leaf.not_valid_after_utc,
            accepted_by=tuple(label for label, ca in trusted.items() if rejection_of(chain, ca, now) is None),
            not_known=unknown,
            key_held_by=None if holders.get(_key(leaf)) == client else holders.get(_key(leaf)),
        )

    for client in state.clients:
        yield entry(client.name, "current", client.chain_pem, client.generation, brought=client.generation is None)
    for one in state.former:
        status: EntryStatus = "superseded" if one.status == "superseded" else "forgotten"
        yield entry(one.client, status, one.chain_pem, one.generation, brought=one.generation is None)


def _key(leaf: x509.Certificate) -> bytes:
    return leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _generation(leaf: x509.Certificate, roots: dict[int, x509.Certificate]) -> int | None:
    return next((number for number, root in roots.items() if is_issued_by(leaf, root)), None)
