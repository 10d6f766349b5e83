"""The provider process: its clients, and sentences in place of tracebacks."""

import sys
import traceback
from collections.abc import Callable
from threading import Lock
from time import time
from typing import TYPE_CHECKING, Any

from alb_mtls.errors import OperationFailed
from alb_mtls.imports import import_turn
from alb_mtls.session import Session

if TYPE_CHECKING:
    from alb_mtls.listeners.generation_numbers import UsedNumbers
    from alb_mtls.listeners.program_look import CasLook, ProgramLook


def print_sentences_only() -> None:
    """Let Pulumi print the sentence of an OperationFailed alone, not the frames of the SDK that lead to it.

    The SDK's server answers every exception with `traceback.format_exc()` (pulumi.dynamic.__main__), and this
    process is that server and nothing else. Any other exception keeps its traceback.
    """
    if getattr(traceback.format_exc, "sentences", False):
        return
    whole = traceback.format_exc

    def sentence_or_whole(*args: Any, **kwargs: Any) -> str:
        error = sys.exc_info()[1]
        return str(error) if isinstance(error, OperationFailed) else whole(*args, **kwargs)

    sentence_or_whole.sentences = True  # type: ignore[attr-defined] # a mark on our own function, read above
    traceback.format_exc = sentence_or_whole


class _Current:
    """The session of this process; providers themselves hold nothing, since what they hold is pickled."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._session: Session | None = None
        self._new_repositories: set[str] = set()
        self._numbers: UsedNumbers | None = None
        self._has_program = False
        self._look: ProgramLook | None = None

    def configure(self, get: Callable[[str], Any]) -> None:
        with self._lock:
            # Every provider class is configured with the same values: one session serves them all.
            if self._session is None:
                self._session = Session(lambda key: _text(get(key)))

    def know_program(self) -> None:
        """Remember that a program runs, in a preview or an `up`: only then there is an anchor to check."""
        self._has_program = True

    def has_program(self) -> bool:
        """Say whether a program runs, so that a report is of this run; in a destroy or refresh none does."""
        return self._has_program

    def add_repository(self, name: str) -> None:
        with self._lock:
            self._new_repositories.add(name)

    def has_added_repository(self, name: str) -> bool:
        """Say whether it is this very process that puts a repository into the state: before that, nobody makes it."""
        return name in self._new_repositories

    def know_numbers(self, numbers: "UsedNumbers | None") -> None:
        with self._lock:
            self._numbers = numbers

    def numbers(self) -> "UsedNumbers | None":
        """Return the numbers of generations that this deployment has used; the anchor has read them in this run."""
        return self._numbers

    def know_look(self, text: str | None) -> None:
        """Remember what the program has read; nothing where it has read nothing."""
        if text is None:
            self._look = None
            return
        with import_turn:
            from alb_mtls.listeners.program_look import ProgramLook

        self._look = ProgramLook.of_text(text)

    def forget_look(self) -> None:
        """Forget it, since this run changes something from now on."""
        self._look = None

    def look(self) -> "ProgramLook | None":
        """Return what the program has read in this run, as long as that is recent and the run has changed nothing."""
        look = self._look
        return look if look is not None and look.is_recent(time()) else None

    def session(self) -> Session:
        if self._session is None:
            message = "the provider was called before it was configured"
            raise RuntimeError(message)
        return self._session


def _text(value: Any) -> str | None:
    return None if value in (None, "") else str(value)


_current = _Current()
configure = _current.configure
session = _current.session
know_program = _current.know_program
has_program = _current.has_program
add_repository = _current.add_repository
has_added_repository = _current.has_added_repository
know_numbers = _current.know_numbers
numbers = _current.numbers
know_look = _current.know_look
forget_look = _current.forget_look
look = _current.look


def look_at_cas(endpoint: str) -> "CasLook | None":
    """Return what the look has of a site; where it shows more than that all is well, the provider looks itself."""
    found = look()
    return None if found is None else found.cas_at(endpoint)
