"""The world of the listeners' tests, for the providers."""

from tests.unit.listeners.conftest import files, taken, world

__all__ = ["files", "taken", "world"]
