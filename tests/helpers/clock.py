"""The present, for certificates that a running listener judges."""

from datetime import UTC, datetime


def today() -> datetime:
    """Return now, aware, in UTC."""
    return datetime.now(UTC)
