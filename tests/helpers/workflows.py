"""The workflows of .github as data."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.helpers.documents import REPOSITORY

FILES = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a job.

    Attributes:
        file: of its workflow.
        job: its job's key.
        whole: as it stands in the file.
    """

    file: Path
    job: str
    whole: dict[str, Any]

    @property
    def run(self) -> str | None:
        """Return its command."""
        return self.whole.get("run")

    @property
    def uses(self) -> str | None:
        """Return its action."""
        return self.whole.get("uses")

    @property
    def given(self) -> dict[str, Any]:
        """Return what its action is given."""
        return self.whole.get("with") or {}

    @property
    def environment(self) -> dict[str, str]:
        """Return its variables, as expressions."""
        return self.whole.get("env") or {}

    def __str__(self) -> str:
        """Name it as a failing test does."""
        return f"{self.file.stem}-{self.job}-{self.whole['name']}"


def _document(name: str) -> dict[Any, Any]:
    (file,) = (file for file in FILES if file.stem == name)
    document: dict[Any, Any] = yaml.safe_load(file.read_text("utf-8"))
    return document


def triggers(name: str) -> dict[str, Any]:
    """Return when a workflow runs."""
    # YAML 1.1, which PyYAML reads, takes `on` for true.
    found: dict[str, Any] = _document(name)[True]
    return found


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield workflow, key and content of each job."""
    for file in FILES:
        for job, content in _document(file.stem)["jobs"].items():
            yield file.stem, job, content


def steps(name: str) -> list[Step]:
    """Return the steps of a workflow, job by job, in their order."""
    (file,) = (file for file in FILES if file.stem == name)
    return [
        Step(file=file, job=job, whole=step)
        for job, content in _document(name)["jobs"].items()
        for step in content["steps"]
    ]
