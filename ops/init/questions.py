"""One question for each thing that nobody but a person knows; without a terminal, all that is missing at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import typer

from alb_mtls.redaction import one_line
from ops.errors import OpsError

Check = Callable[[str], str]
"""Returns a value as it is used, or raises `Unusable`."""


class Unusable(Exception):  # noqa: N818 - named after what the value is
    """A value that cannot be used; the text says why, and what can be."""


@dataclass(frozen=True, kw_only=True)
class Lacking:
    """Something without which nothing is written.

    Attributes:
        flag: that gives it.
        why: for people: what is missing or wrong, and what would do.
    """

    flag: str
    why: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.flag}: {self.why}"


class NothingWritten(OpsError):  # noqa: N818 - named after what happened; the base class says that it is an error
    """Values are missing or wrong; nothing was written."""

    def __init__(self, file: str, lacking: Sequence[Lacking], *, terminal: bool) -> None:
        """Name all of them, one a line.

        Args:
            file: that was not written.
            lacking: what is missing or wrong.
            terminal: whether somebody has answered already.
        """
        or_answer = "" if terminal else ", or answer in a terminal"
        self.lacking = tuple(lacking)
        super().__init__(f"{file} was not written; give what is missing or wrong{or_answer}")


def as_it_is(text: str) -> str:
    """Take any text."""
    return text


@dataclass(kw_only=True)
class Questions:
    """Asks a person in a terminal; elsewhere takes defaults, and remembers what has none.

    Attributes:
        terminal: whether somebody can answer.
        say: shows a line beside the result.
        lacking: what is missing or wrong so far.
    """

    terminal: bool
    say: Callable[[str], None]
    lacking: list[Lacking] = field(default_factory=list)

    def refuse(self, flag: str, why: str) -> None:
        """Remember that the value of a flag is missing or wrong."""
        self.lacking.append(Lacking(flag=flag, why=why))

    def value(
        self,
        flag: str,
        question: str,
        *,
        given: str | None,
        default: str | None,
        missing: str,
        check: Check = as_it_is,
        hint: str = "",
    ) -> str | None:
        """Return a value as it is used; None when it is missing or wrong, which is remembered.

        Args:
            flag: that gives it.
            question: for a person, short, without its question mark.
            given: with the flag; a person is not asked then.
            default: None when there is none to suggest.
            missing: why there is no default, and what would do.
            check: of what was given, answered, or is the default.
            hint: for a person, before the question.
        """
        if given is None and self.terminal:
            if hint:
                self.say(hint)
            return self._answer(question, default, check)
        if given is None and default is None:
            self.refuse(flag, missing)
            return None
        try:
            return check(given if given is not None else default or "")
        except Unusable as error:
            self.refuse(flag, str(error))
            return None

    def _answer(self, question: str, default: str | None, check: Check) -> str:
        while True:
            answer: str = typer.prompt(one_line(question), default=default, show_default=bool(default), err=True)
            try:
                return check(answer.strip())
            except Unusable as error:
                self.say(str(error))
