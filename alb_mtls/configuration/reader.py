"""Typed access to one object of the configuration; whatever is wrong goes to `Problems` by its full key."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from alb_mtls.configuration.problems import Problems, unknown_key
from alb_mtls.pki.characters import unprintable
from alb_mtls.pki.duration import format_duration, length_of, parse_duration
from alb_mtls.pki.errors import bare, shown
from alb_mtls.pki.secret_detection import holds_private_key

# As long as a path may be on Linux; nothing that is configured is longer.
_LONGEST_TEXT = 4096
# What int() would take beside these, blanks, underscores and the digits of other scripts, is a slip.
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# As the Pulumi CLI hands over what its YAML takes for a time.
_MADE_OF_A_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) [0-9:.]+ [+-][0-9]{4} \w+")


class ObjectReader:
    """One mapping of the configuration, read key by key.

    A wrong value is recorded and replaced by the default, so that reading goes on and finds the next mistake.
    """

    def __init__(self, value: Any, key: str, known: Sequence[str], problems: Problems) -> None:
        """Take the mapping `value` found at `key`.

        Args:
            value: as decoded.
            key: where it was found.
            known: keys that may stand in it; any other one is recorded at once.
            problems: where mistakes are recorded.
        """
        self._key = key
        self._problems = problems
        self._values: Mapping[str, Any] = {}
        if value is None:
            return
        if not isinstance(value, Mapping):
            problems.add(key, f"must be an object with the keys {', '.join(known)}, not {_kind(value)}")
            # Nor can anything be missing in it.
            self._problems = Problems()
            return
        self._values = value
        for name in map(str, value):
            if name not in known:
                problems.add(self.key_of(_named(name)), unknown_key(name, known))

    def key_of(self, name: str) -> str:
        """Return the full key of a member, as a person would look for it in the stack file."""
        return f"{self._key}.{name}" if self._key else name

    def has(self, name: str) -> bool:
        """Say whether the member was given at all; an explicit null or empty text counts as not given."""
        return self._values.get(name) not in (None, "")

    def problem(self, name: str, message: str) -> None:
        """Record a mistake in the member `name`."""
        self._problems.add(self.key_of(name), message)

    def text(self, name: str, default: str | None = None, *, required: str | None = None) -> str | None:
        """Return a text; `required` is the sentence to record when it is missing."""
        return self._text(name, default, required, is_path=False)

    def path(self, name: str, *, required: str | None = None) -> str | None:
        """Return the path of a file, in which every kind of blank may stand."""
        return self._text(name, None, required, is_path=True)

    def secret(self, name: str) -> str | None:
        """Return a text that no message may quote, the empty one too; None without one, or when it is no text."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, str):
            self.problem(name, f"must be a text, not {_kind(value)}; put it in quotes")
            return None
        return value

    def _text(self, name: str, default: str | None, required: str | None, *, is_path: bool) -> str | None:
        if not self.has(name):
            if required is not None:
                self.problem(name, required)
            return default
        value = self._values[name]
        if not isinstance(value, str):
            self.problem(name, f"must be a text, not {_made_by_yaml(value)}")
            return default
        return value if self._is_usable(name, value, is_path=is_path) else default

    def day(self, name: str, *, required: str) -> date | None:
        """Return a day such as `2027-03-31`, in quotes or as YAML makes it of one without them."""
        if not self.has(name):
            self.problem(name, required)
            return None
        value = self._values[name]
        if isinstance(value, str) and (made := _MADE_OF_A_DATE.fullmatch(value)):
            value = made[1]
        if not isinstance(value, str):
            self.problem(name, f"must be a day such as 2027-03-31, not {_found(value)}")
            return None
        if not self._is_usable(name, value):
            return None
        try:
            day = date.fromisoformat(value) if _DAY.fullmatch(value) else None
        except ValueError:
            day = None
        if day is None:
            self.problem(name, f"{shown(value)} is no day; it looks like 2027-03-31, in UTC")
        return day

    def choice(self, name: str, options: Sequence[str], default: str) -> str:
        """Return one of `options`."""
        value = self.text(name, default)
        if value not in options:
            self.problem(name, f"is {shown(value or '')}, but must be one of {', '.join(options)}")
            return default
        return value if value is not None else default

    def integer(self, name: str, default: int, *, minimum: int, maximum: int, unit: str = "") -> int:
        """Return a whole number within the bounds, both of them allowed."""
        if not self.has(name):
            return default
        value = self._values[name]
        if isinstance(value, str) and _INTEGER.fullmatch(value):
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.problem(name, f"must be a whole number, not {_found(value)}")
            return default
        if not minimum <= value <= maximum:
            what = f"{value} {unit}".strip()
            self.problem(name, f"is {what}, but must lie between {minimum} and {maximum}")
            return default
        return value

    def boolean(self, name: str, *, default: bool) -> bool:
        """Return true or false; the texts `true` and `false` count, because the CLI quotes booleans."""
        if not self.has(name):
            return default
        value = self._values[name]
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return bool(value == "true")
        self.problem(name, f"must be true or false, not {_found(value)}")
        return default

    def switch_or_text(self, name: str) -> bool | str | None:
        """Return true or false, as `boolean` does, or another text; None when neither is given."""
        if not self.has(name):
            return None
        value = self._values[name]
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return bool(value == "true")
        if not isinstance(value, str):
            self.problem(name, f"must be true, false or a text, not {_kind(value)}")
            return None
        return value if self._is_usable(name, value) else None

    def duration(self, name: str, default: str, *, minimum: str, maximum: str) -> str:
        """Return a duration in its shortest spelling, within the bounds, both of them allowed."""
        text = self.text(name, default) or default
        length = parse_duration(text)
        if length is None:
            self.problem(name, f"{shown(text)} is no duration; it looks like 365d, 12h or 30m")
            return default
        if not length_of(minimum) <= length <= length_of(maximum):
            self.problem(name, f"is {text}, but must lie between {minimum} and {maximum}")
            return default
        return format_duration(length)

    def object(self, name: str, known: Sequence[str]) -> "ObjectReader":
        """Return a reader of the nested object, empty when it is not given."""
        return ObjectReader(self._values.get(name), self.key_of(name), known, self._problems)

    def array(self, name: str) -> list[Any]:
        """Return the items of a list, empty when it is not given."""
        value = self._values.get(name)
        if value is None:
            return []
        if isinstance(value, str) or not isinstance(value, Sequence):
            self.problem(name, f"must be a list, not {_kind(value)}")
            return []
        return list(value)

    def text_or_texts(self, name: str) -> dict[str, str]:
        """Return a text, or each of a list, by the name that `problem` takes; empty when neither is given."""
        value = self._values.get(name)
        if isinstance(value, str) or not self.has(name):
            text = self.text(name)
            return {} if text is None else {name: text}
        if not isinstance(value, Sequence):
            self.problem(name, f"must be a text or a list of them, not {_kind(value)}")
            return {}
        return self._texts(name, value)

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; an item that is none is recorded and left out."""
        return list(self.named_texts(name).values())

    def named_texts(self, name: str) -> dict[str, str]:
        """Return the same, each by the name that `problem` takes."""
        return self._texts(name, self.array(name))

    def _texts(self, name: str, items: Sequence[Any]) -> dict[str, str]:
        texts = {}
        for index, item in enumerate(items):
            member = f"{name}[{index}]"
            if not isinstance(item, str):
                self.problem(member, f"must be a text, not {_made_by_yaml(item)}")
            elif self._is_usable(member, item):
                texts[member] = item
        return texts

    def _is_usable(self, name: str, value: str, *, is_path: bool = False) -> bool:
        """Say whether a text may go on to whoever checks it, and from there into messages."""
        if holds_private_key(value):
            self.problem(
                name, "holds a private key, which no key of the configuration takes; give the path of its file"
            )
        elif "-----BEGIN " in value:
            self.problem(name, "holds the content of a file; give the path of the file")
        elif _MADE_OF_A_DATE.fullmatch(value):
            self.problem(name, f"is {value}, which YAML makes of a day or a time without quotes; put it in quotes")
        elif (hidden := unprintable(value, blanks_allowed=is_path)) is not None:
            self.problem(name, hidden)
        elif len(value) > _LONGEST_TEXT:
            self.problem(name, f"has {len(value)} characters, but at most {_LONGEST_TEXT} are taken")
        else:
            return True
        return False

    def objects(self, name: str, known: Sequence[str]) -> list["ObjectReader"]:
        """Return a reader for each object of a list."""
        return [self.item(name, index, item, known) for index, item in enumerate(self.array(name))]

    def item(self, name: str, index: int, value: Any, known: Sequence[str]) -> "ObjectReader":
        """Return a reader of one object of a list."""
        key = f"{self.key_of(name)}[{index}]"
        return ObjectReader({} if value is None else value, key, known, self._problems)


def _named(name: str) -> str:
    """Return how a key nobody knows is called: anything may have been pasted into its place."""
    return "(a private key)" if holds_private_key(name) else bare(name)


def _made_by_yaml(value: Any) -> str:
    """Return what stands where a text belongs, and what to do when YAML has made it of characters without quotes."""
    if isinstance(value, bool):
        return f"the YAML value {str(value).lower()}; put it in quotes"
    if isinstance(value, int | float):
        return f"the number {value}, as which YAML reads 01, 0x1F or 1e3 without quotes; put it in quotes"
    if isinstance(value, Mapping) and len(value) == 1 and not isinstance(next(iter(value.values())), Mapping | list):
        return "an object, as which YAML reads a colon with a blank behind it; take the blank out, or put it in quotes"
    return _kind(value)


def _found(value: Any) -> str:
    """Return what stands where a number, a boolean or a day belongs."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value}"
    return f"the text {shown(value)}" if isinstance(value, str) and not holds_private_key(value) else _kind(value)


def _kind(value: Any) -> str:
    """Return what a value is in the words of YAML; never the value itself, which might be a secret put wrong."""
    if isinstance(value, bool):
        return "true or false"
    for kind, word in ((str, "a text"), ((int, float), "a number"), (Mapping, "an object")):
        if isinstance(value, kind):
            return word
    return "a list" if isinstance(value, Sequence) else "nothing"
