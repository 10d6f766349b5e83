"""Probe clients of the other generations of a CA: accepted with a cross certificate, or rejected with every chain.

A cross certificate certifies the key of a newer generation under the root of an older one. So whoever trusts the older
root accepts leaf and cross of the newer, and nobody who trusts the newer root accepts a leaf of the older, whatever is
sent beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cryptography import x509

from alb_mtls.handshake.probe_clients import (
    SHORTEST_LIFE,
    ClientCredential,
    ClientNames,
    ProbeClients,
    probe_clients_of,
)
from alb_mtls.pki.keys import PrivateKey


@dataclass(frozen=True, kw_only=True)
class Generation:
    """One generation of a CA.

    Attributes:
        key: None when it is not at hand.
        cross: what ties it and the trusted generation, in the order in which clients send it; empty without.
    """

    number: int
    certificate: x509.Certificate
    key: PrivateKey | None = field(default=None, repr=False)
    cross: Sequence[x509.Certificate] = ()


def with_generations(
    probes: ProbeClients,
    trusted: Generation,
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
        trusted: that the listener is to trust.
        others: beside it.
        now: aware, in UTC.
        former: number of the generation that the listener trusted before.
        names: of a client of the CA, which a new one bears where a CA permits certain names only.
        life: of a new one.
    """
    made = _Made(now=now, names=names, life=life)
    crosses = list(dict.fromkeys(each for one in others for each in one.cross))
    accepted: list[ClientCredential] = []
    rejected: list[ClientCredential] = []
    not_made: list[str] = []
    before: ClientCredential | None = None
    own = [one for one in crosses if _have_one_key(one, trusted.certificate)]
    if probes.valid is not None and own:
        accepted.append(replace(probes.valid, chain=[*probes.valid.chain, *own]))
    for one in others:
        leaf = made.leaf(one)
        if leaf is None:
            not_made.append(f"a client of generation {one.number}: the key of that CA is not at hand")
            continue
        if one.number == former:
            before = leaf
        if one.number < trusted.number:
            rejected += [leaf, replace(leaf, chain=[*leaf.chain, *crosses, one.certificate])]
        elif one.number == former:
            rejected.append(leaf)
        if one.number > trusted.number and one.cross:
            accepted.append(replace(leaf, chain=[*leaf.chain, *one.cross]))
    return replace(
        probes, with_cross=accepted, old_generation=rejected, former=before, not_made=[*probes.not_made, *not_made]
    )


def without_cross(client: ClientCredential, ca: x509.Certificate) -> ClientCredential:
    """Return a client that sends nothing by which an older root vouches for the key of its CA."""
    leaf, *beside = client.chain
    kept = [one for one in beside if not _have_one_key(one, ca)]
    return client if len(kept) == len(beside) else replace(client, chain=[leaf, *kept])


@dataclass(frozen=True, kw_only=True)
class _Made:
    now: datetime
    names: ClientNames | None
    life: timedelta

    def leaf(self, of: Generation) -> ClientCredential | None:
        if of.key is None:
            return None
        return probe_clients_of(of.certificate, of.key, self.now, names=self.names, life=self.life).valid


def _have_one_key(some: x509.Certificate, other: x509.Certificate) -> bool:
    return some.public_key() == other.public_key()
