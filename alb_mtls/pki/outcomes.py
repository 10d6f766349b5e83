"""What an `up` makes of the certificates that clients hold: which stay valid, and which stop working. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from alb_mtls.pki.inventory import (
    BroughtCertificate,
    CertificateRequest,
    Due,
    Inventory,
    IssuedCertificate,
    leaving,
)

Outcome = Literal["stays valid", "stops working", "rejected already"]
Why = Literal["leaves", "replaced", "renewed", "generation"]


@dataclass(frozen=True, kw_only=True)
class CertificateOutcome:
    """One certificate that has not ended, and what becomes of it.

    Attributes:
        outcome: it stays valid as long as a listener trusts its root CA; or listeners reject it from this `up` on, or
            did so before.
        why: its client `leaves`, or holds it no more because it was `renewed` or `replaced`; or listeners trust another
            `generation`.
    """

    certificate: IssuedCertificate
    outcome: Outcome
    why: Why

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts (docs/reference/report.md)."""
        one = self.certificate
        return {
            "client": one.client,
            "generation": one.generation,
            "serialNumber": one.serial_number,
            "notAfter": one.not_after,
            "outcome": self.outcome,
            "why": self.why,
        }


def outcomes(
    held: Inventory,
    requests: Sequence[CertificateRequest],
    brought: Sequence[BroughtCertificate],
    due: Iterable[Due],
    *,
    now: datetime,
    trusted: int | None = None,
    bound: Sequence[int] = (),
) -> Iterator[CertificateOutcome]:
    """Yield each certificate that has not ended and of which something changes.

    Args:
        held: what the last run left.
        requests: of all clients whose certificates are issued here.
        brought: by all others.
        due: what is issued now.
        now: aware.
        trusted: generation that the listeners trust from this `up` on; None outside of a rollover, or when they are to
            request no certificate.
        bound: generations that listeners trust now.
    """
    found: dict[str, tuple[IssuedCertificate, Why]] = {}
    changing = (
        *_left_behind(held, requests, brought),
        *_succeeded(held, due),
        *_no_longer_trusted(held, trusted, bound),
    )
    for one, why in changing:
        if datetime.fromisoformat(one.not_after) > now:
            found.setdefault(one.fingerprint, (one, why))
    for one, why in found.values():
        yield CertificateOutcome(certificate=one, outcome=_outcome(one, trusted, bound), why=why)


def _left_behind(
    held: Inventory, requests: Sequence[CertificateRequest], brought: Sequence[BroughtCertificate]
) -> Iterator[tuple[IssuedCertificate, Why]]:
    for one in leaving(held, requests, brought):
        if one.status != "forgotten":
            yield one, "replaced"
            continue
        yield one, "leaves"
        # What was superseded may end last: when the life of new ones was made shorter.
        yield from ((each, "leaves") for each in held.certificates if each.client == one.client)


def _succeeded(held: Inventory, due: Iterable[Due]) -> Iterator[tuple[IssuedCertificate, Why]]:
    in_force = held.in_force()
    for each in due:
        before = in_force.get(each.request.name)
        if before is not None:
            yield before, "renewed" if each.renewal else "replaced"


def _no_longer_trusted(
    held: Inventory, trusted: int | None, bound: Sequence[int]
) -> Iterator[tuple[IssuedCertificate, Why]]:
    # What no listener trusts any more since an earlier `up` is no news.
    if trusted is None or _is_trusted_everywhere(trusted, bound):
        return
    for one in held.certificates:
        if one.generation is not None and one.generation < trusted:
            yield one, "generation"


def _outcome(one: IssuedCertificate, trusted: int | None, bound: Sequence[int]) -> Outcome:
    if trusted is None or one.generation is None or one.generation >= trusted:
        return "stays valid"
    return "rejected already" if _is_trusted_everywhere(trusted, bound) else "stops working"


def _is_trusted_everywhere(trusted: int, bound: Sequence[int]) -> bool:
    return bool(bound) and min(bound) >= trusted
