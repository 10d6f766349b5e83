"""The JSON of a survey: answers alone, without names, identifiers, addresses or secrets of the account."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ops.errors import OpsError
from ops.files import PRIVATE_MODE
from ops.survey.schema import KIND, VERSION
from ops.survey.survey import Answer

_LONGEST_TEXT = 300


@dataclass(kw_only=True)
class Report:
    """What was asked, and what came of it.

    Attributes:
        at: when the survey began, aware.
        edition: of the ALB.
        answers: by question.
        unanswered: why a question has no answer, by question.
    """

    at: datetime
    edition: str
    answers: dict[str, Answer] = field(default_factory=dict)
    unanswered: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> Mapping[str, Any]:
        """Return the document."""
        return {
            "kind": KIND,
            "version": VERSION,
            "at": self.at.isoformat(timespec="seconds"),
            "edition": self.edition,
            "answers": _cleaned(self.answers),
            "unanswered": _cleaned(self.unanswered),
        }


def _cleaned(value: Any) -> Any:
    """Return texts as the lab takes them: what came over the network may hold any character."""
    if isinstance(value, dict):
        return {name: _cleaned(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    if isinstance(value, str):
        return "".join(one for one in value if one.isprintable())[:_LONGEST_TEXT]
    return value


class ReportFile:
    """A new file that is there before the first question, so that no answer is lost for want of it."""

    def __init__(self, path: Path, descriptor: int) -> None:
        """Take an open file; `reserved` makes one."""
        self._path = path
        self.descriptor = descriptor
        self._is_written = False

    @classmethod
    @contextmanager
    def reserved(cls, path: Path) -> Iterator["ReportFile"]:
        """Make the file, for its owner alone; it goes again when nothing is written.

        Raises:
            OpsError: it is there already, or cannot be made.
        """
        try:
            descriptor = os.open(
                path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_MODE
            )
        except FileExistsError:
            left = path.is_file() and path.stat().st_size == 0
            kind = "is there already, and empty, as a survey leaves it that was killed: remove it, or name a new file"
            message = f"--output {path} {kind if left else 'is there already and is not overwritten; name a new file'}"
            raise OpsError(message) from None
        except OSError as error:
            message = f"--output {path} cannot be made: {error.strerror}"
            raise OpsError(message) from None
        file = cls(path, descriptor)
        try:
            yield file
        finally:
            os.close(descriptor)
            if not file._is_written:
                path.unlink(missing_ok=True)

    def write(self, report: Report) -> None:
        """Write the document.

        Raises:
            OpsError: it cannot be written, as on a full disk.
        """
        text = json.dumps(report.to_json(), indent=2, ensure_ascii=True) + "\n"
        try:
            with os.fdopen(os.dup(self.descriptor), "w", encoding="utf-8") as stream:
                stream.write(text)
        except OSError as error:
            message = f"--output {self._path} cannot be written: {error.strerror}; its text was printed"
            raise OpsError(message) from None
        self._is_written = True
