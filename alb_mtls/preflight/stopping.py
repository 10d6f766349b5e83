"""How a preflight says what it found: an `up` ends at the first stage with a problem, `doctor` collects all of them."""

from collections.abc import Callable, Sequence

Warn = Callable[..., None]
"""Takes the lines of one warning."""

OutOfReach = Callable[[str, Exception], None]
"""Takes what was not looked at, by key or listener, and why; an `up` ends with it."""


class Stopped(Exception):  # noqa: N818 - named after what happened
    """An `up` must not begin; nothing was touched.

    Attributes:
        lines: for a person, one each.
    """

    def __init__(self, *lines: str) -> None:
        """Take the lines."""
        super().__init__("\n".join(lines))
        self.lines = lines


def stop_at(problems: Sequence[str], head: str) -> None:
    """Stop at problems, if there is one.

    Raises:
        Stopped: with the head, and a line for each problem.
    """
    if problems:
        raise Stopped(head, *(f"  {one}" for one in problems))
