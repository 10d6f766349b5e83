"""Whatever the documents show in YAML can be used as it is pasted: a whole stack file, or a part of one.

A whole one begins with `config:`, a part is indented as it stands below that line. These tests decide whether an
example is accepted; what it brings about, the stack tests decide.
"""

import re
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.parse import parse_settings
from alb_mtls.pki.duration import length_of
from tests.helpers.documents import DOCS, Example, examples
from tests.helpers.stack_file import surroundings

Parse = Callable[[Mapping[str, Any]], Settings]

_AROUND: dict[str, Any] = {
    "alb-mtls:rootCa": {"source": "imported", "certificateFile": "pki/root-ca.pem", "keyFile": "pki/root-ca.key"},
    "alb-mtls:cas": {"endpoint": "international"},
    "alb-mtls:listeners": [{"albConfig": "alb", "port": 443}],
}
YAML = [example for page in sorted(DOCS.rglob("*.md")) for example in examples(str(page.relative_to(DOCS)), "yaml")]
_CONFIG = re.compile(r"^config:$", re.MULTILINE)
_OWN_KEY = re.compile(r"^ *alb-mtls:", re.MULTILINE)
WHOLE = [one for one in YAML if _CONFIG.search(one.text)]
PARTS = [one for one in YAML if _OWN_KEY.search(one.text) and one not in WHOLE]
_FILES_OF_ALL = "how-to/production.md"
# As `doctor --production` asks for.
_LONGEST = timedelta(days=90)
_MAKING = ("mkdir", "openssl", "printf", "for client")


def _of_the_program(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of the program alone; in a program of one's own they begin with the name of its project."""
    namespace = next(key.removesuffix("rootCa") for key in config if key.endswith(":rootCa"))
    assert [key for key in config if not key.startswith((namespace, "alicloud:", "kubernetes:"))] == []
    return {key.removeprefix(namespace): value for key, value in config.items() if key.startswith(namespace)}


def _lives(settings: Settings) -> list[timedelta]:
    return [length_of(one.validity) for one in settings.everybody if one.certificate_pem is None]


def _commands_that_make_files(page: str) -> list[str]:
    lines = [line for block in examples(page, "console") for line in block.text.splitlines()]
    text = "\n".join(line for line in lines if line.startswith(("$ ", "> "))).replace("\n> ", "\n")
    commands = [one.removeprefix("$ ") for one in re.split(r"\n(?=\$ )", text)]
    return [one for one in commands if one.startswith(_MAKING)]


@pytest.mark.parametrize("example", [pytest.param(one, id=one.label) for one in WHOLE])
def test_a_whole_stack_file_is_accepted_with_the_files_that_commands_of_the_pages_make_and_rejects_nobody(
    example: Example, tmp_path: Path
) -> None:
    assert len(_CONFIG.findall(example.text)) == 1
    assert list(example.load()) == ["config"]
    page = example.document if "openssl req -x509" in (DOCS / example.document).read_text("utf-8") else _FILES_OF_ALL
    for command in _commands_that_make_files(page):
        subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True, capture_output=True)
    around = surroundings(now=datetime.now(UTC), read_file=lambda path: (tmp_path / path).read_text("utf-8"))
    settings = parse_settings(_of_the_program(example.load()["config"]), around)
    assert settings.listeners
    assert not settings.enabled
    assert all(one <= _LONGEST for one in _lives(settings))


@pytest.mark.parametrize("example", [pytest.param(one, id=one.label) for one in PARTS])
def test_a_part_of_a_stack_file_is_accepted_below_the_line_of_a_whole_one(parse: Parse, example: Example) -> None:
    pasted = yaml.safe_load(f"config:\n{example.text}")
    assert list(pasted) == ["config"]
    settings = parse(_of_the_program({**_AROUND, **pasted["config"]}))
    assert settings.listeners
    assert all(one <= _LONGEST for one in _lives(settings))


def test_every_example_with_a_key_of_the_program_is_one_or_the_other() -> None:
    assert len(WHOLE) >= 5
    assert len(PARTS) >= 20
    assert [one.label for one in YAML if "rootCa:" in one.text and one not in (*WHOLE, *PARTS)] == []
