"""docs/reference/configuration.md says what the program reads: every key and no other, the defaults, the bounds.

These tests decide whether the page can be believed; what the program does with a value, tests/unit/configuration does.
"""

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml

from alb_mtls.aliyun import credentials
from alb_mtls.configuration.accepted import ACCEPT_KEYS
from alb_mtls.configuration.clients import CLIENT_KEYS
from alb_mtls.configuration.fleets import FLEET_KEYS
from alb_mtls.configuration.generations import ROOT_CA_KEYS
from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.parse import TOP_KEYS
from alb_mtls.configuration.problems import SettingsError
from alb_mtls.configuration.proof import PROOF_KEYS
from alb_mtls.configuration.subjects import KEY_KEYS, SUBJECT_KEYS
from alb_mtls.configuration.targets import LISTENER_KEYS
from tests.helpers.documents import REPOSITORY, codes, read, tables

Parse = Callable[[Mapping[str, Any]], Settings]

# What has keys of its own has no row.
_OBJECTS = {"rootCa", "clients", "fleets", "cas", "alb", "listeners", "proof"}
_OBJECTS |= {"rootCa.subject", "rootCa.key", "clients[].subject", "clients[].key"}
_OBJECTS |= {"proof.client", "clients[].kubernetesSecret", "fleets[].subject", "fleets[].key"}
_SUBJECT = {"country": "CN", "state": "s", "locality": "l", "organization": "o", "organizationalUnit": "u"}
_COMPLETE: dict[str, Any] = {
    "rootCa": {"subject": _SUBJECT},
    "clients": [{"name": "alice"}],
    "fleets": [{"name": "devices", "namesFile": "names.txt"}],
    "cas": {"endpoint": "international"},
    "listeners": [{"albConfig": "alb", "port": 443}],
    "accept": [
        {"code": "WEAK_TLS_POLICY", "subject": "listener 443/HTTPS", "until": "2027-03-31", "reason": "old clients"}
    ],
}
_AROUND: dict[str, dict[str, Any]] = {
    "accept": {"accept": []},
    # The shortest one ends before any client.
    "rootCa.validity": {"clients": [], "fleets": []},
    "rootCa.certificateFile": {
        "rootCa": {"source": "imported", "certificateFile": "pki/root-ca.pem"},
        "clients": [],
        "fleets": [],
    },
    "rootCa.identifier": {"rootCa": {"source": "purchased", "identifier": "1ed65580"}, "clients": [], "fleets": []},
}

_TABLES = tables(read("reference/configuration.md"))
ROWS = {codes(row["Key"])[0]: row for table in _TABLES if "Key" in table[0] for row in table}
OWN = {key: row for key, row in ROWS.items() if ":" not in key}
REQUIRED = [key for key, row in OWN.items() if row["Default"] == "required"]
DEFAULTS = [
    (key, yaml.safe_load(found[0]))
    for key, row in OWN.items()
    if len(found := codes(row["Default"])) == 1 and "<stack>" not in found[0]
]


def _at_the_bounds(bounds: str) -> tuple[list[Any], list[Any]] | None:
    """Return what is taken and what is refused, where a cell has bounds or choices."""
    if found := re.fullmatch(r"(\d+) to (\d+)", bounds):
        least, most = map(int, found.groups())
        return [least, most], [least - 1, most + 1]
    if found := re.fullmatch(r"`(\d+)(\w)` to `(\d+)(\w)`", bounds):
        shortest, unit, longest, last = found.groups()
        return [f"{shortest}{unit}", f"{longest}{last}"], [f"{int(shortest) - 1}{unit}", f"{int(longest) + 1}{last}"]
    if re.fullmatch(r"`[^`]+`(, `[^`]+`)*", bounds):
        # As texts: `off` is one for the CLI, whose YAML is 1.2, and false for Python's.
        options = codes(bounds)
        if not options[0].isdecimal():
            return [*options], ["something-else"]
        numbers = sorted(map(int, options))
        return [*numbers], [numbers[-1] + 1]
    return None


BOUNDS = [
    (key, *values)
    for key, row in OWN.items()
    if key != "rootCa.source" and (values := _at_the_bounds(row["Bounds"])) is not None
]


def _around(key: str) -> dict[str, Any]:
    """Return a stack file in which the key means something."""
    values = copy.deepcopy({**_COMPLETE, **_AROUND.get(key, {})})
    if key.endswith("key.curve"):
        _place(values, key)["algorithm"] = "ecdsa"
    if key.endswith("key.size"):
        _place(values, key)["algorithm"] = "rsa"
    return values


def _place(values: dict[str, Any], key: str) -> dict[str, Any]:
    """Return the object that holds the key, made when it is missing."""
    place: Any = values
    for part in key.replace("[]", ".0").split(".")[:-1]:
        place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
    found: dict[str, Any] = place
    return found


def _with(key: str, value: Any) -> dict[str, Any]:
    values = _around(key)
    _place(values, key)[key.rpartition(".")[2]] = value
    return values


def _refused_keys(parse: Parse, values: Mapping[str, Any]) -> set[str]:
    try:
        parse(values)
    except SettingsError as error:
        return {re.sub(r"\[\d+\]", "[]", problem.split(": ", 1)[0]) for problem in error.problems}
    return set()


