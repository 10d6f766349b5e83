"""The pages that come from the code are as `make docs` writes them; what people wrote beside them is complete."""

import difflib

import pytest
from typer.main import get_command

import ops.cli
from tests.documents.pages import PAGES
from tests.helpers.documents import DOCS, codes, read, tables


@pytest.mark.parametrize("name", PAGES)
def test_a_page_from_the_code_is_as_make_docs_writes_it(name: str) -> None:
    path = DOCS / name
    written = path.read_text("utf-8") if path.exists() else ""
    changed = list(difflib.unified_diff(written.splitlines(), PAGES[name]().splitlines(), lineterm="", n=0))
    assert changed == [], (
        f"docs/{name} is not what the code says: run `make docs` (python -m tests.documents) and commit it"
    )


def test_every_command_of_ops_has_its_row_on_the_page_of_operations() -> None:
    [rows] = (table for table in tables(read("reference/operations.md")) if "answers" in table[0])
    documented = {code.split()[0] for row in rows for code in codes(row["command"])}
    group = get_command(ops.cli.app)
    known = set(group.commands)  # type: ignore[attr-defined] # a group, since there are several commands
    assert documented == known, "its row belongs into the first table of docs/reference/operations.md"


@pytest.mark.parametrize("app", [ops.cli.app], ids=["ops"])
def test_every_option_says_what_it_does(app: object) -> None:
    group = get_command(app)  # type: ignore[arg-type]
    silent = [
        f"{name} {param.opts[0]}"
        for name, command in group.commands.items()  # type: ignore[attr-defined]
        for param in command.params
        if not param.help
    ]
    assert silent == []
