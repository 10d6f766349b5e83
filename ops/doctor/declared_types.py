"""Values that Pulumi refuses by the types of Pulumi.yaml before the program runs, which itself would take them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

_WHOLE = {"array": "a list", "object": "an object"}


def refused_by_pulumi(printed: Mapping[str, Any], project: str, file: Path = Path("Pulumi.yaml")) -> Iterator[str]:
    """Yield a sentence by key; nothing where the project file cannot be read, of which the CLI speaks.

    Args:
        printed: what `pulumi config --json` prints; only what is no text has `objectValue`.
        project: namespace of the keys.
        file: that declares the types.
    """
    try:
        declared = yaml.safe_load(file.read_text("utf-8"))["config"].items()
    except (OSError, ValueError, LookupError, TypeError, AttributeError, yaml.YAMLError):
        return
    for name, one in declared:
        kind = one.get("type") if isinstance(one, Mapping) else None
        entry = printed.get(f"{project}:{name}", {})
        if kind == "boolean" and entry.get("value") == "":
            yield f"{name}: has no value, at which Pulumi stops; give true or false, or leave the key out"
        elif kind in _WHOLE and entry.get("value") and entry.get("objectValue") is None:
            yield f"{name}: is a text, and Pulumi takes only {_WHOLE[kind]}; take the quotes around it away"
