"""The CA that each listener trusts, as CAS has it."""

import hashlib
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lab.behaviour import ChainAnchor, DataPlaneBehaviour

if TYPE_CHECKING:
    from lab.cloud import Cloud
    from lab.cloud.alb import Listener


class Authorities:
    """Reads CA certificates from CAS and keeps what listeners have once been given."""

    def __init__(self, cloud: "Cloud", behaviour: DataPlaneBehaviour) -> None:
        """Start with none."""
        self._cloud = cloud
        self._behaviour = behaviour
        self._known: dict[str, list[bytes]] = {}
        self._by_digest: dict[str, bytes] = {}

    def of(self, listener: "Listener") -> bytes | None:
        """Return the DER of a listener's CA, or None when it requests no client certificate.

        A listener has one CA (docs/facts/alibaba-cloud.md, One CA). Of a chain one certificate is trusted, the first or
        the last. What CAS has deleted since is still trusted, as a listener holds a copy (our assumptions).

        Raises:
            LookupError: the listener names a CA that CAS never had.
        """
        if not listener.ca_enabled or not listener.ca_certificate_ids:
            return None
        identifier = listener.ca_certificate_ids[0]
        pem = self._cloud.cas.certificate_pem(identifier)
        if pem is not None:
            chain = [one.public_bytes(Encoding.DER) for one in x509.load_pem_x509_certificates(pem.encode())]
            self._known[identifier] = chain
            self._by_digest |= {hashlib.sha256(one).hexdigest(): one for one in chain}
        if identifier not in self._known:
            message = f"listener {listener.listener_id} names CA {identifier}, which CAS does not have"
            raise LookupError(message)
        chain = self._known[identifier]
        return chain[0] if self._behaviour.chain_anchor is ChainAnchor.FIRST else chain[-1]

    def by_digest(self, digest: str) -> bytes | None:
        """Return the DER of a CA that a listener trusts, by its SHA-256 in hex."""
        return self._by_digest.get(digest)
