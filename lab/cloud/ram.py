"""RAM policies: what a policy file allows whoever has it.

Deny outranks Allow, and what no statement allows is denied (Alibaba Cloud, "Policy evaluation logic").
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

_VERSION = "1"
_ELEMENTS = frozenset({"Effect", "Action", "Resource"})


class Decision(StrEnum):
    """How a policy decides; the two that deny are values of `NoPermissionType`."""

    ALLOW = "Allow"
    IMPLICIT_DENY = "ImplicitDeny"
    EXPLICIT_DENY = "ExplicitDeny"


class PolicyError(ValueError):
    """A policy is none, or has an element that the lab cannot evaluate."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The patterns of actions that are allowed, and those that are denied, on all resources."""

    allowed: tuple[str, ...]
    denied: tuple[str, ...]

    @classmethod
    def read(cls, file: Path) -> "Policy":
        """Read a policy file.

        Raises:
            PolicyError: it is none, or has an element that the lab cannot evaluate; names the file.
        """
        try:
            return cls.of(json.loads(file.read_text("utf-8")))
        except ValueError as error:
            message = f"{file}: {error}"
            raise PolicyError(message) from None

    @classmethod
    def of(cls, document: Any) -> "Policy":
        """Read a policy.

        Raises:
            PolicyError: it is none, or has an element that the lab cannot evaluate.
        """
        if not isinstance(document, Mapping) or document.get("Version") != _VERSION:
            message = f'a RAM policy is an object with "Version": "{_VERSION}"'
            raise PolicyError(message)
        patterns: dict[str, list[str]] = {"Allow": [], "Deny": []}
        for statement in document["Statement"]:
            if set(statement) != _ELEMENTS or statement["Effect"] not in patterns or statement["Resource"] != "*":
                message = f"the lab evaluates Effect (Allow, Deny), Action and Resource *, and not {statement}"
                raise PolicyError(message)
            patterns[statement["Effect"]] += _texts(statement["Action"])
        return cls(allowed=tuple(patterns["Allow"]), denied=tuple(patterns["Deny"]))

    def decide(self, action: str) -> Decision:
        """Return whether an action, such as `alb:ListListeners`, is allowed."""
        if any(fnmatchcase(action, pattern) for pattern in self.denied):
            return Decision.EXPLICIT_DENY
        if any(fnmatchcase(action, pattern) for pattern in self.allowed):
            return Decision.ALLOW
        return Decision.IMPLICIT_DENY


EVERYTHING = Policy(allowed=("*",), denied=())


def _texts(value: Any) -> Iterator[str]:
    # One value may stand without a list.
    yield from [value] if isinstance(value, str) else value
