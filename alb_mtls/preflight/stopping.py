"""How a preflight says what it found: an `up` ends at the first stage with a problem, `doctor` collects all of them."""

from collections.abc import Callable, Iterator, Sequence

from alb_mtls.configuration.model import Settings

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


def stops_up(settings: Settings, warn: Warn, problem: str) -> Iterator[str]:
    """Yield a problem of an `up`; in a preview it is a warning, since that may well run before things are in place."""
    if settings.preview:
        warn(f"an up would stop here: {problem}")
    else:
        yield problem
