"""The parts of an examination that need nobody to ask: logs that leak, permissions by name, what events mean."""

from datetime import UTC, timedelta
from typing import Any

import pytest

from ops.doctor.cluster import event_line
from ops.doctor.diagnosis import Health
from ops.doctor.permissions import CLUSTER_ROLE, required_permissions
from ops.doctor.surroundings import examine_surroundings
from tests.helpers.certificates import NOW


def _problems(environment: dict[str, str]) -> list[str]:
    return [line.found for line in examine_surroundings(environment) if line.health is Health.PROBLEM]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PULUMI_DEBUG_GRPC", "grpc.log"),
        ("PULUMI_OPTION_VERBOSE", "9"),
        ("PULUMI_OPTION_LOGTOSTDERR", "true"),
        ("DEBUG", "sdk"),
        ("TF_LOG", "trace"),
    ],
)
def test_whatever_makes_somebody_write_secrets_down_is_named(name: str, value: str) -> None:
    sentence = _problems({name: value})
    assert len(sentence) == 1
    assert sentence[0].startswith(name)


@pytest.mark.parametrize("environment", [{}, {"DEBUG": "express"}, {"PULUMI_DEBUG_GRPC": ""}])
def test_an_environment_that_leaks_nothing_is_fine(environment: dict[str, str]) -> None:
    assert _problems(environment) == []
    assert Health.FINE in {line.health for line in examine_surroundings(environment)}


def test_the_permissions_that_are_checked_are_exactly_those_of_the_cluster_role() -> None:
    asked = {permission.text for permission in required_permissions(CLUSTER_ROLE.read_text("utf-8"))}
    assert asked == {
        "get albconfigs.alibabacloud.com",
        "list albconfigs.alibabacloud.com",
        "patch albconfigs.alibabacloud.com",
        "list ingresses.networking.k8s.io",
        "list ingressclasses.networking.k8s.io",
        "list services",
        "list gatewayclasses.gateway.networking.k8s.io",
        "list gateways.gateway.networking.k8s.io",
        "list httproutes.gateway.networking.k8s.io",
        "list events",
        "get namespaces kube-system",
        "get customresourcedefinitions.apiextensions.k8s.io albconfigs.alibabacloud.com",
    }


def _event(kind: str, message: str, *, minutes_ago: float = 1) -> dict[str, Any]:
    when = (NOW - timedelta(minutes=minutes_ago)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"type": kind, "reason": "FailedApplyModel", "message": message, "lastTimestamp": when}


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ("json: cannot unmarshal string into Go struct field ListenerSpec.listeners.caEnabled of type bool", "quotes"),
        ("errMsgs: the following certificate IDs have expired: []", "not in CAS"),
        ("LoadBalancer Edition: Basic can't use for ingress controller", "upgrade"),
        ("something that nobody has seen before", "kubectl describe albconfig alb"),
    ],
)
def test_a_recent_warning_of_the_controller_is_a_problem_with_its_remedy(message: str, remedy: str) -> None:
    line = event_line("alb", [_event("Warning", message)], NOW)
    assert line.health is Health.PROBLEM
    assert message in line.found
    assert remedy in line.remedy


@pytest.mark.parametrize(
    ("events", "health"),
    [
        ([], Health.FINE),
        # A warning that was followed by success.
        ([_event("Warning", "failed", minutes_ago=5), _event("Normal", "Successfully reconciled")], Health.FINE),
        # An old one.
        ([_event("Warning", "failed", minutes_ago=90)], Health.NOTE),
    ],
)
def test_what_the_controller_does_not_warn_of_now_is_no_problem(events: list[dict[str, Any]], health: Health) -> None:
    assert event_line("alb", events, NOW).health is health
