"""What a section of the bench is: how it is measured, and what of it is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

from tools.bench.size import Size
from tools.bench.table import Table

Report = Callable[[str], None]
F = TypeVar("F", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What a section measures with.

    Attributes:
        folder: of its own, empty and gone afterwards.
        size: how much is measured.
        report: is called with each step.
    """

    folder: Path
    size: Size
    report: Report


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A row of the first table of the page.

    Attributes:
        figure: what is measured.
        aim: the bound in words.
        measured: the figure in words, with what else is to be known of it.
        met: whether it is within the bound; None where there is none.
    """

    figure: str
    aim: str
    measured: str
    met: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Section(Generic[F]):
    """One part of the page.

    Attributes:
        name: on the command line, and of the file that keeps its figures.
        figures: the type of its figures.
        measure: takes them.
        tables: shows them.
        goals: those of the first table that these figures answer.
        by_default: whether `make bench` takes them; others take ten minutes and more each.
        picture: draws them, into the file that the page shows; None without one.
    """

    name: str
    figures: type[F]
    measure: Callable[[Bench], F]
    tables: Callable[[F], list[Table]]
    goals: Callable[[F], list[Goal]] = lambda _figures: []
    by_default: bool = True
    picture: Callable[[F], str] | None = None
