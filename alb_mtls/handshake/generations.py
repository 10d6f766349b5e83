"""Probe clients of the other generations of a CA: accepted with a cross certificate, or rejected with every chain.

A cross certificate certifies the key of a newer generation under the root of an older one. So whoever trusts the older
root accepts leaf and cross of the newer, and nobody who trusts the newer root accepts a leaf of the older, whatever is
sent beside it (docs/facts/x509-and-tls.md, Cross certificates).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from cryptography import x509

from alb_mtls.handshake.credentials import ClientCredential, ClientNames
from alb_mtls.handshake.probe_clients import SHORTEST_LIFE, ProbeClients, valid_client
from alb_mtls.pki.keys import PrivateKey, public_key_octets


@dataclass(frozen=True, kw_only=True)
class Generation:
    """One generation of a CA.

    Attributes:
        above: its issuer, and so on up to its root, where it is none itself.
        key: None when it is not at hand.
        cross: what ties it and the trusted generation, in the order in which clients send it; empty without.
    """

    number: int
    certificate: x509.Certificate
    above: Sequence[x509.Certificate] = ()
    key: PrivateKey | None = field(default=None, repr=False)
    cross: Sequence[x509.Certificate] = ()

    @property
    def chain(self) -> list[x509.Certificate]:
        """It, and what stands above it up to its root, of which a cross certificate certifies the last."""
        return [self.certificate, *self.above]


def with_generations(
    probes: ProbeClients,
    trusted: Generation | None,
    others: Sequence[Generation],
    now: datetime,
    *,
    former: int | None = None,
    names: ClientNames | None = None,
    life: timedelta = SHORTEST_LIFE,
) -> ProbeClients:
    """Add the clients of other generations to those of the trusted one.

    Args:
        probes: of the trusted generation.
        trusted: that the listener is to trust; None for a CA of which only CAS has the certificate, which is newer
            than those that are known.
        others: beside it.
        now: aware, in UTC.
        former: number of the generation that the listener trusted before.
        names: of a client of the CA, which a new one bears where a CA permits certain names only.
        life: of a new one.
    """
    vouches = [] if trusted is None else trusted.chain
    made = partial(valid_client, now=now, vouches=vouches, names=names, life=life)
    crosses = list(dict.fromkeys(each for one in others for each in one.cross))
    accepted: list[ClientCredential] = []
    still: ClientCredential | None = None
    rejected: list[ClientCredential] = []
    not_made: list[str] = []
    before: ClientCredential | None = None
    own = [one for one in crosses if trusted is not None and _have_one_key(one, trusted.chain[-1])]
    if probes.valid is not None and own:
        older = [each for one in others if one.number < trusted.number for each in one.chain[:-1]] if trusted else []
        still = replace(probes.valid, chain=[*probes.valid.chain, *own, *older])
    for one in others:
        if one.key is None:
            not_made.append(f"a client of generation {one.number}: the key of that CA is not at hand")
            continue
        leaf = made(one.certificate, one.key, above=one.above)
        if one.number == former:
            before = leaf
        if trusted is None or one.number < trusted.number:
            rejected += [leaf, replace(leaf, chain=[*leaf.chain, *crosses, one.chain[-1]])]
        else:
            rejected += [leaf] if one.number == former else []
            if one.number > trusted.number and one.cross:
                accepted.append(replace(leaf, chain=[*leaf.chain, *one.cross, *trusted.chain[:-1]]))
    return replace(
        probes,
        with_cross=accepted,
        still_with_cross=still,
        old_generation=rejected,
        former=before,
        not_made=[*probes.not_made, *not_made],
    )


def without_cross(client: ClientCredential, ca: x509.Certificate) -> ClientCredential:
    """Return a client that sends nothing by which an older root vouches for the key of its CA."""
    leaf, *beside = client.chain
    kept = [one for one in beside if not _have_one_key(one, ca)]
    return client if len(kept) == len(beside) else replace(client, chain=[leaf, *kept])


def _have_one_key(some: x509.Certificate, other: x509.Certificate) -> bool:
    return public_key_octets(some) == public_key_octets(other) is not None
