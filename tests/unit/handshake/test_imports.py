"""That OpenSSL, h2 and aioquic are imported by the first handshake, not by whoever looks at a plan."""

import ast
from pathlib import Path

import pytest

import alb_mtls.handshake

HEAVY = {"OpenSSL", "aioquic", "h2", "service_identity"}
# The one module that is made of aioquic; so nobody may import it at the top.
HTTP3_REQUEST = "alb_mtls.handshake.http3_request"
MODULES = sorted(Path(alb_mtls.handshake.__path__[0]).glob("*.py"))


@pytest.mark.parametrize(
    "module", [path for path in MODULES if path.stem != HTTP3_REQUEST.rpartition(".")[2]], ids=lambda path: path.stem
)
def test_no_module_imports_a_heavy_library_at_its_top(module: Path) -> None:
    top_level = ast.parse(module.read_text()).body
    names = {alias.name for node in top_level if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in top_level if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names}.isdisjoint(HEAVY)
    assert HTTP3_REQUEST not in names
