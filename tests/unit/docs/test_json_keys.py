"""Every key of a JSON document has its place on docs/reference/json.md or report.md, and nothing else has one.

Keys are read from the dictionaries in the code, so that one which is rare is found too.
"""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from alb_mtls.report_file import VARIABLE, begin_report
from tests.helpers.documents import REPOSITORY, codes, read, tables

JSON, REPORT = "reference/json.md", "reference/report.md"
_FINDING = ("alb_mtls/cluster/findings.py:Finding.to_json", "alb_mtls/cluster/acceptance.py:Accepted.to_json")
# Page and heading, and the functions whose keys stand below it. "" is the part of a page before its first heading.
PLACES: dict[tuple[str, str], tuple[str, ...]] = {
    (JSON, "A finding"): _FINDING,
    (JSON, "status"): (
        "ops/status.py:Status.to_json",
        "ops/status.py:_listener_to_json",
        "ops/git_owned.py:of_git",
        "ops/listener_standing.py:ListenerStanding.to_json",
        "ops/expiry.py:Expiry.to_json",
        "ops/rollover.py:Rollover.to_json",
        "ops/rollover_plans.py:plan_to_json",
    ),
    (JSON, "verify"): (
        "ops/verify.py:Verification.to_json",
        "ops/git_owned.py:of_git",
        "alb_mtls/handshake/checks.py:Check.as_dict",
        "alb_mtls/handshake/checks.py:Proof.as_dict",
    ),
    (JSON, "inventory"): (
        "ops/inventory.py:Entry.to_json",
        "ops/inventory_command.py:inventory",
        "ops/inventory_text.py:print_deny_list",
    ),
    (JSON, "doctor"): ("ops/doctor/diagnosis.py:Line.to_json", "ops/doctor/report.py:document_of"),
    (JSON, "export"): (
        "ops/export.py:Exported.to_json",
        "ops/export_all.py:ExportedAll.to_json",
        "ops/handing_over.py:HandingOver.to_json",
    ),
    (JSON, "fragment"): ("alb_mtls/cluster/listener_key.py:ListenerKey.to_json", "ops/fragment.py:Committed.to_json"),
    (JSON, "init"): ("ops/init/printing.py:Written.to_json", "ops/init/printing.py:print_lacking"),
    (JSON, "hold, resume, release"): ("ops/planned_write.py:PlannedWrite.to_json",),
    (JSON, "comment"): ("ops/comment/command.py:document_of",),
    (JSON, "report"): ("ops/report/document.py:document_of", "ops/report/document.py:_stack"),
}
# What these hold is said where the list stands that they are in, or on the page of the command.
ELSEWHERE = {
    "alb_mtls/cluster/hosts.py:ListenerHost.to_json",
    "alb_mtls/cluster/listener.py:ListenerState.to_json",
    "alb_mtls/cluster/listener_key.py:ListenerKey.to_json",
    "alb_mtls/cluster/owners.py:Owner.to_json",
    "alb_mtls/listeners/leaving.py:LeavingListener.to_json",
    "alb_mtls/listeners/planned.py:PlannedListener.to_json",
    "alb_mtls/listeners/proved_lines.py:ProvedListener.to_json",
    "alb_mtls/pki/outcomes.py:CertificateOutcome.to_json",
    "ops/report/certificates.py:Life.to_json",
    "ops/report/proofs.py:ProofRow.to_json",
    "ops/survey/report.py:Report.to_json",
}
OF_THE_REPORT = {one for one in ELSEWHERE if one.startswith("alb_mtls/")}


@cache
def _functions(path: str) -> dict[str, ast.FunctionDef]:
    found: dict[str, ast.FunctionDef] = {}

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                visit(child, f"{child.name}.")
            elif isinstance(child, ast.FunctionDef):
                found[f"{prefix}{child.name}"] = child

    visit(ast.parse((REPOSITORY / path).read_text("utf-8")), "")
    return found


def _keys(name: str) -> set[str]:
    path, _, function = name.partition(":")
    nodes = ast.walk(_functions(path)[function])
    keys = (key for node in nodes if isinstance(node, ast.Dict) for key in node.keys)
    return {str(key.value) for key in keys if isinstance(key, ast.Constant)}


def _section(page: str, heading: str) -> str:
    if not heading:
        return read(page)
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", read(page), re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/{page} has no heading {heading}"
    return found[1]


def _cells(text: str) -> Iterator[str]:
    for table in tables(text):
        for row in table:
            yield from row.values()


@pytest.mark.parametrize(("page", "heading"), PLACES)
def test_every_key_is_on_the_page_and_every_row_has_a_key(page: str, heading: str) -> None:
    known = set[str]().union(*map(_keys, PLACES[page, heading]))
    text = _section(page, heading)
    documented = {code for cell in _cells(text) for code in codes(cell)}
    first = {code for table in tables(text) for row in table for code in codes(next(iter(row.values())))}
    assert known - documented == set(), f"say what they hold in the tables of docs/{page}, {heading}"
    assert first - known == set(), f"docs/{page}, {heading}, has rows for keys that are gone"


def test_every_document_that_is_printed_has_its_place() -> None:
    paths = [path for room in ("ops", "alb_mtls") for path in (REPOSITORY / room).rglob("*.py")]
    found = {
        f"{path.relative_to(REPOSITORY)}:{name}"
        for path in paths
        if "json" in (text := path.read_text("utf-8")) or "as_dict" in text
        for name in _functions(str(path.relative_to(REPOSITORY)))
        if name.rpartition(".")[2] in {"to_json", "as_dict", "document_of"}
    }
    placed = {one for functions in PLACES.values() for one in functions} | ELSEWHERE
    assert found - placed == set(), (
        "give its keys a section of docs/reference/json.md, and a line of PLACES in test_json_keys.py"
    )
    assert {one for one in placed if one.rpartition(".")[2] == "to_json"} - found == set()


def test_every_key_of_the_report_of_a_run_is_on_its_page(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    begin_report({VARIABLE: str(path)}, command="up", project="p", stack="s", at="")
    known = set(json.loads(path.read_text("utf-8"))).union(*map(_keys, OF_THE_REPORT))
    documented = {code for cell in _cells(read(REPORT)) for code in codes(cell)}
    assert known - documented == set(), f"say what they hold in docs/{REPORT}"


def test_every_row_of_that_page_is_about_a_key_that_is_written() -> None:
    text = "\n".join(
        path.read_text("utf-8") for room in ("alb_mtls", "components") for path in (REPOSITORY / room).rglob("*.py")
    )
    rows = {code for table in tables(read(REPORT)) for row in table for code in codes(next(iter(row.values())))}
    assert {key for key in rows if not re.search(rf'"{key}"|\b{key}=', text)} == set()