def _known_in(parse: Parse, place: str) -> set[str]:
    """Return the keys of an object, as the program lists them when it meets one that it does not know."""
    with pytest.raises(SettingsError) as refused:
        parse(_with(place, {"qqqqqqqq": 1}))
    listed = next(line for line in refused.value.problems if "known here are " in line)
    return {f"{place}.{name}" for name in listed.split("known here are ")[1].split(", ")}


def test_every_key_is_documented_and_no_other(parse: Parse) -> None:
    known = set(TOP_KEYS)
    places = (
        ("rootCa", ROOT_CA_KEYS),
        ("clients[]", CLIENT_KEYS),
        ("fleets[]", FLEET_KEYS),
        ("listeners[]", LISTENER_KEYS),
        ("proof", PROOF_KEYS),
        ("accept[]", ACCEPT_KEYS),
        *((f"{owner}.subject", SUBJECT_KEYS) for owner in ("rootCa", "clients[]", "fleets[]")),
        *((f"{owner}.key", KEY_KEYS) for owner in ("rootCa", "clients[]", "fleets[]")),
    )
    for place, names in places:
        known |= {f"{place}.{name}" for name in names}
    for place in ("cas", "alb", "proof.client", "clients[].kubernetesSecret"):
        known |= _known_in(parse, place)
    assert set(OWN) == known - _OBJECTS, "each key has one row in docs/reference/configuration.md"


def test_every_key_of_cloud_and_cluster_is_documented_and_no_other() -> None:
    variables = credentials._VARIABLES  # noqa: SLF001 - the very list that the page repeats
    expected = {"alicloud:region", "alicloud:assumeRole", *(f"alicloud:{name}" for name in variables)}
    assert set(ROWS) - set(OWN) == expected | {"kubernetes:kubeconfig", "kubernetes:context"}
    for name, variable in variables.items():
        assert codes(ROWS[f"alicloud:{name}"]["Default"]) == [variable]


@pytest.mark.parametrize(("key", "default"), DEFAULTS)
def test_to_say_a_default_changes_nothing(parse: Parse, key: str, default: Any) -> None:
    assert parse(_with(key, default)) == parse(_around(key))


@pytest.mark.parametrize("key", REQUIRED)
def test_a_required_key_is_missed_by_its_name(parse: Parse, key: str) -> None:
    values = _around(key)
    assert _refused_keys(parse, values) == set()
    _place(values, key).pop(key.rpartition(".")[2])
    assert key in _refused_keys(parse, values)


@pytest.mark.parametrize(("key", "taken", "refused"), BOUNDS)
def test_what_the_page_allows_is_taken_to_its_bounds_and_refused_beyond(
    parse: Parse, key: str, taken: list[Any], refused: list[Any]
) -> None:
    assert [_refused_keys(parse, _with(key, value)) for value in taken] == [set()] * len(taken)
    assert [_refused_keys(parse, _with(key, value)) for value in refused] == [{key}] * len(refused)


# Of each type a value of another one; a text that says a number or a boolean is what the command line sets.
_OTHER_TYPES: dict[str, list[Any]] = {
    "boolean": ["perhaps", ["true"], {"true": True}],
    "text": [["text"], {"text": "text"}],
    "path": [["file.pem"], {"file": "pem"}],
    "duration": [["90d"], {"days": 90}, "ninety days"],
    "whole number": ["many", [1], {"one": 1}],
    "list": ["text", {"text": "text"}],
    "list of texts": ["text", {"text": "text"}],
    "list of whole numbers": ["many", {"one": 1}],
    "text or list": [{"text": "text"}],
}
TYPES = [(key, re.sub(r" of `.+", "", row["Type"])) for key, row in OWN.items()]


@pytest.mark.parametrize(("key", "kind"), TYPES)
def test_a_value_of_another_type_than_the_page_says_is_refused_by_its_key(parse: Parse, key: str, kind: str) -> None:
    for value in ["text", ["text"]] if kind == "object" else _OTHER_TYPES[kind]:
        refused = _refused_keys(parse, _with(key, value))
        assert any(one == key or one.startswith((f"{key}[", f"{key}.")) for one in refused), value


@pytest.mark.parametrize("key", [key for key, row in OWN.items() if row["Type"].startswith("object of ")])
def test_the_keys_of_an_object_that_stands_in_one_row_are_all_there_and_no_other(parse: Parse, key: str) -> None:
    assert {f"{key}.{name}" for name in codes(OWN[key]["Type"])} == _known_in(parse, key)


_DECLARED = {"boolean": "boolean", "text": "string", "list": "array"}
DECLARED = yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text("utf-8"))["config"]


@pytest.mark.parametrize(("key", "declared"), DECLARED.items())
def test_what_pulumi_yaml_declares_has_the_type_and_the_default_of_the_page(key: str, declared: dict[str, Any]) -> None:
    assert declared["description"]
    if key not in OWN:
        assert (declared["type"], declared["default"]) in (("object", {}), ("array", [])), "it has keys of its own"
        return
    assert declared["type"] == _DECLARED[OWN[key]["Type"]]
    default = codes(OWN[key]["Default"])
    assert declared["default"] == (yaml.safe_load(default[0]) if default else "")
