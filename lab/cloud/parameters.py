"""Reads the parameters of a call: all of them text in the query, lists as `Name.1`, `Name.2`, ….

Measured on the SDKs: booleans come as `True` and `False`, nested lists as `Name.1.Member`, and two parameters
of ListWarehouse as JSON arrays.
"""

import json
from collections.abc import Mapping

from lab.cloud.exceptions import InvalidParameter, MissingParameter


class Parameters:
    """The parameters of one call. Values are never repeated in an error: they may be certificates."""

    def __init__(self, values: Mapping[str, str]) -> None:
        """Take name and value of each parameter."""
        self._values = values

    def text(self, name: str) -> str | None:
        """Return a parameter, or None when it is missing or empty."""
        return self._values.get(name) or None

    def required(self, name: str) -> str:
        """Return a parameter.

        Raises:
            MissingParameter: it is missing or empty.
        """
        value = self.text(name)
        if value is None:
            raise MissingParameter(name)
        return value

    def integer(self, name: str, *, least: int, most: int | None = None) -> int | None:
        """Return a parameter as a number, or None when it is missing.

        Raises:
            InvalidParameter: it is no number, or out of bounds.
        """
        text = self.text(name)
        if text is None:
            return None
        expected = f"a whole number of at least {least}" + ("" if most is None else f", at most {most}")
        if not text.isascii() or not text.isdecimal():
            raise InvalidParameter(name, expected)
        value = int(text)
        if value < least or (most is not None and value > most):
            raise InvalidParameter(name, expected)
        return value

    def required_integer(self, name: str, *, least: int) -> int:
        """Return a parameter as a number.

        Raises:
            MissingParameter: it is missing.
            InvalidParameter: it is no number, or too small.
        """
        value = self.integer(name, least=least)
        if value is None:
            raise MissingParameter(name)
        return value

    def boolean(self, name: str) -> bool | None:
        """Return a parameter as true or false, or None when it is missing.

        Raises:
            InvalidParameter: it is neither.
        """
        text = self.text(name)
        if text is None:
            return None
        if text.lower() not in {"true", "false"}:
            raise InvalidParameter(name, "true or false")
        return text.lower() == "true"

    def choice(self, name: str, choices: frozenset[str]) -> str | None:
        """Return a parameter that is one of `choices`, or None when it is missing.

        Raises:
            InvalidParameter: it is another word.
        """
        text = self.text(name)
        if text is not None and text not in choices:
            raise InvalidParameter(name, f"one of {', '.join(sorted(choices))}")
        return text

    def items(self, name: str, member: str = "") -> list[str]:
        """Return the list `Name.1`, `Name.2`, … or, with a member, `Name.1.Member`, …; empty when missing."""
        suffix = f".{member}" if member else ""
        values: list[str] = []
        while (value := self.text(f"{name}.{len(values) + 1}{suffix}")) is not None:
            values.append(value)
        return values

    def members(self, name: str) -> dict[str, str]:
        """Return the members of an object, `Name.Member`, by their own names."""
        prefix = f"{name}."
        return {key.removeprefix(prefix): value for key, value in self._values.items() if key.startswith(prefix)}

    def json_items(self, name: str) -> list[str]:
        """Return a list that is one JSON array of strings; empty when missing.

        Raises:
            InvalidParameter: it is something else.
        """
        text = self.text(name)
        if text is None:
            return []
        try:
            values = json.loads(text)
        except ValueError:
            values = None
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise InvalidParameter(name, "a JSON array of strings")
        return values

    def fingerprint(self) -> frozenset[tuple[str, str]]:
        """Return what distinguishes this call from another one with the same client token."""
        return frozenset(self._values.items())
