"""Time that passes only when somebody sleeps."""


class FakeClock:
    """A monotonic clock and the sleep that moves it, also in the place of module `time`; all times in seconds."""

    def __init__(self) -> None:
        """Start at zero."""
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    monotonic = __call__

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.pauses.append(seconds)
        self.now += seconds
