"""docs/how-to/production.md and rbac/ say what the code does: which calls it makes, and with which sentence it refuses.

These tests decide whether the page and the policies can be believed; whether the cloud agrees, nobody has tried.
"""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from alb_mtls.aliyun import errors as aliyun_errors
from alb_mtls.aliyun.sdk import ALB, CAS
from alb_mtls.cluster import claim_errors
from alb_mtls.cluster import errors as cluster_errors
from alb_mtls.handshake import errors as handshake_errors
from tests.helpers.documents import REPOSITORY, codes, read, tables

# What takes the name of an API first.
_CALLING = ("call", "_delete", "_entries")
# Without the name of an object.
_LISTING = re.compile(r"kubectl get (albconfig|ingress)(?=$|`| -)", re.MULTILINE)
_PLURALS = {"albconfig": "albconfigs", "ingress": "ingresses"}
_WRITES = ("Create", "Upload", "Delete")
_QUOTED = re.compile(r'"([^"]+)"')
# Both stay inside: the store reads again and repeats (alb_mtls/cluster/guarded_patch.py).
_NEVER_SEEN = {cluster_errors.PatchConflict, cluster_errors.ReplyLost}
_NO_SENTENCE = {aliyun_errors.CloudError, cluster_errors.ClusterError}


def _called_by(module: str) -> set[str]:
    tree = ast.parse((REPOSITORY / "alb_mtls" / "aliyun" / module).read_text("utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    first = (node.args[0] for node in calls if ast.unparse(node.func).rpartition(".")[2] in _CALLING)
    return {one.value for one in first if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def _actions() -> set[str]:
    of_cas = _called_by("cas.py") | _called_by("cas_repositories.py")
    return {f"{CAS.ram_namespace}:{api}" for api in of_cas} | {
        f"{ALB.ram_namespace}:{api}" for api in _called_by("alb.py")
    }


def _policy(name: str) -> list[dict[str, Any]]:
    policy = json.loads((REPOSITORY / "rbac" / name).read_text("utf-8"))
    assert policy["Version"] == "1"
    statements: list[dict[str, Any]] = policy["Statement"]
    return statements


def _allowed(name: str) -> list[str]:
    return [action for statement in _policy(name) for action in statement["Action"]]


def _failures() -> list[dict[str, str]]:
    return [row for table in tables(read("how-to/production.md")) if "Error" in table[0] for row in table]


@cache
def _texts_of_the_program() -> tuple[str, ...]:
    paths = (path for room in ("components", "alb_mtls") for path in (REPOSITORY / room).rglob("*.py"))
    trees = (ast.parse(path.read_text("utf-8")) for path in paths)
    nodes = (node for tree in trees for node in ast.walk(tree))
    return tuple(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def _sentences() -> Iterator[str]:
    for row in _failures():
        yield from _QUOTED.findall(next(iter(row.values())))


def _errors_of(module: ModuleType) -> set[type[Exception]]:
    found = inspect.getmembers(module, inspect.isclass)
    return {kind for _, kind in found if issubclass(kind, Exception) and kind.__module__ == module.__name__}


def test_the_policy_allows_every_call_of_the_program_and_no_other() -> None:
    allowed = _allowed("ram-policy-up.json")
    assert set(allowed) == _actions()
    assert len(allowed) == len(set(allowed))


@pytest.mark.parametrize(
    ("name", "left_out"), [("preview", {"yundun-cert:GetCertWarehouseQuota"}), ("operations", set())]
)
def test_who_does_no_up_may_read_and_nothing_that_writes(name: str, left_out: set[str]) -> None:
    reading = {action for action in _actions() if not action.split(":")[1].startswith(_WRITES)}
    assert set(_allowed(f"ram-policy-{name}.json")) == reading - left_out
    assert reading < _actions()


@pytest.mark.parametrize("name", ["ram-policy-up.json", "ram-policy-preview.json", "ram-policy-operations.json"])
def test_a_policy_allows_and_names_every_resource(name: str) -> None:
    # CAS knows operations only; of ALB a listener that is hidden would look like one that binds no CA.
    assert {(one["Effect"], one["Resource"]) for one in _policy(name)} == {("Allow", "*")}


def test_the_page_explains_every_action_and_no_other() -> None:
    rows = [row for table in tables(read("how-to/production.md")) if "Action" in table[0] for row in table]
    assert {codes(row["Action"])[0] for row in rows} == _actions()


def test_whoever_reads_what_rbac_is_for_finds_every_file_of_it() -> None:
    named = set(re.findall(r"\(\.\./\.\./rbac/([^)#]+)\)", read("how-to/production.md")))
    assert named == {path.name for path in (REPOSITORY / "rbac").iterdir()}


@pytest.mark.parametrize(
    ("name", "verbs"),
    [("up", [["get", "list", "patch"]]), ("on-call", [["get", "patch"]]), ("preview", []), ("operations", [])],
)
def test_a_cluster_role_writes_nothing_but_albconfigs(name: str, verbs: list[list[str]]) -> None:
    role = yaml.safe_load((REPOSITORY / "rbac" / f"cluster-role-{name}.yaml").read_text("utf-8"))
    writing = [rule for rule in role["rules"] if set(rule["verbs"]) - {"get", "list"}]
    assert [(rule["resources"], rule["verbs"]) for rule in writing] == [(["albconfigs"], each) for each in verbs]


@pytest.mark.parametrize("page", ["incident.md", "locked-out.md"])
def test_a_page_for_on_call_names_the_role_that_allows_the_listings_which_the_one_for_on_call_does_not(
    page: str,
) -> None:
    text = read(f"how-to/{page}")
    listed = {_PLURALS[kind] for kind in _LISTING.findall(text)}
    may = {
        name: {
            kind
            for rule in yaml.safe_load((REPOSITORY / "rbac" / name).read_text("utf-8"))["rules"]
            for kind in (rule["resources"] if "list" in rule["verbs"] else ())
        }
        for name in re.findall(r"\(\.\./\.\./rbac/(cluster-role-[\w-]+\.yaml)\)", text)
    }
    assert {"albconfigs", "ingresses"} == listed <= may["cluster-role-operations.yaml"]
    assert not may.get("cluster-role-on-call.yaml")


@pytest.mark.parametrize("path", sorted((REPOSITORY / "rbac").glob("*.yaml")), ids=lambda path: path.name)
def test_a_file_of_rbac_begins_with_for_whom_it_is_and_how_it_is_applied(path: Path) -> None:
    comment = "".join(takewhile(lambda line: line.startswith("#"), path.read_text("utf-8").splitlines(keepends=True)))
    assert "# Only " in comment or "# For whoever " in comment or "# An example" in comment
    assert re.search(rf"kubectl apply .*-f rbac/{path.name}", comment)


@pytest.mark.parametrize("sentence", list(_sentences()))
def test_a_quoted_sentence_is_one_of_the_program(sentence: str) -> None:
    for piece in (piece.strip() for piece in sentence.split("…")):
        assert any(piece in text for text in _texts_of_the_program()), piece


@pytest.mark.parametrize(
    ("prefix", "modules"),
    [
        ("aliyun", (aliyun_errors,)),
        ("cluster", (cluster_errors, claim_errors)),
        ("handshake", (handshake_errors,)),
    ],
)
def test_every_error_has_its_row(prefix: str, modules: tuple[ModuleType, ...]) -> None:
    documented = {code for row in _failures() for code in codes(row["Error"]) if code.startswith(f"{prefix}.")}
    known = {kind for module in modules for kind in _errors_of(module)} - _NEVER_SEEN - _NO_SENTENCE
    assert documented == {f"{prefix}.{kind.__name__}" for kind in known}


def test_every_row_says_what_to_do() -> None:
    assert [row for row in _failures() if not row["What to do"]] == []
