"""When certificates begin, are renewed and end, as bars on a line of time that fits any width. Pure.

Places are shares of the width, so that the letters of the picture stay as large on a telephone as on a desk.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import Any, Final

from ops.report.certificates import Life

_MOST_TICKS: Final = 5
_DAY: Final = timedelta(days=1)
_STEPS: Final = tuple(
    [timedelta(minutes=one) for one in (1, 2, 5, 10, 15, 30, 60, 120, 360, 720)] + [_DAY * one for one in (1, 2, 7, 14)]
)
# Where a month begins is no matter of seconds.
_MONTHS: Final = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000, 24000)
# RFC 5280, 4.1.2.5: 99991231235959Z says that a certificate has no end, and nothing can be added to it.
_LATEST: Final = datetime.max.replace(tzinfo=UTC)
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
_ROOM: Final = 0.08
# A life that is shorter than the picture can show is a stroke even so.
_NARROWEST: Final = 0.6


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One row of the picture; places are per cent of the width.

    Attributes:
        renewed_from: begin of the renewal window; None where an `up` renews nothing.
        next_end: of a fleet, where the first of its certificates ends.
        goes_on: it ends after the picture does.
        began_before: it began before the picture does.
    """

    life: Life
    begin: float
    width: float
    renewed_from: float | None
    renewal_width: float
    next_end: float | None
    goes_on: bool
    began_before: bool


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The picture.

    Attributes:
        ticks: place and text of each mark of time.
        today: place of the moment of the report.
    """

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    today: float


def timeline_of(lives: Sequence[Life], now: datetime) -> Timeline:
    """Return the picture of some certificates.

    It reaches as far as what ends first needs: where a root CA lives for ten years, its bar goes on beyond the picture.
    """
    first, last = _span(lives, now)

    def place(moment: datetime) -> float:
        return round(min(max((moment - first) / (last - first), 0.0), 1.0) * 100, 2)

    return Timeline(
        bars=tuple(_bar(one, place, first, last) for one in lives),
        ticks=tuple((place(moment), text) for moment, text in _ticks(first, last)),
        today=place(now),
    )


def _span(lives: Sequence[Life], now: datetime) -> tuple[datetime, datetime]:
    # Root CAs live so long that all else would be strokes beside them.
    counted = [one for one in lives if one.kind != "root CA"] or list(lives)
    first = min((one.begin for one in counted), default=now)
    last = max((one.end for one in counted), default=now)
    first, last = min(first, now), max(last, now)
    room = max((last - first) * _ROOM, timedelta(minutes=1))
    return first - min(room, first - _EARLIEST), last + min(room, _LATEST - last)


def _bar(life: Life, place: Any, first: datetime, last: datetime) -> Bar:
    begin, end = place(life.begin), place(life.end)
    renewed_from = None if life.renewed_from is None else place(life.renewed_from)
    return Bar(
        life=life,
        begin=min(begin, 100 - _NARROWEST),
        width=max(round(end - begin, 2), _NARROWEST),
        renewed_from=renewed_from,
        renewal_width=0.0 if renewed_from is None else round(max(end - renewed_from, 0.0), 2),
        next_end=place(life.next_end) if life.next_end != life.end else None,
        goes_on=life.end > last,
        began_before=life.begin < first,
    )


def _ticks(first: datetime, last: datetime) -> Iterator[tuple[datetime, str]]:
    span = last - first
    for step in _STEPS:
        if span / step <= _MOST_TICKS:
            begin = datetime(2000, 1, 1, tzinfo=UTC)
            count = -(-(first - begin) // step)
            moment = begin + count * step
            while moment <= last:
                is_day = step >= _DAY or (span > _DAY and moment.hour == 0)
                yield moment, f"{moment:%d %b}" if is_day else f"{moment:%H:%M}"
                moment += step
            return
    months = next((one for one in _MONTHS if span / (one * 30 * _DAY) <= _MOST_TICKS), _MONTHS[-1])
    number = -(-(first.year * 12 + first.month) // months) * months
    while number // 12 <= MAXYEAR and (moment := datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)) <= last:
        if moment >= first:
            yield moment, f"{moment:%Y}" if months % 12 == 0 else f"{moment:%b %Y}"
        number += months
