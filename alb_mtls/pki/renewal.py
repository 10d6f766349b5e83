"""When a certificate is renewed: at a time of its own inside a window, which is a share of its life or a time.

Certificates that were made together do not all become due together: where a window is long enough, each has a time of
its own in the first part of it. The rest is kept for `up`s that fail or do not run.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from alb_mtls.pki.duration import parse_duration
from alb_mtls.pki.errors import PkiError, shown

# cert-manager's bounds, pkg/apis: a shorter window leaves no time to notice. Half of a life that is shorter than two.
SHORTEST_WINDOW = timedelta(minutes=5)
# Of every window this much is kept, so that of daily `up`s three in a row may fail; a shorter one is kept whole.
KEPT = timedelta(days=3)
_PERCENT = re.compile(r"(\d{1,2})\s*%")
# Digits of a fingerprint that place a certificate in its window: 64 bits.
_PLACING_DIGITS = 16


@dataclass(frozen=True, kw_only=True)
class RenewBefore:
    """How long before its end the window of a certificate begins; exactly one of the two is set.

    Attributes:
        percent: share of its life, 1 to 99.
        duration: a time.
    """

    percent: int | None = None
    duration: timedelta | None = None

    @classmethod
    def parse(cls, text: str, *, shortest: timedelta = SHORTEST_WINDOW) -> "RenewBefore":
        """Read `33%`, `30d`, `12h` or `90m`.

        Raises:
            PkiError: it is neither, or a time that is shorter than `shortest`.
        """
        percent = _PERCENT.fullmatch(text.strip())
        if percent is not None and int(percent[1]) >= 1:
            return cls(percent=int(percent[1]))
        length = parse_duration(text)
        if length is None:
            message = (
                f"{shown(text)} is neither a share of the certificate's life (1% to 99%) nor a time such as 30d or 12h"
            )
            raise PkiError(message)
        if length < shortest:
            message = f"{shown(text)} is shorter than {shortest.total_seconds() / 60:.0f}m, the shortest time here"
            raise PkiError(message)
        return cls(duration=length)

    def of(self, life: timedelta) -> timedelta:
        """Return the time that it means for a certificate with such a life."""
        return life * (self.percent or 0) / 100 if self.duration is None else self.duration


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """When one certificate is renewed.

    Attributes:
        window_begin: first moment at which any certificate with its life and settings may be renewed.
        due: its own moment: from then on a preview announces the renewal and an `up` carries it out.
    """

    window_begin: datetime
    due: datetime


def renewal_of(
    not_before: datetime, not_after: datetime, *, validity: timedelta, renew_before: RenewBefore, fingerprint: str
) -> Renewal:
    """Return when a certificate is renewed.

    The first half of a window is spread over, but never its last three days (`KEPT`), so a window of up to three days
    is not spread at all. Where in it a certificate is renewed, its fingerprint decides: always the same, and
    different for each.

    Args:
        not_before: its begin, which lies a little before the moment at which it was made.
        not_after: its end.
        validity: how long it was meant to be valid; its life is that, or less when its issuer's end cut it short.
        renew_before: as configured.
        fingerprint: its own, in hexadecimal.
    """
    life = min(validity, not_after - not_before)
    window = window_of(life, renew_before)
    kept = max(window / 2, min(window, KEPT))
    place = int(fingerprint[:_PLACING_DIGITS], 16) / 16**_PLACING_DIGITS
    begin = not_after - window
    return Renewal(window_begin=begin, due=begin + (window - kept) * place)


def window_of(life: timedelta, renew_before: RenewBefore) -> timedelta:
    """Return the length of the window before the end of a certificate.

    A time that is as long as the certificate's life would renew at once and for ever; cert-manager falls back to the
    last third of the life then, and so do we (docs/facts/x509-and-tls.md, Renewal).
    """
    window = renew_before.of(life)
    if window >= life:
        window = life / 3
    return max(window, min(SHORTEST_WINDOW, life / 2))
