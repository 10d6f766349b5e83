"""A table reads the same in a terminal's pipe and in a document."""

import io

import pytest
from rich.console import Console

from tools.bench.table import Table

TABLE = Table(title="Speed", columns=("what", "time"), rows=[("an `up`", "1.0 s")], notes=["One note."])


def test_a_document_gets_a_section_with_a_markdown_table() -> None:
    assert TABLE.markdown().splitlines() == [
        "## Speed",
        "",
        "| what | time |",
        "|---|---:|",
        "| an `up` | 1.0 s |",
        "",
        "One note.",
    ]


def test_a_pipe_gets_plain_text_with_every_figure() -> None:
    piped = io.StringIO()
    TABLE.show(Console(file=piped, width=80))
    printed = piped.getvalue()
    assert "an `up`" in printed
    assert "1.0 s" in printed
    assert "One note." in printed
    assert "\x1b" not in printed


def test_a_row_of_as_many_cells_as_columns_is_taken() -> None:
    table = Table(title="Speed", columns=("what", "time"))
    table.add("an `up`", "1.0 s")
    assert table.rows == [("an `up`", "1.0 s")]


def test_a_row_with_a_cell_too_many_is_refused() -> None:
    table = Table(title="Speed", columns=("what", "time"))
    with pytest.raises(ValueError, match=r"'an `up`' has 3 cells, but there are 2 columns"):
        table.add("an `up`", "1.0 s", "more")
