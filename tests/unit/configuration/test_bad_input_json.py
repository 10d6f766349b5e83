"""Values as the engine hands them over: objects and lists as JSON text, which may be none, or more than Python reads.

The whole way from Pulumi's configuration to the error that a person sees is taken here.
"""

import json

import pulumi
import pytest

from components.settings import load_settings
from tests.helpers.program import run_program

WORKING = {
    "rootCa": {
        "subject": {"country": "CN", "state": "bj", "locality": "bj", "organization": "a", "organizationalUnit": "t"}
    },
    "cas": {"endpoint": "china"},
    "listeners": [{"albConfig": "alb", "port": 443}],
}


def load(**texts: str) -> None:
    values = {**{key: json.dumps(value) for key, value in WORKING.items()}, **texts}

    def program() -> None:
        pulumi.runtime.set_all_config(
            {
                "alicloud:region": "cn-hangzhou",
                **{f"alb-mtls:{key}": text for key, text in values.items()},
            }
        )
        load_settings()

    run_program(program)


@pytest.fixture(autouse=True)
def _no_configuration_stays() -> None:
    pulumi.runtime.set_all_config({})


def test_a_working_configuration_is_loaded() -> None:
    load()


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
        ("enabled", "yes", "enabled: must be true or false, not a text"),
        ("clint", "[]", "clint: unknown key; did you mean 'clients'?"),
    ],
    ids=lambda value: value[:30],
)
def test_a_text_that_is_not_what_the_key_takes_is_reported_by_it(key: str, text: str, said: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        load(**{key: text})
    assert said in str(caught.value)
    str(caught.value).encode()
