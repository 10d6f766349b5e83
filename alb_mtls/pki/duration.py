"""Durations as the configuration has them: a whole number and `m`, `h` or `d`."""

import re
from datetime import timedelta

_DURATION = re.compile(r"([0-9]{1,7})\s*([dhm])")
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


def parse_duration(text: str) -> timedelta | None:
    """Return the length of a duration such as `30m`, `12h` or `365d`; None for anything else."""
    duration = _DURATION.fullmatch(text.strip())
    return None if duration is None else int(duration[1]) * _UNITS[duration[2]]


def format_duration(length: timedelta) -> str:
    """Return a duration of whole minutes in the largest unit that it is a multiple of."""
    for unit, size in _UNITS.items():
        if length % size == timedelta(0):
            return f"{length // size}{unit}"
    message = f"{length} is no whole number of minutes"
    raise ValueError(message)


def length_of(text: str) -> timedelta:
    """Return the length of a duration that has been checked.

    Raises:
        ValueError: it was not.
    """
    length = parse_duration(text)
    if length is None:
        message = f"{text!r} is no duration"
        raise ValueError(message)
    return length
