"""When the program looks: before an up registers anything, and while a preview does; both stop for the same reasons."""

from collections.abc import Callable

import pulumi
import pytest

from alb_mtls.configuration.model import Settings
from components.preflight.schedule import schedule_preflight
from tests.fakes.alb import Alb
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import albconfig, https
from tests.helpers.fake_session import running
from tests.helpers.program import Recorder, run_program

Read = Callable[..., Settings]

WITHOUT_THE_LISTENER = Cluster(item=albconfig(https(8443)))


class _Marker(pulumi.ComponentResource):
    def __init__(self) -> None:
        super().__init__("test:index:Marker", "registered", {})


def _run(settings: Settings, kube: Cluster, *, preview: bool, hosts: list[str | None], after: list[str]) -> Recorder:
    def program() -> None:
        [snapshot], _ = schedule_preflight(settings, None)
        _Marker()
        after.append("registered")
        pulumi.export("host", snapshot.apply(lambda found: hosts.append(found.host)))

    with running(kube=kube, alb=Alb()):
        return run_program(program, preview=preview)


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
def test_what_was_found_is_there_for_whatever_needs_it(read: Read, preview: bool) -> None:
    hosts: list[str | None] = []
    _run(read(preview=preview), Cluster(), preview=preview, hosts=hosts, after=[])
    assert hosts == ["demo.alb.ingress.top"]


def test_an_up_that_is_refused_has_registered_nothing_and_a_preview_is_refused_beside_its_plan(read: Read) -> None:
    for preview, came_to in ((False, []), (True, ["registered"])):
        after: list[str] = []
        with pytest.raises(pulumi.RunError) as refused:
            _run(read(preview=preview), WITHOUT_THE_LISTENER, preview=preview, hosts=[], after=after)
        assert "listeners[0]: AlbConfig alb has no listener 443/HTTPS" in str(refused.value)
        assert after == came_to


def test_a_preview_that_is_refused_hands_nothing_to_what_depends_on_it(read: Read) -> None:
    hosts: list[str | None] = []
    with pytest.raises(pulumi.RunError):
        _run(read(preview=True), WITHOUT_THE_LISTENER, preview=True, hosts=hosts, after=[])
    assert hosts == []
