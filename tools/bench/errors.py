"""What ends a measurement."""


class BenchError(Exception):
    """A command that was to be timed did something else; the text says which and what it printed."""
