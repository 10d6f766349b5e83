"""The journal: every call, what went wrong with it on purpose, and what it changed."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from itertools import count
from typing import TYPE_CHECKING

from lab.interception.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from lab.interception.exchange import Request

_TEXT_LIMIT = 500


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(kw_only=True)
class Entry:
    """One call.

    Attributes:
        sequence: place among all calls of this lab, from 1; clearing the journal does not start it again.
        number: place among the calls of this API since the journal was cleared, from 1.
        service: `cas`, `alb` or `kubernetes`.
        api: name of the API.
        caller: access key id or Kubernetes user.
        target: what the call is about.
        started: when it came in (UTC, ISO 8601).
        ended: when it was over, None while it lasts.
        faults: what the lab did to it on purpose, in order.
        outcome: `pending`, `answered`, `closed` (by a fault, without reply), `client gone`, `broken` (the
            rest of a streamed reply never came) or `failed` (a mistake of the lab).
        status: HTTP status of the reply, None without one.
        code: wire code of an error, empty without one.
        performed: whether the call was sent on, so that it may have had an effect.
        effect: what it changed, in a short sentence.
    """

    sequence: int
    number: int
    service: str
    api: str
    caller: str
    target: str
    started: str = field(default_factory=_now)
    ended: str | None = None
    faults: list[str] = field(default_factory=list)
    outcome: str = "pending"
    status: int | None = None
    code: str = ""
    performed: bool = False
    effect: str = ""


class Journal:
    """Entries in memory, and one JSON line in a file for each call that is over."""

    def __init__(self, *, file: "Path | None" = None, secrets: "Iterable[str]" = ()) -> None:
        """Start an empty journal.

        Args:
            file: where lines are appended; clearing the journal leaves the file alone. None: memory only.
            secrets: values that must never be written, such as the access key secret of the lab.
        """
        self._file = file
        self._secrets = tuple(secrets)
        self._entries: list[Entry] = []
        self._sequence = count(1)
        self._numbers: Counter[tuple[str, str]] = Counter()

    def open(self, request: "Request") -> Entry:
        """Enter a call that came in."""
        self._numbers[request.service, request.api] += 1
        entry = Entry(
            sequence=next(self._sequence),
            number=self._numbers[request.service, request.api],
            service=request.service,
            api=self._clean(request.api),
            caller=self._clean(request.caller),
            target=self._clean(request.target),
        )
        self._entries.append(entry)
        return entry

    def set_effect(self, entry: Entry, effect: str) -> None:
        """Note what a call changed; secrets in it are replaced by digests."""
        entry.effect = self._clean(effect)

    def close(self, entry: Entry) -> None:
        """Note the end of a call and write its line."""
        entry.ended = _now()
        if self._file is not None:
            with self._file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(asdict(entry)) + "\n")

    def entries(self, *, service: str = "*", api: str = "*", since: int = 0) -> "Iterator[Entry]":
        """Return calls in the order in which they came in."""
        return (
            entry
            for entry in list(self._entries)
            if entry.sequence > since and fnmatchcase(entry.service, service) and fnmatchcase(entry.api, api)
        )

    def clear(self) -> None:
        """Forget all calls and count each API from 1 again."""
        self._entries.clear()
        self._numbers.clear()

    def _clean(self, text: str) -> str:
        clean = redact(text, self._secrets)
        return clean if len(clean) <= _TEXT_LIMIT else clean[: _TEXT_LIMIT - 1] + "…"
