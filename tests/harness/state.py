"""What a program registers and what the state holds of it: plain values that go from process to process."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Properties = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Desired:
    """A resource as the program registers it.

    Attributes:
        name: of the resource; names are unique here.
        inputs: as the program gives them, the pickled provider among them, but for the references.
        references: inputs that are outputs of other resources, as (resource, output); of one deeper in the inputs, the
            way to it with `/`. An output that is not there is left out.
        lists: inputs that are lists of such outputs.
    """

    name: str
    inputs: Properties
    references: dict[str, tuple[str, str]] = field(default_factory=dict)
    lists: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)


@dataclass(kw_only=True)
class Resource:
    """A resource in the state.

    Attributes:
        replaced: there is a newer one of this name, and this one is to be deleted.
    """

    name: str
    id: str
    inputs: Properties
    outputs: Properties
    replaced: bool = False


@dataclass(kw_only=True)
class State:
    """The resources of a stack in the order of their creation.

    Attributes:
        file: that is complete at any time; None keeps the state in memory only.
    """

    file: Path | None = None
    resources: list[Resource] = field(default_factory=list)

    @classmethod
    def read(cls, file: Path) -> "State":
        """Read a state; one that was never written is empty."""
        if not file.exists():
            return cls(file=file)
        return cls(file=file, resources=[Resource(**each) for each in json.loads(file.read_text("utf-8"))])

    def save(self) -> None:
        """Write the state; a process killed here leaves the old one."""
        if self.file is None:
            return
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps([vars(each) for each in self.resources]), "utf-8")
        new.replace(self.file)

    def current(self, name: str) -> Resource | None:
        """Return the resource of a name that is not replaced yet."""
        return next((each for each in self.resources if each.name == name and not each.replaced), None)
