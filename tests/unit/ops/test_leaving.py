"""What doctor says of what has left the configuration: an `up` would end at its delete."""

import json
from typing import Any

import pytest

from alb_mtls.cluster.errors import NoSuchAlbConfig
from alb_mtls.configuration.model import Settings
from ops.doctor.leaving import examine_leaving
from ops.settings import settings_of_printed
from ops.state import StackState, parse_state
from ops.status import utc_now
from tests.fakes.cluster import Cluster
from tests.helpers import stack_state
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.certificates import make_root

HOLD = {LISTENER.hold_annotation: "incident 7"}
SUBJECT = {"country": "CN", "state": "bj", "locality": "bj", "organization": "a", "organizationalUnit": "t"}


def _settings(port: int = 443, **root_ca: Any) -> Settings:
    values: dict[str, Any] = {
        "alb-mtls:rootCa": {"subject": SUBJECT, **root_ca},
        "alb-mtls:cas": {"endpoint": "china"},
        "alb-mtls:listeners": [{"albConfig": "alb", "port": port}],
        "alicloud:region": "cn-hangzhou",
    }
    printed = {key: {"value": one if isinstance(one, str) else json.dumps(one)} for key, one in values.items()}
    return settings_of_printed(printed, "test", utc_now())


def _state(*, protect: bool = False) -> StackState:
    root = {**stack_state.root_ca(make_root()), "protect": protect}
    return parse_state(stack_state.exported(root, *stack_state.listener()), "stack test")


def _found(settings: Settings, state: StackState, **annotations: str) -> list[str]:
    kube: Any = Cluster(item=albconfig(https(), annotations=annotations))
    lines = list(examine_leaving(settings, state, kube))
    assert all(line.stops_up for line in lines)
    return [f"{line.found}; {line.remedy}" for line in lines]


@pytest.mark.parametrize("left", [{"generations": [2]}, {"source": "purchased", "identifier": "ca", "subject": None}])
def test_a_protected_root_ca_that_left_the_configuration_stops_an_up(left: dict[str, Any]) -> None:
    [found] = _found(_settings(**left), _state(protect=True))
    assert found.startswith("generation 1 has left the configuration, and is protected")
    assert "pulumi state unprotect 'urn:pulumi:test::alb-mtls::" in found or "unprotect urn:pulumi:test" in found


@pytest.mark.parametrize(("generations", "protect"), [([1], True), ([1, 2], True), ([2], False)])
def test_one_that_stays_or_is_not_protected_stops_none(generations: list[int], *, protect: bool) -> None:
    assert _found(_settings(generations=generations), _state(protect=protect)) == []


def test_a_held_listener_that_left_the_configuration_stops_an_up() -> None:
    [found] = _found(_settings(port=8443), _state(), **HOLD)
    assert found.startswith("it has left the configuration: listener 443/HTTPS of AlbConfig alb is held: incident 7;")


def test_one_that_is_not_held_or_is_configured_is_not_named() -> None:
    assert _found(_settings(port=8443), _state()) == []
    # The preflight names it.
    assert _found(_settings(), _state(), **HOLD) == []


def test_a_listener_whose_albconfig_is_gone_is_not_named() -> None:
    kube: Any = Cluster(failure=NoSuchAlbConfig("alb"))
    assert list(examine_leaving(_settings(port=8443), _state(), kube)) == []
