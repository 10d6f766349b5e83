"""The outputs of a stack and the codes of findings stand on their pages, each with its row and no other."""

import ast
from collections.abc import Iterator
from dataclasses import fields

from alb_mtls.cluster.findings import FindingCode
from alb_mtls.cluster.severity import WORST_FIRST
from alb_mtls.configuration import accepted
from alb_mtls.listener_resources import ProofShown
from alb_mtls.properties import camel_case
from ops.findings import OF_A_LISTENER, OpsFindingCode
from tests.helpers.documents import REPOSITORY, codes, read, tables

CONFIGURATION, OPERATIONS = read("reference/configuration.md"), read("reference/operations.md")
CODES = {*FindingCode, *OpsFindingCode}


def _dictionaries(function: str, module: str = "outputs") -> Iterator[set[str]]:
    tree = ast.parse((REPOSITORY / "components" / f"{module}.py").read_text("utf-8"))
    found = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function)
    for node in ast.walk(found):
        if isinstance(node, ast.Dict) and node.keys:
            yield {str(key.value) for key in node.keys if isinstance(key, ast.Constant)}


def _rows() -> dict[str, str]:
    [rows] = (table for table in tables(CONFIGURATION) if "Output" in table[0])
    return {codes(row["Output"])[0]: row["What it holds"] for row in rows}


def test_every_output_has_its_row_and_no_other() -> None:
    [outputs] = (keys for keys in _dictionaries("outputs") if "readme" in keys)
    assert set(_rows()) == outputs


def test_the_row_of_listeners_names_every_key_and_no_other() -> None:
    of_all = [keys for keys in _dictionaries("outputs") if keys & {"caIdentifier", "identityHeaders"}]
    assert set(codes(_rows()["listeners"])) - {"alb/443"} == set[str]().union(*of_all)


def test_the_row_of_certificates_names_every_key() -> None:
    found = _dictionaries("shown_certificates", "client_certificate")
    [keys] = (keys for keys in found if "fingerprint" in keys)
    assert keys <= set(codes(_rows()["certificates"]))


def test_what_a_proof_has_shown_is_explained_key_by_key() -> None:
    explained = CONFIGURATION[CONFIGURATION.index("`proof` says how far that reaches") :]
    named = codes(explained[: explained.index("\n\n") if "\n\n" in explained else None])
    assert {camel_case(field.name) for field in fields(ProofShown)} - set(named) == set()


def _finding_rows() -> dict[str, dict[str, str]]:
    [rows] = (table for table in tables(OPERATIONS) if set(table[0]) == {"code", "what it means", "from"})
    return {code: row for row in rows for code in codes(row["code"])}


def test_every_code_of_a_finding_has_its_row_and_no_other() -> None:
    assert set(_finding_rows()) == CODES, "its row belongs into docs/reference/operations.md, Watching a stack"


def test_every_row_says_what_the_finding_means_and_what_finds_it() -> None:
    assert [code for code, row in _finding_rows().items() if not (row["what it means"] and row["from"])] == []


def test_every_code_has_its_place_among_the_worst() -> None:
    assert set(WORST_FIRST) == CODES


def test_the_page_says_which_findings_are_problems() -> None:
    [line] = (line for line in OPERATIONS.splitlines() if line.startswith("A `problem` is "))
    assert set(codes(line)) - {"problem", "warning"} == set(OF_A_LISTENER)


def test_the_page_says_what_nobody_may_accept() -> None:
    [row] = (row for table in tables(CONFIGURATION) for row in table if row.get("Key") == "`accept[].code`")
    assert set(codes(row["Meaning"].split(":")[0])) == set(accepted._NEVER)  # noqa: SLF001 - the list that the page repeats
