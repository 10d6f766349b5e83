"""Tables of figures, for a terminal and for a document."""

from dataclasses import dataclass, field

from rich.console import Console
from rich.markdown import Markdown


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table and what is to be read below it."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """Add a row of as many cells as there are columns."""
        self.rows.append(cells)

    def show(self, console: Console) -> None:
        """Print it."""
        console.print(Markdown(self.markdown()))

    def markdown(self) -> str:
        """Return it as a section of a Markdown document."""
        head = f"| {' | '.join(self.columns)} |"
        line = f"|---|{'---:|' * (len(self.columns) - 1)}"
        body = [f"| {' | '.join(row)} |" for row in self.rows]
        return "\n".join([f"## {self.title}", "", head, line, *body, "", *self.notes, ""])


def against(figure: float, bounds: dict[str, float]) -> str:
    """Return each bound, and whether a figure is within it."""
    return ", ".join(f"{name} {bound:g}: {'met' if figure <= bound else 'MISSED'}" for name, bound in bounds.items())
