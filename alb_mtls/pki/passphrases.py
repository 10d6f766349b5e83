"""The passphrases of key files of imported root CAs: from the configuration or the environment, in no resource.

Providers are given the whole configuration by the engine, which keeps it in the state, secrets encrypted. So an input
would only be another copy, and what a variable holds is in no state at all.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

VARIABLE: Final = "ALB_MTLS_CA_KEY_PASSPHRASE"
KEY: Final = "keyPassphrase"


@dataclass(frozen=True, kw_only=True)
class Passphrase:
    """A passphrase and, for people, where it stands.

    Attributes:
        text: empty when nothing is known that opens the file.
        origin: a key of the configuration, or a variable.
        described_at: key of the object that names the file.
    """

    text: str = field(repr=False)
    origin: str
    described_at: str = "rootCa"

    @property
    def octets(self) -> bytes:
        """As OpenSSL takes it from a terminal: a variable may hold what is no UTF-8."""
        return self.text.encode("utf-8", "surrogateescape")


# Gives the passphrase for the path of a key file; None when no generation has that file.
PassphraseOf = Callable[[str], Passphrase | None]


def no_passphrase(_path: str) -> None:
    """Know none."""


@dataclass(frozen=True, kw_only=True)
class KeyPassphrases:
    """What opens the key files of a stack.

    Attributes:
        by_file: those of one file, by its path as configured.
        of_any: of the variable, for every other file; None without it.
    """

    by_file: Mapping[str, Passphrase] = field(default_factory=dict, repr=False)
    of_any: Passphrase | None = None

    @classmethod
    def read(cls, root_ca: Any, environment: Mapping[str, str]) -> "KeyPassphrases":
        """Find them, for a provider or a command: whether they are well formed, the program has said by then.

        Args:
            root_ca: value of `rootCa`, as JSON or decoded; what is no such object has none.
            environment: of the process.
        """
        found: dict[str, Passphrase] = {}
        for key, number, described in _described(_decoded(root_ca)):
            path = described.get("keyFile")
            passphrase = passphrase_for(described.get(KEY), f"{key}.{KEY}", number, environment)
            if isinstance(path, str):
                unknown = Passphrase(text="", origin=f"{key}.{KEY}")
                found.setdefault(path, replace(passphrase or unknown, described_at=key))
        return cls(by_file=found, of_any=_of_variable(VARIABLE, environment))

    def of(self, path: str) -> Passphrase | None:
        """Return the passphrase for a key file."""
        return self.by_file.get(path, self.of_any)

    def texts(self) -> list[str]:
        """Return all of them, to be hidden."""
        return [one.text for one in (*self.by_file.values(), self.of_any) if one is not None and one.text]


def passphrase_for(
    configured: Any, key: str, generation: int | None, environment: Mapping[str, str]
) -> Passphrase | None:
    """Return the passphrase of a generation: as configured, else that of its own variable, else that of all.

    Args:
        configured: value at `key`; what is no text, or empty, counts as none.
        key: of the configuration.
        generation: its number; None when it is not known.
        environment: of the process.
    """
    if isinstance(configured, str) and configured:
        return Passphrase(text=configured, origin=key)
    own = None if generation is None else _of_variable(f"{VARIABLE}_{generation}", environment)
    return own or _of_variable(VARIABLE, environment)


def _of_variable(name: str, environment: Mapping[str, str]) -> Passphrase | None:
    # CI sets a secret that a run may not read, as those of pull requests from forks, to nothing.
    text = environment.get(name)
    return Passphrase(text=text, origin=name) if text else None


def _decoded(root_ca: Any) -> Mapping[str, Any]:
    if isinstance(root_ca, str):
        try:
            root_ca = json.loads(root_ca)
        except (ValueError, RecursionError):
            return {}
    return root_ca if isinstance(root_ca, Mapping) else {}


def _described(root_ca: Mapping[str, Any]) -> list[tuple[str, int | None, Mapping[str, Any]]]:
    """Return what describes a generation by itself, each with its key in the configuration and its number."""
    entries = root_ca.get("generations")
    numbers = entries if isinstance(entries, list) else []
    plain = next((number for one in numbers if (number := _number(one)) is not None), 1)
    described: list[tuple[str, int | None, Mapping[str, Any]]] = [("rootCa", plain, root_ca)]
    for index, entry in enumerate(numbers):
        if isinstance(entry, Mapping):
            described.append((f"rootCa.generations[{index}]", _number(entry.get("number")), entry))
    return described


def _number(value: Any) -> int | None:
    # Pulumi hands every number on as a float.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number and float(value).is_integer() else None
