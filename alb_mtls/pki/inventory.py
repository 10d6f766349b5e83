"""The inventory of client certificates: what clients hold, and what has to be issued now. Pure, without cryptography.

A certificate stays in it until its end, also when another one superseded it or its client left the configuration: the
ALB knows no revocation, so it is accepted until then. That holds for certificates that clients brought as well.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from alb_mtls.pki.duration import length_of
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.renewal import Renewal, RenewBefore, renewal_of
from alb_mtls.pki.subject import Subject

CertificateStatus = Literal["issued", "superseded", "forgotten"]


def fleet_of(client: str) -> str | None:
    """Return the fleet that a client belongs to, whose name is `<fleet>/<its own>`; None for one by itself."""
    fleet, separator, _ = client.partition("/")
    return fleet if separator else None


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """A generation of the root CA that can sign.

    Attributes:
        key_file: path of the key of an imported one; None for a generated one, whose key is a secret beside this.
        sent_pem: certificates that its clients send after their own, in that order: what stands between them and this
            CA, then a cross certificate; None for none.
    """

    generation: int
    certificate_pem: str
    key_file: str | None = None
    sent_pem: str | None = None


@dataclass(frozen=True, kw_only=True)
class CertificateRequest:
    """What one client's certificate should be.

    Attributes:
        name: of the client.
        sans: each `dns:`, `email:` or `uri:` and a name.
        key: which kind is made here; None when `csr_pem` is given.
        validity: a duration such as `365d`.
        renew_before: a share of the life (`33%`) or a duration.
        rotate_key: a renewed certificate gets a new key; otherwise the one that was made here is certified again.
    """

    name: str
    subject: Subject
    sans: tuple[str, ...] = ()
    key: KeySpec | None = None
    csr_pem: str | None = None
    validity: str
    renew_before: str
    rotate_key: bool = True

    def same_certificate_as(self, other: "CertificateRequest") -> bool:
        """Say whether both describe the same certificate: the rest only says when and how it is renewed."""
        if self == other:
            # As thousands are in each preview; making copies of them would take its time.
            return True
        return replace(self, renew_before="", rotate_key=True) == replace(other, renew_before="", rotate_key=True)

    def renewal_of(self, certificate: "IssuedCertificate") -> Renewal:
        """Return when a certificate that was issued for this request is renewed."""
        return renewal_of(
            datetime.fromisoformat(certificate.not_before),
            datetime.fromisoformat(certificate.not_after),
            validity=length_of(self.validity),
            renew_before=RenewBefore.parse(self.renew_before),
            fingerprint=certificate.fingerprint,
        )


@dataclass(frozen=True, kw_only=True)
class IssuedCertificate:
    """One certificate in the inventory.

    Attributes:
        client: its name.
        generation: of the root CA that signed; None when the certificate was not issued here, but brought.
        status: `issued` is what the client holds now; `superseded` was replaced by a later one, `forgotten` is of a
            client that left the configuration. Both stay valid until their end: the ALB knows no revocation.
        chain_pem: what the client sends: its certificate, then any that leads to the CA.
        serial_number: lower-case hex.
        not_before: ISO 8601, as is `not_after`.
    """

    client: str
    generation: int | None
    status: CertificateStatus
    certificate_pem: str
    chain_pem: str
    fingerprint: str
    serial_number: str
    not_before: str
    not_after: str


@dataclass(frozen=True, kw_only=True)
class BroughtCertificate:
    """The certificate that a client brings ready made, as long as it does.

    Attributes:
        client: its name.
        fingerprint: SHA-256 of the DER, lower-case hex, as is `serial_number`.
        not_before: ISO 8601, as is `not_after`.
    """

    client: str
    certificate_pem: str
    fingerprint: str
    serial_number: str
    not_before: str
    not_after: str

    def in_inventory(self, status: CertificateStatus) -> IssuedCertificate:
        """Return it as a certificate of the inventory."""
        return IssuedCertificate(**vars(self), generation=None, status=status, chain_pem=self.certificate_pem)


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """What the last run left.

    Attributes:
        requests: that the certificates in force were issued for.
        brought: the certificates of the clients that bring theirs.
        certificates: of every status; of those that were brought only what is superseded or forgotten.
        issuer: PEM of the certificate that signed those in force; None while nothing has been issued.
    """

    requests: tuple[CertificateRequest, ...] = ()
    brought: tuple[BroughtCertificate, ...] = ()
    certificates: tuple[IssuedCertificate, ...] = ()
    issuer: str | None = None

    def in_force(self) -> dict[str, IssuedCertificate]:
        """Return what each client holds now."""
        return {one.client: one for one in self.certificates if one.status == "issued"}


@dataclass(frozen=True, kw_only=True)
class Due:
    """A certificate that has to be issued, and why; `renewal` is the sentence about a window that has begun."""

    request: CertificateRequest
    renewal: str | None = None


def shortest_life(validity: timedelta) -> timedelta:
    """Return how much life a certificate must have left when its issuer's end cuts it short.

    A day, and half of a life that was meant to be shorter than two.
    """
    return min(timedelta(days=1), validity / 2)


def due_certificates(
    requests: Sequence[CertificateRequest],
    held: Inventory,
    *,
    issuer: str | None,
    now: datetime,
    issuer_life: Callable[[], tuple[datetime, datetime]],
) -> Iterator[Due]:
    """Yield what has to be issued: for new clients, for other requests or another issuer, and inside renewal windows.

    Also what a machine issued whose clock was ahead: listeners reject it until it begins.

    Args:
        requests: of all clients.
        held: what the last run left.
        issuer: PEM of the certificate that signs; None when nothing can be signed.
        now: aware.
        issuer_life: gives begin and end of that certificate; called only when something may have to be renewed.
    """
    before = {one.name: one for one in held.requests}
    in_force = held.in_force()
    for request in requests:
        certificate, old = in_force.get(request.name), before.get(request.name)
        if certificate is None or old is None or issuer != held.issuer or not request.same_certificate_as(old):
            yield Due(request=request)
            continue
        renewal = _renewal(request, certificate, now)
        if renewal is not None and _gains(request, certificate, issuer_life(), now):
            yield Due(request=request, renewal=renewal)


def _gains(
    request: CertificateRequest, certificate: IssuedCertificate, life: tuple[datetime, datetime], now: datetime
) -> bool:
    """Say whether a renewed certificate would begin earlier or last longer than what is held, and can be issued.

    One that is clamped to a root that ends itself would be renewed again and again to the same end. Of a root that is
    about to end, or has ended, nothing can be issued, and that must not stop an `up` that opens the listener for
    clients that are rejected.
    """
    issuer_begin, issuer_end = life
    begin, end = datetime.fromisoformat(certificate.not_before), datetime.fromisoformat(certificate.not_after)
    gains = issuer_begin <= now if begin > now else end < issuer_end
    return gains and now + shortest_life(length_of(request.validity)) <= issuer_end


def _renewal(request: CertificateRequest, certificate: IssuedCertificate, now: datetime) -> str | None:
    if datetime.fromisoformat(certificate.not_before) > now:
        return (
            f"client {request.name}: its certificate is issued again, because it begins only on "
            f"{moment_of(certificate.not_before)}: the clock of the machine that issued it was ahead, or this one's is "
            "behind"
        )
    renewal = request.renewal_of(certificate)
    if now < renewal.due:
        return None
    end, new = moment_of(certificate.not_after), f"; `validity` of the new one is {request.validity}"
    if datetime.fromisoformat(certificate.not_after) <= now:
        return f"client {request.name}: its certificate is renewed, because it ended on {end}{new}"
    return (
        f"client {request.name}: its certificate is renewed, because it ends on {end}, and its time in the renewal "
        f"window ({request.renew_before} before the end) was {_moment(renewal.due)}; until its end it stays "
        f"accepted{new}"
    )


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def moment_of(text: str) -> str:
    """Return a moment of the inventory, which is ISO 8601 in UTC, for people."""
    return _moment(datetime.fromisoformat(text))


def leaving(
    held: Inventory, requests: Sequence[CertificateRequest], brought: Sequence[BroughtCertificate]
) -> Iterator[IssuedCertificate]:
    """Yield the certificates in force that nobody asks for any more, with the status that they get in the inventory.

    Of a client that gets its certificate in another way from now on it is superseded, of one that left it is forgotten.

    Args:
        held: what the run before left.
        requests: of all clients whose certificates are issued here.
        brought: by all others.
    """
    issued = {one.name for one in requests}
    there = issued | {one.client for one in brought}
    fingerprints = {one.fingerprint for one in brought}
    for name, certificate in held.in_force().items():
        if name not in issued and certificate.fingerprint not in fingerprints:
            yield replace(certificate, status="superseded" if name in there else "forgotten")
    for one in held.brought:
        if one.fingerprint not in fingerprints:
            yield one.in_inventory("superseded" if one.client in there else "forgotten")


def continued(
    held: Inventory,
    requests: Sequence[CertificateRequest],
    brought: Sequence[BroughtCertificate],
    issued: Sequence[IssuedCertificate],
    now: datetime,
    *,
    sent_pem: str | None = None,
) -> tuple[IssuedCertificate, ...]:
    """Return the certificates of an inventory after a run: those in force in the order of the requests, then the rest.

    Args:
        held: what the run before left.
        requests: of all clients whose certificates are issued here.
        brought: by all others; what one of them brings again is forgotten no more.
        issued: by this run.
        now: aware; what has ended by then leaves the inventory.
        sent_pem: as of the issuer; it belongs to what is in force, whichever run issued that.
    """
    names = {one.name for one in requests}
    current, past = {name: one for name, one in held.in_force().items() if name in names}, []
    for one in issued:
        if one.client in current:
            past.append(replace(current[one.client], status="superseded"))
        current[one.client] = one
    past += leaving(held, requests, brought)
    there = names | {one.client for one in brought}
    # What was superseded of a client that leaves is forgotten too, and stays so when it comes back, with another key.
    past += [
        one if one.client in there else replace(one, status="forgotten")
        for one in held.certificates
        if one.status != "issued"
    ]
    again = {one.fingerprint for one in brought}
    left = [one for one in past if datetime.fromisoformat(one.not_after) > now and one.fingerprint not in again]
    in_force = [current[request.name] for request in requests if request.name in current]
    return (*(replace(one, chain_pem=one.certificate_pem + (sent_pem or "")) for one in in_force), *left)
