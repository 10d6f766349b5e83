"""When a certificate is renewed: a share of its life, or a time, before its end."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from alb_mtls.pki.duration import parse_duration
from alb_mtls.pki.errors import PkiError, shown

# cert-manager's bounds, pkg/apis: a shorter window leaves no time to notice.
SHORTEST_WINDOW = timedelta(minutes=5)
_PERCENT = re.compile(r"(\d{1,2})\s*%")


@dataclass(frozen=True, kw_only=True)
class RenewBefore:
    """How long before its end a certificate is renewed; exactly one of the two is set.

    Attributes:
        percent: share of its life, 1 to 99.
        duration: a time.
    """

    percent: int | None = None
    duration: timedelta | None = None

    @classmethod
    def parse(cls, text: str) -> "RenewBefore":
        """Read `33%`, `30d`, `12h` or `90m`.

        Raises:
            PkiError: it is neither, or out of bounds.
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
        if length < SHORTEST_WINDOW:
            message = f"{shown(text)} is shorter than the smallest window, 5m"
            raise PkiError(message)
        return cls(duration=length)


def renewal_time(not_before: datetime, not_after: datetime, renew_before: RenewBefore) -> datetime:
    """Return when the renewal window begins.

    A time that is as long as the certificate's life would renew at once and for ever; cert-manager falls back to the
    last third of the life then, and so do we (docs/facts/x509-and-tls.md, Renewal).
    """
    life = not_after - not_before
    window = renew_before.duration
    if renew_before.percent is not None:
        window = life * renew_before.percent / 100
    if window is None or window >= life:
        window = life / 3
    return not_after - window


def renewal_due(not_before: datetime, not_after: datetime, renew_before: RenewBefore, now: datetime) -> bool:
    """Say whether `now` lies in the renewal window, its first moment included."""
    return now >= renewal_time(not_before, not_after, renew_before)
