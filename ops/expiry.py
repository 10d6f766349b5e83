"""When every certificate of a stack ends, and which of them ends too soon. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from cryptography import x509

from alb_mtls.cluster.findings import Finding, ca_expiring, ending
from alb_mtls.pki.encoding import fingerprint, load_certificate
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.renewal import Renewal, RenewBefore
from ops.errors import OpsError
from ops.findings import OpsFindingCode
from ops.state import StackState


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """The end of one certificate.

    Attributes:
        renewed_from: when an `up` starts to renew it by itself; None when nothing does.
    """

    kind: Literal["root CA", "client"]
    name: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    renewed_from: datetime | None

    def days_left(self, now: datetime) -> int:
        """Return whole days until its end; negative when it has ended."""
        return (self.not_after - now) // timedelta(days=1)

    def to_json(self, now: datetime) -> dict[str, Any]:
        """Return it for scripts."""
        return {
            "kind": self.kind,
            "name": self.name,
            "fingerprint": self.fingerprint,
            "notAfter": self.not_after.isoformat(),
            "daysLeft": self.days_left(now),
            "renewedFrom": None if self.renewed_from is None else self.renewed_from.isoformat(),
        }


def parse_within(text: str) -> RenewBefore:
    """Read `--within`: a time such as `30d` or `12h`, or a share of each certificate's life such as `10%`.

    Raises:
        OpsError: it is neither.
    """
    try:
        return RenewBefore.parse(text)
    except PkiError as error:
        message = f"--within: {error}"
        raise OpsError(message) from None


def expiries(state: StackState) -> list[Expiry]:
    """Return the ends of all certificates in the state, the next first.

    Raises:
        OpsError: a certificate in the state cannot be read.
    """
    found = [expiry_of("root CA", f"generation {ca.generation}", _load(ca.certificate_pem)) for ca in state.root_cas]
    found.extend(
        expiry_of("client", client.name, _load(client.certificate_pem), client.renewal) for client in state.clients
    )
    return sorted(found, key=lambda one: (one.not_after, one.kind, one.name))


def expiry_of(
    kind: Literal["root CA", "client"], name: str, certificate: x509.Certificate, renewal: Renewal | None = None
) -> Expiry:
    """Return the end of a certificate that an `up` renews, or that nothing does."""
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return Expiry(
        kind=kind,
        name=name,
        fingerprint=fingerprint(certificate),
        not_before=begin,
        not_after=end,
        renewed_from=None if renewal is None else renewal.due,
    )


def expiry_findings(found: Iterable[Expiry], within: RenewBefore, now: datetime) -> list[Finding]:
    """Return one finding for each certificate that has ended or ends within a time from `now`."""
    return [finding for one in found if (finding := _finding(one, within, now)) is not None]


def _window(one: Expiry, within: RenewBefore) -> timedelta:
    # Not as renewal_of() has it: a window longer than the life means "always", not the last third.
    if within.duration is not None:
        return within.duration
    return (one.not_after - one.not_before) * (within.percent or 0) / 100


def _finding(one: Expiry, within: RenewBefore, now: datetime) -> Finding | None:
    window = _window(one, within)
    if one.kind == "root CA":
        return ca_expiring(one.name, one.not_after, now=now, within=window)
    if now < one.not_after - window:
        return None
    remedy = (
        "run `pulumi up`, which renews it inside its window, and hand out the new one"
        if one.renewed_from is not None
        else "put a new certificate into its certificateFile and run `pulumi up`"
    )
    return Finding(
        code=OpsFindingCode.CLIENT_EXPIRING,
        subject=f"{one.kind} {one.name}",
        evidence=ending(one.not_after, now),
        remedy=remedy,
    )


def _load(pem: str) -> x509.Certificate:
    try:
        return load_certificate(pem)
    except PkiError as error:
        message = f"a certificate in the state cannot be read: {error}"
        raise OpsError(message) from None
