"""That the heavy SDKs are imported by the first call, not by whoever imports the clients."""

import ast
from pathlib import Path

import pytest

import alb_mtls.aliyun

HEAVY = {
    "alibabacloud_cas20200407",
    "alibabacloud_alb20200616",
    "alibabacloud_credentials",
    "alibabacloud_tea_openapi",
}
LOWER = {"Tea", "darabonba", "requests", "urllib3", "cryptography"}
# Imported only when an SDK is: a class of `requests` is its base.
WITH_THE_SDKS = "http_session"
MODULES = sorted(one for one in Path(alb_mtls.aliyun.__path__[0]).glob("*.py") if one.stem != WITH_THE_SDKS)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_module_imports_an_sdk_at_its_top(module: Path) -> None:
    top_level = ast.parse(module.read_text()).body
    names = {alias.name for node in top_level if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in top_level if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names}.isdisjoint(HEAVY | LOWER)
