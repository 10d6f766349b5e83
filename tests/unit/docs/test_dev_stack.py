"""Pulumi.dev.yaml shows every key that this version accepts; those that exclude another stand in its comments."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml

from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.parse import TOP_KEYS, parse_settings
from alb_mtls.pki.encoding import certificate_pem
from tests.helpers.certificates import make_root
from tests.helpers.documents import REPOSITORY, codes, read, tables
from tests.helpers.stack_file import surroundings

Parse = Callable[[Mapping[str, Any]], Settings]

FILE = REPOSITORY / "Pulumi.dev.yaml"
TEXT = FILE.read_text("utf-8")
CONFIG: dict[str, Any] = yaml.safe_load(TEXT)["config"]
OWN = {key.removeprefix("alb-mtls:"): value for key, value in CONFIG.items() if key.startswith("alb-mtls:")}
# That the page has every key of the program and no other, test_configuration.py decides.
ACCEPTED = [
    key
    for table in tables(read("reference/configuration.md"))
    if "Key" in table[0]
    for row in table
    if ":" not in (key := codes(row["Key"])[0])
]
# Of a client these are documented by naming the same of the root CA, of a fleet by naming them.
_AS_OF_THE_ROOT = {
    "clients[].subject": "rootCa.subject",
    "clients[].key": "rootCa.key",
    "fleets[].subject": "subject",
    "fleets[].key": "key",
}


def _paths(value: Any, path: str) -> Iterator[str]:
    yield path
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _paths(item, f"{path}.{name}")
    if isinstance(value, list):
        for item in value:
            yield from _paths(item, f"{path}[]")


GIVEN = {path for key, value in OWN.items() for path in _paths(value, key)}


def _comments(top: str) -> str:
    """Return the comments on a key of the namespace and on all that it holds."""
    section = re.search(rf"^  alb-mtls:{top}:.*\n(?:    .*\n)*", TEXT, re.MULTILINE)
    assert section is not None, top
    return " ".join(line.partition(" # ")[2] for line in section[0].splitlines())


@pytest.mark.parametrize("key", ACCEPTED)
def test_a_key_that_is_accepted_is_set_or_named_in_a_comment(key: str) -> None:
    if key in GIVEN:
        return
    owner, _, name = key.rpartition(".")
    comments = _comments(re.split(r"\[|\.", key)[0])
    documented = _AS_OF_THE_ROOT.get(owner, name)
    assert re.search(rf"\b{re.escape(documented)}\b", comments), comments


def test_no_key_is_given_that_is_not_accepted() -> None:
    region = {"alicloud:region": CONFIG["alicloud:region"]}
    around = surroundings(region=region, read_file=lambda _: certificate_pem(make_root().certificate))
    assert parse_settings(OWN, around).warnings == ()
    assert set(OWN) == set(TOP_KEYS)


def test_the_file_is_written_as_the_cli_writes_it() -> None:
    assert 'alb-mtls:enabled: "true"' in TEXT
    assert "secure:" not in TEXT
    assert not [line for line in TEXT.splitlines() if re.search(r"\S(  +#|\t)", line)]
