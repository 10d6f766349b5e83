"""Images of the controller: which are of ACK, which version they have, and what is left alone."""

from typing import Any

import pytest

from alb_mtls.cluster.controller_version import controller_images
from tests.helpers.ingresses import deployment


@pytest.mark.parametrize(
    ("image", "version", "too_old"),
    [
        ("acs/alb-ingress-controller:v2.11.0-aliyun.1", (2, 11, 0), False),
        ("acs/alb-ingress-controller:2.11.0", (2, 11, 0), False),
        ("host:5000/acs/alb-ingress-controller:v3.1.1@sha256:01", (3, 1, 1), False),
        ("acs/alb-ingress-controller:v2.9.9", (2, 9, 9), True),
        ("acs/alb-ingress-controller:v2.10.0-aliyun.9", (2, 10, 0), True),
        ("acs/alb-ingress-controller:v2.11", None, False),
        ("acs/alb-ingress-controller:latest", None, False),
        ("host:5000/acs/alb-ingress-controller", None, False),
        ("acs/alb-ingress-controller@sha256:01", None, False),
        ("acs/alb-ingress-controller:v2.10.0x", None, False),
    ],
)
def test_the_version_is_the_numbers_of_the_tag(image: str, version: tuple[int, ...] | None, too_old: bool) -> None:
    (found,) = controller_images([deployment(image)])
    assert (found.image, found.of_ack, found.version, found.is_too_old) == (image, True, version, too_old)


def test_the_open_source_build_has_numbers_of_its_own_and_is_never_too_old() -> None:
    (found,) = controller_images([deployment("acs/load-balancer-controller:v1.0.0")])
    assert (found.of_ack, found.is_too_old) == (False, False)


@pytest.mark.parametrize(
    "image", ["coredns:1.9", "amazon/aws-alb-ingress-controller:v1.1.9", "acs/alb-ingress-controller-agent:v1.0.0", ""]
)
def test_other_programs_are_none(image: str) -> None:
    assert controller_images([deployment(image)]) == []


@pytest.mark.parametrize(("replicas", "runs"), [(0, False), (1, True), (None, True)])
def test_a_deployment_that_was_scaled_to_nothing_runs_no_controller(replicas: int | None, runs: bool) -> None:
    left, managed = deployment("acs/alb-ingress-controller:v2.9.0"), deployment("acs/alb-ingress-controller:v2.11.0")
    left["spec"]["replicas"] = replicas
    assert [one.is_too_old for one in controller_images([left, managed])] == [False, *([True] if runs else [])]


@pytest.mark.parametrize("odd", [None, 1, "x", [], [1], {}, [{"image": 3}], [{"image": None}]])
def test_deployments_of_any_shape_raise_nothing(odd: Any) -> None:
    item = deployment("acs/alb-ingress-controller:v2.10.0")
    item["spec"]["template"]["spec"]["containers"] = odd
    assert controller_images([item]) == []
    assert controller_images([{"metadata": {}, "spec": odd}]) == []
