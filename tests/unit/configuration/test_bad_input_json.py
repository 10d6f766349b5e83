"""Values as the engine hands them over: objects and lists as JSON text, which may be none, or more than Python reads.

The whole way from Pulumi's configuration to the error that a person sees is taken here.
"""

import json
from collections.abc import Mapping

import pulumi
import pytest

from alb_mtls.configuration.parse import parse_settings
from alb_mtls.configuration.problems import SettingsError
from components.settings import load_settings
from tests.helpers.program import run_program
from tests.helpers.stack_file import surroundings

WORKING = {
    "rootCa": {
        "subject": {"country": "CN", "state": "bj", "locality": "bj", "organization": "a", "organizationalUnit": "t"}
    },
    "cas": {"endpoint": "china"},
    "listeners": [{"albConfig": "alb", "port": 443}],
}


def load(texts: Mapping[str, str] | None = None, *, others: Mapping[str, str] | None = None) -> None:
    values = {**{key: json.dumps(value) for key, value in WORKING.items()}, **(texts or {})}

    def program() -> None:
        pulumi.runtime.set_all_config(
            {
                "alicloud:region": "cn-hangzhou",
                **{f"alb-mtls:{key}": text for key, text in values.items()},
                **(others or {}),
            }
        )
        load_settings()

    run_program(program)


@pytest.fixture(autouse=True)
def _no_configuration_stays() -> None:
    pulumi.runtime.set_all_config({})


def test_a_working_configuration_is_loaded() -> None:
    load()


@pytest.mark.parametrize("namespace", ["alb-mtl", "alb_mtls", "albmtls"])
def test_a_key_of_a_misspelled_namespace_is_a_mistake(namespace: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"{namespace}:proof: nothing reads .* did you mean 'alb-mtls:proof'"):
        load(others={f"{namespace}:proof": "{}"})


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("kubernetes:contxt", "kubernetes:context"),
        ("kubernetes:kubeConfig", "kubernetes:kubeconfig"),
        ("alicloud:regoin", "alicloud:region"),
        ("alicloud:access_key", "alicloud:accessKey"),
    ],
)
def test_a_misspelled_key_that_leads_to_the_cluster_or_the_account_is_a_mistake(key: str, meant: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"{key}: nothing reads this key; did you mean '{meant}'"):
        load(others={key: "prod"})


@pytest.mark.parametrize(
    "key",
    [
        "kubernetes:context",
        "kubernetes:cluster",
        "kubernetes:namespace",
        "alicloud:region",
        "alicloud:accountId",
        "alicloud:securityTransport",
        "alicloud:secureTransport",
        "team:contxt",
        "team:enabled",
        "alb-mtl:notes",
    ],
)
def test_a_key_of_another_namespace_is_none(key: str) -> None:
    load(others={key: "cn-hangzhou"})


def test_the_keys_of_a_project_that_was_renamed_are_named_with_its_new_name() -> None:
    renamed = surroundings(project="ingress", others=("alb-mtls:enabled",), read_file=str)
    with pytest.raises(SettingsError, match=r"alb-mtls:enabled: nothing reads .* did you mean 'ingress:enabled'\?"):
        parse_settings({}, renamed)


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("rootCa", "{", "rootCa: must be an object with the keys"),
        ("rootCa", "null and void", "rootCa: must be an object with the keys"),
        ("rootCa", "[" * 100_000, "rootCa: must be an object with the keys"),
        ("rootCa", '{"trusted": ' + "4" * 5000 + "}", "rootCa: must be an object with the keys"),
        ("rootCa", '{"trusted": 1e400}', "rootCa.trusted: must be a whole number"),
        ("rootCa", '{"trusted": NaN}', "rootCa.trusted: must be a whole number"),
        ("rootCa", '{"subject": {"organization": "\\ud800"}}', "rootCa.subject.organization: holds a character"),
        ("clients", '{"name": "alice"}', "clients: must be a list"),
        ("listeners", "443", "listeners: must be a list"),
        ("cas", '"china"', "cas: must be an object with the keys endpoint, repository, not a text"),
        ("enabled", "yes", "enabled: must be true or false, not the text 'yes'"),
        ("clint", "[]", "clint: unknown key; did you mean 'clients'?"),
    ],
    ids=lambda value: value[:30],
)
def test_a_text_that_is_not_what_the_key_takes_is_reported_by_it(key: str, text: str, said: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        load({key: text})
    assert said in str(caught.value)
    str(caught.value).encode()
