"""Which changes are tried: some, drawn at random, of all that cosmic-ray would make."""

import ast
import random
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Position = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change of cosmic-ray's session."""

    job: str
    module: str
    operator: str
    start: Position

    @property
    def place(self) -> tuple[str, str, Position]:
        """Where, and of what kind: a `+` alone has eleven replacements, and is one place nevertheless."""
        return self.module, self.operator.partition("_")[0], self.start


def keep_sample(session: Path, sources: Path, *, count: int, seed: int) -> int:
    """Leave `count` changes in a session, at as many places, and none in an annotation; return how many places exist.

    Args:
        session: as `cosmic-ray init` has written it.
        sources: folder that its module paths start at.
        count: how many are left.
        seed: of the draw.
    """
    with sqlite3.connect(session) as database:
        places: dict[tuple[str, str, Position], list[str]] = defaultdict(list)
        for change in _changes(database, sources):
            places[change.place].append(change.job)
        draw = random.Random(seed)  # noqa: S311 - a draw that can be repeated
        chosen = {draw.choice(sorted(places[place])) for place in draw.sample(sorted(places), count)}
        for table in ("mutation_specs", "work_items"):
            rows = [job for (job,) in database.execute(f"SELECT job_id FROM {table}") if job not in chosen]  # noqa: S608 - a name from above
            database.executemany(f"DELETE FROM {table} WHERE job_id = ?", [(job,) for job in rows])  # noqa: S608 - the same
    return len(places)


def _changes(database: sqlite3.Connection, sources: Path) -> Iterator[Change]:
    annotations: dict[str, list[tuple[Position, Position]]] = {}
    rows = database.execute(
        "SELECT job_id, module_path, operator_name, start_pos_row, start_pos_col FROM mutation_specs"
    )
    for job, module, operator, row, column in rows:
        if module not in annotations:
            annotations[module] = list(_annotations((sources / module).read_text("utf-8")))
        if not any(begin <= (row, column) < end for begin, end in annotations[module]):
            yield Change(job=job, module=module, operator=operator, start=(row, column))


def _annotations(source: str) -> Iterator[tuple[Position, Position]]:
    """Yield where annotations begin and end: any change of a `|` between types ends the import and proves nothing."""
    for node in ast.walk(ast.parse(source)):
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if annotation is not None:
                yield (annotation.lineno, annotation.col_offset), (annotation.end_lineno, annotation.end_col_offset)
