"""Hosts that are not allowed on a listener stop a preview and an `up`, and never who switches off."""

from collections.abc import Callable
from typing import Any

import pytest

from alb_mtls.configuration.model import Settings
from components.preflight.run import run_preflight
from tests.fakes.alb import Alb
from tests.fakes.cluster import Cluster
from tests.helpers.fake_session import running
from tests.helpers.ingresses import ingress
from tests.helpers.preflights import stopped_by
from tests.helpers.stack_file import put

Read = Callable[..., Settings]

DEMO = "demo.alb.ingress.top"
ALLOWED = put("listeners.0.hosts", [DEMO])
DISABLED = put("enabled", "false")


def scene() -> dict[str, Any]:
    routes = [ingress(), ingress("b.example", namespace="team", name="web")]
    return {"alb": Alb(), "kube": Cluster(routes=routes)}


@pytest.mark.parametrize("preview", [True, False])
def test_a_host_that_somebody_added_stops_preview_and_up(read: Read, *, preview: bool) -> None:
    said = stopped_by(read(ALLOWED, preview=preview), **scene())
    assert "listeners[0]: listener 443/HTTPS of AlbConfig alb: host b.example of Ingress team/web is on it" in said
    assert "nothing was touched" in said


def test_neither_who_allows_it_nor_who_allows_all_nor_who_switches_off_is_stopped(read: Read) -> None:
    both = put("listeners.0.hosts", [DEMO, "B.Example"])
    for changes in ((both,), (), (ALLOWED, DISABLED)):
        with running(**scene()) as logged:
            run_preflight(read(*changes, preview=True), None)
        assert logged.warnings == []


def test_a_host_that_is_allowed_and_not_there_is_one_line(read: Read) -> None:
    with running(alb=Alb(), kube=Cluster()) as logged:
        run_preflight(read(put("listeners.0.hosts", [DEMO, "b.example"]), preview=True), None)
    assert logged.warnings == [
        "listener 443/HTTPS of AlbConfig alb: `hosts` allows b.example, which no Ingress has on it"
    ]
