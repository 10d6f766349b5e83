"""The figures of each section, kept as data: the page is made from them, and nothing on it is typed by hand."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from tools.bench.conditions import Conditions


class Kept(BaseModel):
    """What one section has measured.

    Attributes:
        conditions: under which.
        figures: of the section's own type, as JSON has them.
    """

    conditions: Conditions
    figures: dict[str, Any]


def keep(folder: Path, name: str, conditions: Conditions, figures: BaseModel) -> None:
    """Write the figures of a section."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = Kept(conditions=conditions, figures=figures.model_dump(mode="json"))
    (folder / f"{name}.json").write_text(kept.model_dump_json() + "\n", "utf-8")


def kept(folder: Path, name: str) -> Kept | None:
    """Return the figures of a section; None where it was never measured."""
    path = folder / f"{name}.json"
    return Kept.model_validate_json(path.read_text("utf-8")) if path.exists() else None
