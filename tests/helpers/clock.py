"""The present, for certificates that a running listener judges."""

from datetime import UTC, datetime


def today() -> datetime:
    return datetime.now(UTC)
