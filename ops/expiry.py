"""When every certificate of a stack ends, and which of them ends too soon. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from cryptography import x509

from alb_mtls.cluster.findings import Finding, FindingCode, ca_expiring, ending, time_left
from alb_mtls.pki.ca_chain import end_of
from alb_mtls.pki.encoding import fingerprint, load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.renewal import RenewBefore
from ops.errors import OpsError
from ops.findings import OpsFindingCode
from ops.state import StackState
from ops.state_records import ClientRecord, CrossRecord

# Without `--within`: of what nothing renews, as people need time for that. Of a shorter life its last third.
SOON = timedelta(days=30)
_SHORTEST_WITHIN = timedelta(minutes=1)
Kind = Literal["root CA", "cross certificate", "client"]


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """The end of one certificate.

    Attributes:
        renewed_from: when an `up` starts to renew it by itself; None when nothing does.
        ends_with: of a client or cross certificate that no `up` can make longer, the CA that ends in the same moment.
        matters: somebody is rejected when it ends; a cross certificate and the older root CA after the swap are of no
            use to anybody.
        successor: of a root CA, the newest generation, when that is another one.
        purchased: CAS alone signs with it.
    """

    kind: Kind
    name: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    renewed_from: datetime | None
    ends_with: str | None = None
    matters: bool = True
    purchased: bool = False
    successor: int | None = None

    @property
    def subject(self) -> str:
        """What findings are about; entries of `accept` name it."""
        return f"{self.kind} {self.name}"

    def days_left(self, now: datetime) -> int:
        """Return whole days until its end; negative when it has ended."""
        return (self.not_after - now) // timedelta(days=1)

    @property
    def overdue_from(self) -> datetime | None:
        """When a third of the time from its renewal to its end is left: no `up` has run, or none has succeeded."""
        if self.renewed_from is None:
            return None
        return self.not_after - (self.not_after - self.renewed_from) / 3

    @property
    def finding_from(self) -> datetime:
        """When its end becomes a finding, without `--within`; nobody is rejected by the end of what does not matter."""
        return self.overdue_from or self.not_after - min(SOON, (self.not_after - self.not_before) / 3)

    def to_json(self, now: datetime) -> dict[str, Any]:
        """Return it for scripts."""
        return {
            "kind": self.kind,
            "name": self.name,
            "fingerprint": self.fingerprint,
            "notAfter": self.not_after.isoformat(),
            "daysLeft": self.days_left(now),
            "renewedFrom": None if self.renewed_from is None else self.renewed_from.isoformat(),
            "endsWith": self.ends_with,
        }


def parse_within(text: str) -> RenewBefore:
    """Read `--within`: a time such as `30d` or `12h`, or a share of each certificate's life such as `10%`.

    Raises:
        OpsError: it is neither.
    """
    try:
        return RenewBefore.parse(text, shortest=_SHORTEST_WITHIN)
    except PkiError as error:
        message = f"--within: {error}"
        raise OpsError(message) from None


def expiries(state: StackState) -> list[Expiry]:
    """Return the ends of all certificates in the state, the next first.

    Raises:
        OpsError: a certificate in the state cannot be read.
    """
    found = list(_of_root_cas(state))
    found.extend(map(_of_client, state.clients))
    found.extend(map(_of_cross, state.crosses))
    return sorted(found, key=lambda one: (one.not_after, one.kind, one.name))


def expiry_of(
    kind: Kind,
    name: str,
    certificate: x509.Certificate,
    *above: x509.Certificate,
    renewed_from: datetime | None = None,
    ends_with: str | None = None,
) -> Expiry:
    """Return the end of a certificate that an `up` renews, or that nothing does.

    Where one that stands above a CA ends before it, no client of that CA is accepted any more.
    """
    return Expiry(
        kind=kind,
        name=name,
        fingerprint=fingerprint(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=end_of([certificate, *above]),
        renewed_from=renewed_from,
        ends_with=ends_with,
    )


def _of_root_cas(state: StackState) -> Iterator[Expiry]:
    trusted = {None if one.desired is None else one.desired.generation for one in state.listeners}
    newest = max([*(ca.generation for ca in state.root_cas), *(one or 0 for one in trusted)], default=0)
    for ca in state.root_cas:
        yield replace(
            expiry_of("root CA", f"generation {ca.generation}", *_load(ca.certificate_pem)),
            # A state of an earlier version does not know which generation a listener trusts.
            matters=ca.generation == newest or not trusted or not trusted.isdisjoint({None, ca.generation}),
            successor=None if ca.generation == newest else newest,
        )


def _of_client(client: ClientRecord) -> Expiry:
    # What is issued here and not renewed ends with its root CA.
    with_root = client.generation is not None and client.renewal is None
    return expiry_of(
        "client",
        client.name,
        _load(client.certificate_pem)[0],
        renewed_from=None if client.renewal is None else client.renewal.due,
        ends_with=f"root CA generation {client.generation}" if with_root else None,
    )


def _of_cross(cross: CrossRecord) -> Expiry:
    certificate = _load(cross.pem)[0]
    with_ca = next((one for one in cross.ends if one[1] == certificate.not_valid_after_utc), None)
    found = expiry_of(
        "cross certificate",
        f"of generation {cross.generation}, signed by generation {cross.signer_generation}",
        certificate,
        renewed_from=None if with_ca is not None else certificate.not_valid_after_utc - cross.outlives,
        ends_with=None if with_ca is None else f"root CA generation {with_ca[0]}",
    )
    return replace(found, matters=cross.in_use)


def expiry_findings(found: Iterable[Expiry], within: RenewBefore | None, now: datetime) -> list[Finding]:
    """Return one finding for each certificate that has ended or ends too soon.

    Args:
        found: all certificates.
        within: whatever ends in this time from `now` is a finding, also what an `up` will renew. None: what nothing
            renews 30 days before its end, and what an `up` renews when that is overdue.
        now: aware.
    """
    return [finding for one in found if (finding := _finding(one, within, now)) is not None]


def _counts(one: Expiry, within: RenewBefore | None, now: datetime) -> bool:
    if within is not None:
        # A window longer than the life means "always" here, and not the last third of it as in `renewBefore`.
        return one.not_after - now <= within.of(one.not_after - one.not_before)
    return now >= one.finding_from


def _finding(one: Expiry, within: RenewBefore | None, now: datetime) -> Finding | None:
    if not one.matters or not _counts(one, within, now):
        return None
    if one.kind == "root CA" and one.successor is None:
        return ca_expiring(one.name, one.not_after, now=now, within=one.not_after - now, purchased=one.purchased)
    return Finding(
        code=OpsFindingCode.CLIENT_EXPIRING if one.kind == "client" else FindingCode.CA_EXPIRING,
        subject=one.subject,
        evidence=ending(one.not_after, now) + _short_life(one),
        remedy=_remedy(one, now),
    )


def _short_life(one: Expiry) -> str:
    # Mostly on purpose; but `12m` is meant as a year now and then.
    length = one.not_after - one.not_before
    return f"; its whole life is {time_left(one.not_after, one.not_before)}" if length < timedelta(days=1) else ""


def _remedy(one: Expiry, now: datetime) -> str:
    if one.successor is not None:
        return (
            f"set rootCa.trusted to {one.successor} before, when all clients have fetched their files "
            "(docs/how-to/rollover.md); its end ends every client that has not"
        )
    if one.ends_with is not None:
        return (
            f"introduce a new generation of the root CA (docs/how-to/rollover.md): it ends with {one.ends_with}, and "
            "no renewal makes it longer"
        )
    if one.renewed_from is None:
        return "put a new certificate into its certificateFile and run `pulumi up`"
    if now < one.renewed_from:
        return f"nothing yet: an `up` renews it from {one.renewed_from:%Y-%m-%d %H:%M} UTC on"
    return (
        f"run `pulumi up`, which renews it, and hand out the new one: its renewal is due since "
        f"{one.renewed_from:%Y-%m-%d %H:%M} UTC, so no `up` has finished since then"
    )


def _load(pem: str) -> list[x509.Certificate]:
    try:
        return load_chain(pem)
    except PkiError as error:
        message = f"a certificate in the state cannot be read: {error}"
        raise OpsError(message) from None
