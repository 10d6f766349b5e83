"""Tables of figures, for a terminal and for a document."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from rich.console import Console
from rich.markdown import Markdown


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table and what is to be read below it.

    Attributes:
        words: whether its cells are words, which begin at the left, rather than figures.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    words: bool = False

    def add(self, *cells: str) -> None:
        """Add a row of as many cells as there are columns."""
        self.rows.append(cells)

    def show(self, console: Console) -> None:
        """Print it."""
        console.print(Markdown(self.markdown()))

    def markdown(self) -> str:
        """Return it as a section of a Markdown document."""
        head = f"| {' | '.join(self.columns)} |"
        line = f"|---|{('---|' if self.words else '---:|') * (len(self.columns) - 1)}"
        body = [f"| {' | '.join(row)} |" for row in self.rows]
        return "\n".join([f"## {self.title}", "", head, line, *body, "", *self.notes]).rstrip() + "\n"


def against(figure: float, bounds: dict[str, float]) -> str:
    """Return each bound, and whether a figure is within it."""
    return ", ".join(f"{name} {bound:g}: {'met' if figure <= bound else 'MISSED'}" for name, bound in bounds.items())


def spread(figures: Sequence[float], *, digits: int = 2, unit: str = " s") -> tuple[str, str]:
    """Return the median and the range of figures, in words; of one figure there is no range."""
    middle = f"{median(figures):.{digits}f}{unit}"
    if len(figures) == 1:
        return middle, "one round"
    return middle, f"{min(figures):.{digits}f} to {max(figures):.{digits}f}{unit}"


def spread_text(figures: Sequence[float], *, digits: int = 2, unit: str = " s") -> str:
    """Return the same in one text."""
    middle, around = spread(figures, digits=digits, unit=unit)
    return f"{middle} ({around})"


def ratios(figures: Sequence[float], bases: Sequence[float]) -> list[float]:
    """Return each figure by that of the same round."""
    return [figure / base for figure, base in zip(figures, bases, strict=True)]
