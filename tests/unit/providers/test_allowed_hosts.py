"""The switch looks at the hosts of its listener once more, right before it writes: the preflight was a while ago."""

import copy
from typing import Any

import pytest

from alb_mtls.cluster.errors import Forbidden
from alb_mtls.cluster.listener import find_listener
from alb_mtls.errors import OperationFailed
from components.providers.differing import DRIFT, differing
from components.providers.listener_switch import ListenerSwitchProvider
from tests.helpers.albconfigs import LISTENER
from tests.helpers.ingresses import ingress
from tests.helpers.provider_world import Deployed, World, switch_inputs

DEMO = ["demo.alb.ingress.top"]


def added(world: World) -> None:
    """Let somebody add a host to the listener."""
    world.cluster.routes.append(ingress("b.example", namespace="team", name="web"))


def enabled(world: World) -> bool | None:
    found = find_listener(world.cluster.albconfig("alb"), LISTENER).element.get("caEnabled")
    assert found is None or isinstance(found, bool)
    return found


def test_a_host_that_is_not_allowed_stops_the_switch_before_it_writes(world: World) -> None:
    added(world)
    before = copy.deepcopy(world.cluster.item)
    with pytest.raises(OperationFailed, match=r"host b\.example of Ingress team/web is on it"):
        Deployed.up(allowedHosts=DEMO)
    assert world.cluster.item == before


@pytest.mark.parametrize("allowed", [[*DEMO, "b.example"], [*DEMO, "*.example"], None])
def test_a_host_that_is_allowed_or_a_stack_that_allows_all_stops_nothing(world: World, allowed: Any) -> None:
    added(world)
    Deployed.up(allowedHosts=allowed)
    assert enabled(world) is True


def test_a_host_that_comes_while_the_switch_runs_stops_it_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed = Deployed.up(enabled=False, allowedHosts=DEMO)
    load_balancer = world.alb.load_balancer

    def then_added(*arguments: Any) -> Any:
        added(world)
        return load_balancer(*arguments)

    monkeypatch.setattr(world.alb, "load_balancer", then_added)
    with pytest.raises(OperationFailed, match=r"host b\.example"):
        deployed.up_again(allowedHosts=DEMO)
    assert enabled(world) is False


def test_hosts_that_cannot_be_read_stop_the_switch_before_it_writes_where_they_are_listed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise Forbidden(verb="list", resource="ingresses.networking.k8s.io", user="up")

    monkeypatch.setattr(world.cluster, "ingresses", refuse)
    before = copy.deepcopy(world.cluster.item)
    with pytest.raises(OperationFailed, match=r"user up may not list ingresses"):
        Deployed.up(allowedHosts=DEMO)
    assert world.cluster.item == before
    Deployed.up()
    assert enabled(world) is True


def test_no_host_stops_a_switch_off_or_a_destroy(world: World) -> None:
    deployed = Deployed.up(allowedHosts=DEMO)
    added(world)
    deployed.up_again(enabled=False, allowedHosts=DEMO)
    assert enabled(world) is False
    deployed.destroy()
    assert LISTENER.claim_annotation not in world.cluster.albconfig("alb")["metadata"].get("annotations", {})


def test_another_list_goes_into_the_state_and_leaves_the_listener_alone(world: World) -> None:
    deployed = Deployed.up(allowedHosts=DEMO)
    attempt, item = deployed.switch["attempt"], copy.deepcopy(world.cluster.item)
    news = switch_inputs(deployed.claim, allowedHosts=[*DEMO, "b.example"])
    assert ListenerSwitchProvider().diff("id", deployed.switch, news).changes is True
    assert ListenerSwitchProvider().diff("id", deployed.switch, {**news, "allowedHosts": DEMO}).changes is False
    deployed.up_again(allowedHosts=[*DEMO, "b.example"])
    assert (deployed.switch["attempt"], world.cluster.item) == (attempt, item)
    assert deployed.switch["allowedHosts"] == [*DEMO, "b.example"]


def test_another_list_is_shown_by_its_name_and_an_edit_of_somebody_as_drift(world: World) -> None:
    deployed = Deployed.up(allowedHosts=DEMO)
    assert shown(deployed, [*DEMO, "b.example"]) == ("allowedHosts",)
    assert shown(deployed, None) == ("allowedHosts",)
    assert world.cluster.item is not None
    find_listener(world.cluster.item, LISTENER).element["caEnabled"] = False
    assert shown(deployed, DEMO) == (DRIFT,)


def shown(deployed: Deployed, allowed: list[str] | None) -> tuple[str, ...]:
    """Return the names by which the CLI shows an update of the switch."""
    with differing() as taken:
        news = switch_inputs(deployed.claim, allowedHosts=allowed)
        assert ListenerSwitchProvider().diff("id", deployed.switch, news).changes
    return taken.names
