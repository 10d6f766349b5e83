"""Moments as people read them, and as the cluster and the state write them. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Final

_CLOCKS_DIFFER: Final = timedelta(minutes=2)


def ago(then: datetime, now: datetime) -> str:
    """Return how long ago a moment was; both aware.

    One that another machine wrote may be ahead: then the clock of one of the two is wrong.
    """
    past, way = (then - now, "ahead of the clock here") if then - now >= _CLOCKS_DIFFER else (now - then, "ago")
    for name, unit in (("days", timedelta(days=1)), ("hours", timedelta(hours=1)), ("minutes", timedelta(minutes=1))):
        if past >= 2 * unit:
            return f"{past // unit} {name} {way}"
    return f"{max(past, timedelta()) // timedelta(seconds=1)} seconds {way}"


def clock(moment: datetime, now: datetime | None = None) -> str:
    """Return a moment as people read it; without its day when that is the one of `now`."""
    moment = moment.astimezone(UTC)
    is_today = now is not None and moment.date() == now.astimezone(UTC).date()
    return f"{moment:%H:%M} UTC" if is_today else f"{moment:%Y-%m-%d %H:%M} UTC"


def moment_of(text: str | None) -> datetime | None:
    """Return a moment of the state or the cluster; None for what is none, or has no time zone."""
    try:
        found = None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found is None or found.tzinfo is not None else None
