"""A stack's configuration, read by `ops` and by the program: the same settings, and the same mistakes."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from alb_mtls.configuration.model import Settings
from components.settings import load_settings
from ops.errors import OpsError, WrongConfiguration
from ops.settings import printed_of, settings_of_printed
from tests.helpers.program import run_program

WORKING: dict[str, Any] = {
    "alicloud:region": "cn-hangzhou",
    "alb-mtls:enabled": "true",
    "alb-mtls:rootCa": {
        "subject": {"country": "CN", "state": "bj", "locality": "bj", "organization": "a", "organizationalUnit": "t"}
    },
    "alb-mtls:clients": [],
    "alb-mtls:cas": {"endpoint": "china"},
    "alb-mtls:listeners": [{"albConfig": "alb", "port": 443}],
    "alb-mtls:clusterId": "",
}


@pytest.fixture(autouse=True)
def _no_configuration_stays() -> Iterator[None]:
    yield
    pulumi.runtime.set_all_config({}, [])


def _texts(changes: Mapping[str, Any]) -> dict[str, str]:
    values = {**WORKING, **changes}
    return {key: one if isinstance(one, str) else json.dumps(one) for key, one in values.items() if one is not None}


def _by_ops(changes: Mapping[str, Any], secret: str | None = None) -> Settings:
    printed = {key: {"value": text, "secret": key == secret} for key, text in _texts(changes).items()}
    return settings_of_printed(printed, "test", datetime.now(UTC))


def _by_the_program(changes: Mapping[str, Any], secret: str | None = None) -> Settings:
    loaded: list[Settings] = []

    def program() -> None:
        pulumi.runtime.set_all_config(_texts(changes), [secret] if secret else [])
        loaded.append(load_settings())

    run_program(program)
    return loaded[0]


BROKEN: dict[str, dict[str, Any]] = {
    "an unknown key": {"alb-mtls:listners": []},
    "a key of a namespace that is almost the project's": {"albmtls:proof": {}},
    "a whole misspelled namespace": {"alb-mtl:rootCa": {}, "alb-mtl:cas": {}},
    "an unknown key of an object": {"alb-mtls:proof": {"hots": "demo.example"}},
    "no site of CAS": {"alb-mtls:cas": None},
    "no region": {"alicloud:region": None},
    "a region that is none": {"alicloud:region": "hangzhou!"},
    "no listener": {"alb-mtls:listeners": []},
    "the same listener twice": {"alb-mtls:listeners": [{"albConfig": "alb", "port": 443}] * 2},
    "text that is no JSON": {"alb-mtls:rootCa": "{"},
    "a file that is not there": {
        "alb-mtls:rootCa": {"source": "imported", "certificateFile": "nowhere.pem", "keyFile": "nowhere.key"}
    },
    "several mistakes": {"alb-mtls:onBypass": "stop", "alb-mtls:enabled": "yes", "alb-mtls:proof": {"mode": "maybe"}},
}


@pytest.mark.parametrize("changes", BROKEN.values(), ids=BROKEN)
def test_what_the_program_refuses_is_refused_in_the_same_words(
    changes: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALICLOUD_REGION", raising=False)
    with pytest.raises(pulumi.RunError) as program:
        _by_the_program(changes)
    with pytest.raises(WrongConfiguration) as ops:
        _by_ops(changes)
    assert str(ops.value) == str(program.value)
    assert len(ops.value.problems) == len(str(program.value).splitlines()) - 1


@pytest.mark.parametrize(
    "changes",
    [{}, {"alb-mtls:enabled": "false"}, {"kubernetes:context": "prod", "team:enabled": "1"}],
    ids=["as it stands", "disabled", "keys of others"],
)
def test_what_the_program_takes_gives_the_same_settings(changes: Mapping[str, Any]) -> None:
    assert _by_ops(changes) == _by_the_program(changes)


@pytest.mark.parametrize("secret", [None, "alb-mtls:rootCa"])
def test_a_secret_is_known_to_be_one(secret: str | None, tmp_path: Path) -> None:
    key, certificate = tmp_path / "ca.key", tmp_path / "ca.pem"
    changes = {
        "alb-mtls:rootCa": {
            "source": "imported",
            "certificateFile": str(certificate),
            "keyFile": str(key),
            "keyPassphrase": "an invented passphrase",
        }
    }
    with pytest.raises(WrongConfiguration) as refused:
        _by_ops(changes, secret)
    assert any("keyPassphrase" in one for one in refused.value.problems) is (secret is None)


def test_the_project_is_the_namespace_with_all_its_keys_and_not_one_that_is_almost_it() -> None:
    printed = {key: {"value": text} for key, text in _texts({}).items()}
    misspelled = {"albmtls:rootCa": {"value": "{}"}, **printed}
    with pytest.raises(WrongConfiguration, match=r"albmtls:rootCa: nothing reads this namespace"):
        settings_of_printed(misspelled, "test", datetime.now(UTC))


def test_the_configuration_of_another_program_is_refused() -> None:
    with pytest.raises(OpsError, match="not a project of this program"):
        settings_of_printed({"other:key": {"value": "1"}}, "test", datetime.now(UTC))


def test_a_stack_file_is_read_as_the_cli_prints_it() -> None:
    printed = printed_of("config: {a:text: '[]', a:nothing: , a:list: [1], a:switch: true}\n")
    assert printed == {
        "a:text": {"value": "[]"},
        "a:nothing": {"value": ""},
        "a:list": {"value": "[1]", "objectValue": [1]},
        "a:switch": {"value": "true", "objectValue": True},
    }


def test_a_day_without_quotes_in_a_stack_file_is_read_as_pulumi_hands_it_over() -> None:
    accept = [{"code": "HTTP_FORWARDS", "subject": "x", "until": date(2026, 12, 27), "reason": "y"}]
    text = yaml.safe_dump({"config": {**WORKING, "alb-mtls:accept": accept}})
    [accepted] = settings_of_printed(printed_of(text), "prod", datetime(2026, 12, 1, tzinfo=UTC)).accepted
    assert accepted.until == date(2026, 12, 27)
