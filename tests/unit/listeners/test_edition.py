"""Which editions stop an up by name, and when the controller is about to take a WAF away."""

import shlex
from typing import Any

import pytest
import yaml

from alb_mtls.aliyun.alb_models import LoadBalancer
from alb_mtls.listeners.edition import edition_revert, refused_edition
from alb_mtls.resources import DOCUMENTED_EDITIONS
from tests.helpers.albconfigs import albconfig, https


def _alb(edition: str) -> LoadBalancer:
    return LoadBalancer(load_balancer_id="alb-1", name="alb", edition=edition, status="Active", dns_name="alb.example")


def _config(**config: Any) -> dict[str, Any]:
    found = albconfig(https())
    found["spec"]["config"] = config
    return found


# "" is where the API names none: nothing is claimed.
@pytest.mark.parametrize("edition", [*DOCUMENTED_EDITIONS, ""])
def test_a_documented_edition_may_authenticate_clients_and_so_may_one_that_is_not_known(edition: str) -> None:
    assert refused_edition(_alb(edition), DOCUMENTED_EDITIONS) is None


@pytest.mark.parametrize("edition", ["Extensible", "StandardWithMore"])
def test_any_other_edition_is_refused_by_name_with_the_key_for_who_has_tried_it(edition: str) -> None:
    refused = refused_edition(_alb(edition), DOCUMENTED_EDITIONS)
    assert refused is not None
    assert f"ALB alb-1 is of edition {edition}" in refused
    key, _, value = refused.partition("set alb.editions: ")[2].partition("]")[0].partition("[")
    editions = yaml.safe_load(f"{key}[{value}]")
    assert refused_edition(_alb(edition), editions) is None


def test_basic_is_refused_whatever_is_listed_and_a_documented_one_that_is_not_listed_too() -> None:
    refused = refused_edition(_alb("Basic"), ["Basic", "Standard"])
    assert refused is not None
    assert refused.startswith("ALB alb-1 is of edition Basic, which cannot authenticate clients")
    left_out = refused_edition(_alb("StandardWithWaf"), ["Standard"])
    assert left_out is not None
    assert "no document" not in left_out


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"edition": "Standard"}, "says Standard"),
        ({}, "says none, which means Standard"),
        ({"id": "alb-1", "forceOverride": True}, "says none, which means Standard"),
    ],
)
def test_a_waf_that_the_albconfig_does_not_say_goes_with_the_next_reconcile(config: dict[str, Any], says: str) -> None:
    found = edition_revert(_config(**config), _alb("StandardWithWaf"))
    assert found is not None
    assert says in found.evidence
    assert "`spec.config.edition: StandardWithWaf`" in found.remedy
    assert found.text.endswith("(EDITION_REVERT)")


@pytest.mark.parametrize(
    ("config", "edition"),
    [
        ({"edition": "StandardWithWaf"}, "StandardWithWaf"),
        ({}, "Standard"),
        ({"edition": "StandardWithWaf"}, "Standard"),
        ({}, ""),
        # Attributes of a reused ALB are not overwritten.
        ({"id": "alb-1"}, "StandardWithWaf"),
        ({"id": "alb-1", "listenerForceOverride": True}, "StandardWithWaf"),
    ],
)
def test_an_edition_that_stays_is_no_finding(config: dict[str, Any], edition: str) -> None:
    assert edition_revert(_config(**config), _alb(edition)) is None


def test_the_command_in_the_remedy_adds_the_line_and_nothing_else() -> None:
    found = edition_revert(_config(), _alb("StandardWithWaf"))
    assert found is not None
    words = shlex.split(found.remedy.partition("first: ")[2])
    assert words[:-1] == ["kubectl", "patch", "albconfig", "alb", "--type=merge", "-p"]
    assert yaml.safe_load(words[-1]) == {"spec": {"config": {"edition": "StandardWithWaf"}}}


@pytest.mark.parametrize("spec", [None, {}, {"config": None}, {"config": "text"}, {"config": {"edition": 7}}])
def test_whatever_an_albconfig_holds_says_no_waf(spec: Any) -> None:
    found = albconfig(https())
    found["spec"] = spec
    assert edition_revert(found, _alb("StandardWithWaf")) is not None
    assert edition_revert(found, _alb("Standard")) is None
