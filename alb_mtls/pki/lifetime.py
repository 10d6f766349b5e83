"""Whether a certificate is valid at a moment, and by how much it is not: minutes are mostly a wrong clock."""

from datetime import datetime, timedelta

from cryptography import x509

_CLOCKS_DIFFER = timedelta(hours=1)
_UNITS = (("days", timedelta(days=1)), ("hours", timedelta(hours=1)), ("minutes", timedelta(minutes=1)))


def date_problem(certificate: x509.Certificate, at: datetime) -> str | None:
    """Return that a certificate has not begun or has ended, with the time and how far away that is, or None.

    Args:
        certificate: valid from its notBefore on, and until just before its notAfter.
        at: the moment, aware.
    """
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if at < begin:
        what, away, remedy = f"begins on {_moment(begin)}, in {_length(begin - at)}", begin - at, "wait until then"
    elif at >= end:
        what, away, remedy = f"ended on {_moment(end)}, {_length(at - end)} ago", at - end, "bring a current one"
    else:
        return None
    if away < _CLOCKS_DIFFER:
        remedy = f"here it is {at:%H:%M:%S} UTC: compare the clocks, or {remedy}"
    return f"it {what}; {remedy}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _length(length: timedelta) -> str:
    """Return a length in the largest unit of which there are two."""
    for name, unit in _UNITS:
        if length >= 2 * unit:
            return f"{length // unit} {name}"
    return f"{length.total_seconds():.0f} seconds"
