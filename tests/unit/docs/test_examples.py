"""Whatever the documents show in YAML can be used as it stands: a whole stack file, or a part of one.

These tests decide whether an example is accepted; what it brings about, the stack tests decide.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from alb_mtls.configuration.model import Settings
from tests.helpers.documents import DOCS, examples

Parse = Callable[[Mapping[str, Any]], Settings]

_AROUND: dict[str, Any] = {
    "alb-mtls:rootCa": {"source": "imported", "certificateFile": "pki/root-ca.pem", "keyFile": "pki/root-ca.key"},
    "alb-mtls:cas": {"endpoint": "international"},
    "alb-mtls:listeners": [{"albConfig": "alb", "port": 443}],
}
YAML = [example for page in sorted(DOCS.rglob("*.md")) for example in examples(str(page.relative_to(DOCS)), "yaml")]
STACK_FILES = [(one, one.load()["config"]) for one in YAML if "config" in one.load()]
# A part is one of a stack file that works without it.
PARTS = [
    (one, {**_AROUND, **one.load()}) for one in YAML if any(str(key).startswith("alb-mtls:") for key in one.load())
]


@pytest.mark.parametrize(
    "config", [pytest.param(config, id=example.label) for example, config in [*STACK_FILES, *PARTS]]
)
def test_a_whole_stack_file_or_a_part_of_one_is_accepted(parse: Parse, config: Mapping[str, Any]) -> None:
    # In a program of one's own the keys begin with the name of its project.
    own_keys = next(key.removesuffix("rootCa") for key in config if key.endswith(":rootCa"))
    assert [key for key in config if not key.startswith((own_keys, "alicloud:", "kubernetes:"))] == []
    own = {key.removeprefix(own_keys): value for key, value in config.items() if key.startswith(own_keys)}
    assert parse(own).listeners
