"""A listener that the AlbConfig has and the ALB has not, before anything is registered."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from alb_mtls.aliyun.alb_models import Listener
from alb_mtls.cluster.errors import Forbidden
from alb_mtls.configuration.model import Settings
from components.preflight.run import run_preflight
from tests.fakes.alb import Alb
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import albconfig, https
from tests.helpers.fake_session import running
from tests.helpers.preflights import stopped_by
from tests.helpers.stack_file import put

Read = Callable[..., Settings]


class _WithoutListener(Alb):
    def listeners(self, _id: str) -> list[Listener]:
        """Return none: the controller has not made it."""
        return []


class _Reporting(Cluster):
    @staticmethod
    def events(_name: str, _uid: str) -> list[dict[str, Any]]:
        """Return why."""
        text = "apply failed. listenerPort: 443 errMsgs: empty https listener default certs"
        return [{"metadata": {"uid": "e"}, "type": "Warning", "reason": "FailedApplyModel", "message": text}]


# Later than what is about the listener.
_ABOUT_OTHERS = ("apply failed. listenerPort: 8443 errMsgs: Edition: Basic", 'services "gone" not found')


class _ReportingOthersAlone(Cluster):
    @staticmethod
    def events(_name: str, _uid: str) -> list[dict[str, Any]]:
        """Return what is about another listener, and about a Service."""
        kind = {"type": "Warning", "reason": "Failed"}
        return [{"metadata": {"uid": text}, "message": text, **kind} for text in _ABOUT_OTHERS]


class _ReportingOthers(Cluster):
    @staticmethod
    def events(name: str, uid: str) -> list[dict[str, Any]]:
        """Return why, and after that what is about others."""
        return [*_Reporting.events(name, uid), *_ReportingOthersAlone.events(name, uid)]


class _Unreadable(Cluster):
    @staticmethod
    def events(_name: str, _uid: str) -> list[dict[str, Any]]:
        """Answer nobody."""
        raise Forbidden(verb="list", resource="events", user="u")


UNMADE = "listener 443/HTTPS of AlbConfig alb is in the AlbConfig, and ALB alb-of-alb has no such listener; "


@pytest.mark.parametrize("mode", ["required", "api"])
@pytest.mark.parametrize(
    ("kube", "why"),
    [
        (Cluster(), "the ALB Ingress controller reports no error: wait until it has made the listener"),
        (Cluster(), 'of the AlbConfig, such as kubectl annotate albconfig alb listener-deleted="$(date +%s)"'),
        (_Reporting(), "empty https listener default certs: give every HTTPS listener a server certificate"),
        (_ReportingOthers(), "empty https listener default certs: give every HTTPS listener a server certificate"),
        (_ReportingOthersAlone(), "not found: kubectl describe albconfig alb; a listener that was deleted at the ALB"),
        (
            _Unreadable(),
            "because user u may not list events",
        ),
    ],
    ids=["silent", "deleted", "reporting", "reporting others too", "reporting others", "unreadable"],
)
def test_a_listener_that_the_alb_does_not_have_stops_an_up_and_is_a_line_in_a_preview(
    read: Read, mode: str, kube: Cluster, why: str
) -> None:
    scene: dict[str, Any] = {"alb": _WithoutListener(), "kube": kube}
    refused = stopped_by(read(put("proof.mode", mode)), **scene)
    assert f"listeners[0]: {UNMADE}" in refused
    assert why in refused
    with running(**scene) as logged:
        run_preflight(read(put("proof.mode", mode), preview=True), None)
    [line] = logged.warnings
    assert line.startswith(f"an up would stop here: {UNMADE}")


def test_what_the_alb_does_not_have_stops_nobody_who_switches_off_or_sets_the_proof_off(
    read: Read,
) -> None:
    with running(alb=_WithoutListener()) as logged:
        run_preflight(read(put("proof.mode", "off")), None)
    assert logged.warnings == []
    with running(alb=_WithoutListener()) as logged:
        run_preflight(read(put("enabled", "false")), None)
    [line] = logged.warnings
    assert line.startswith(UNMADE)


def test_a_listener_that_is_not_there_stops_a_preview_too(read: Read) -> None:
    kube = Cluster(item=albconfig(https(8443)))
    for preview in (True, False):
        with running(kube=kube, alb=Alb()), pytest.raises(pulumi.RunError) as refused:
            run_preflight(read(preview=preview), None)
        assert "listeners[0]: AlbConfig alb has no listener 443/HTTPS" in str(refused.value)
