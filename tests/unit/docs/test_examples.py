"""Whatever the documents show in YAML can be used as it stands: a whole stack file, or a part of one.

These tests decide whether an example is accepted; what it brings about, the stack tests decide.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from alb_mtls.configuration.model import Settings
from tests.helpers.documents import DOCS, Example, examples

Parse = Callable[[Mapping[str, Any]], Settings]

_AROUND: dict[str, Any] = {
    "alb-mtls:rootCa": {"source": "imported", "certificateFile": "pki/root-ca.pem", "keyFile": "pki/root-ca.key"},
    "alb-mtls:cas": {"endpoint": "international"},
    "alb-mtls:listeners": [{"albConfig": "alb", "port": 443}],
}
_NAMESPACES = ("alb-mtls:", "alicloud:", "kubernetes:")
YAML = [example for page in sorted(DOCS.rglob("*.md")) for example in examples(str(page.relative_to(DOCS)), "yaml")]
STACK_FILES = [one for one in YAML if "config" in one.load()]
PARTS = [one for one in YAML if any(str(key).startswith("alb-mtls:") for key in one.load())]


def _own(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key.removeprefix("alb-mtls:"): value for key, value in values.items() if key.startswith("alb-mtls:")}


@pytest.mark.parametrize("example", STACK_FILES, ids=lambda one: one.label)
def test_a_whole_stack_file_is_accepted(parse: Parse, example: Example) -> None:
    config = example.load()["config"]
    assert [key for key in config if not key.startswith(_NAMESPACES)] == []
    assert parse(_own(config)).listeners


@pytest.mark.parametrize("example", PARTS, ids=lambda one: one.label)
def test_a_part_is_accepted_in_a_stack_file_that_works_without_it(parse: Parse, example: Example) -> None:
    part = example.load()
    assert [key for key in part if not key.startswith(_NAMESPACES)] == []
    assert parse(_own({**_AROUND, **part})).listeners


def test_the_documents_show_stack_files_and_parts() -> None:
    assert len(STACK_FILES) > 3
    assert len(PARTS) > 6
