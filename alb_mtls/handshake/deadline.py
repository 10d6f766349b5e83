"""Time that is left for all steps together."""

import time


class Deadline:
    """A moment by which something must be done; every step gets what the steps before it left."""

    def __init__(self, seconds: float) -> None:
        """Begin to count."""
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds that are left, never less than 0."""
        return max(0.0, self._end - time.monotonic())

    def required(self) -> float:
        """Return the seconds that are left.

        Raises:
            TimeoutError: none are.
        """
        remaining = self.remaining()
        if not remaining:
            message = f"not within {self.seconds:g} s"
            raise TimeoutError(message)
        return remaining
