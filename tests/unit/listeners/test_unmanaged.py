"""Listeners of the ALB that no AlbConfig has: found when they serve and request no certificate of the right CA."""

from dataclasses import replace
from typing import Any

import pytest

from alb_mtls.aliyun.alb_models import ListenerSummary
from alb_mtls.cluster.findings import Finding
from alb_mtls.listeners.unmanaged import unmanaged_listeners
from tests.helpers.albconfigs import Object, albconfig, http, https
from tests.helpers.current import LOAD_BALANCER, on_alb

ALB = replace(LOAD_BALANCER, load_balancer_id="alb-of-alb")
OURS = [http(), https()]


def at(port: int, protocol: str = "HTTPS", status: str = "Running") -> ListenerSummary:
    return replace(on_alb(status=status), port=port, protocol=protocol)


def sharing(*listeners: Object) -> Object:
    """Return another AlbConfig of the same ALB."""
    item = albconfig(*listeners, name="alb2")
    return {**item, "status": {"loadBalancer": {"id": "alb-of-alb"}}}


def found(*more: ListenerSummary, others: tuple[Object, ...] = (), **changes: Any) -> list[Finding]:
    is_guarded = changes.pop("is_guarded", lambda _: False)
    listed = [at(80, "HTTP"), at(443), *more]
    return list(unmanaged_listeners(ALB, listed, [albconfig(*OURS), *others], is_guarded=is_guarded))


def test_an_alb_with_the_listeners_of_its_albconfig_has_none() -> None:
    assert found() == []


@pytest.mark.parametrize("protocol", ["HTTP", "HTTPS", "QUIC"])
def test_a_listener_that_no_albconfig_has_is_found(protocol: str) -> None:
    (finding,) = found(at(8443, protocol))

    assert (finding.code, finding.subject) == ("UNMANAGED_LISTENER", f"listener 8443/{protocol} of ALB alb-of-alb")
    assert "no AlbConfig has it (alb)" in finding.evidence


@pytest.mark.parametrize("port", [8443, "8443"])
def test_one_that_another_albconfig_of_the_same_alb_has_is_managed(port: int | str) -> None:
    assert found(at(8443), others=(sharing(https(port)),)) == []


def test_one_that_an_albconfig_has_which_has_just_begun_to_reuse_the_alb_is_managed_too() -> None:
    item = albconfig(https(8443), name="alb2")
    new = {**item, "status": {}, "spec": {**item["spec"], "config": {"id": "alb-of-alb"}}}

    assert found(at(8443), others=(new,)) == []
    assert len(found(at(8443), others=({**new, "spec": None},))) == 1


@pytest.mark.parametrize(
    "other",
    [albconfig(https(8443), name="alb2"), {**albconfig(https(8443), name="alb2"), "status": {}}],
    ids=["another ALB", "no ALB yet"],
)
def test_one_of_its_name_on_another_alb_manages_nothing_here(other: Object) -> None:
    assert len(found(at(8443), others=(other,))) == 1


def test_one_that_does_not_serve_or_requests_certificates_of_the_right_ca_is_no_bypass() -> None:
    assert found(at(8443, status="Stopped")) == []
    assert found(at(8443), is_guarded=lambda one: one.port == 8443) == []


def test_nothing_but_https_is_ever_guarded() -> None:
    assert len(found(at(8443, "QUIC"), at(8080, "HTTP"), is_guarded=lambda _: True)) == 2
