"""A resource takes the inputs of its record and no others, so that a misspelled optional one is not lost."""

from typing import Any

import pulumi
import pytest

from alb_mtls.pki.inventory import Issuer
from components.providers.deployment import Deployment
from components.providers.resource import input_props
from tests.helpers.program import own_loops


def test_properties_have_the_names_of_the_state_and_what_is_none_is_left_out() -> None:
    with own_loops():
        pem = pulumi.Output.from_input("PEM")
        props = input_props(Issuer, generation=1, certificate_pem=pem, key_file=None)
        assert props == {"generation": 1, "certificatePem": pem}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"generation": 1, "certificate_pem": "PEM", "keyfile": "root.key"}, "keyfile"),
        ({"generation": 1, "certificatePem": "PEM"}, "certificatePem"),
        ({"generation": 1}, "certificate_pem"),
    ],
    ids=["misspelled", "name of the state", "missing"],
)
def test_an_unknown_or_missing_input_is_refused_by_name(given: dict[str, Any], name: str) -> None:
    with pytest.raises(TypeError, match=f"'{name}'"):
        input_props(Issuer, **given)


def test_a_resource_refuses_an_input_of_another_name() -> None:
    with pytest.raises(TypeError, match="'owners'"):
        Deployment("deployment", owners="project/dev")
